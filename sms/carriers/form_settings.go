package carriers

import (
	"encoding/json"
	"errors"
	"mime"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"sapar/callbacks"
	"sapar/sms"
)

// formSettings is how a channel of kind form is configured; docs/carriers.md explains each key.
type formSettings struct {
	Inbound *formInbound `yaml:"inbound"`
	Report  *formReport  `yaml:"report"`
	Sending *formSend    `yaml:"send"`
}

type formInbound struct {
	Method   string `yaml:"method"`
	Encoding string `yaml:"encoding"`
	Fields   struct {
		ID   string `yaml:"id"`
		From string `yaml:"from"`
		To   string `yaml:"to"`
		Text string `yaml:"text"`
	} `yaml:"fields"`
	Answer struct {
		Replies     bool   `yaml:"replies"` // the answer carries the reply
		ContentType string `yaml:"content_type"`
		Body        string `yaml:"body"`
	} `yaml:"answer"`
}

type formReport struct {
	Method   string `yaml:"method"`
	Encoding string `yaml:"encoding"`
	Fields   struct {
		ID     string `yaml:"id"`
		Status string `yaml:"status"`
		Code   string `yaml:"code"`
	} `yaml:"fields"`
	Statuses  map[string][]string `yaml:"statuses"`
	BadNumber []string            `yaml:"bad_number"`
	OptedOut  []string            `yaml:"opted_out"`
}

type formSend struct {
	URL      string `yaml:"url"`
	Method   string `yaml:"method"`
	Encoding string `yaml:"encoding"`
	Fields   struct {
		To     string `yaml:"to"`
		From   string `yaml:"from"`
		Text   string `yaml:"text"`
		ID     string `yaml:"id"`
		Report string `yaml:"report"`
	} `yaml:"fields"`
	Extra         map[string]string `yaml:"extra"`
	SecretFields  map[string]string `yaml:"secret_fields"`
	Headers       map[string]string `yaml:"headers"`
	SecretHeaders map[string]string `yaml:"secret_headers"`
	ContentType   string            `yaml:"content_type"`
	Template      string            `yaml:"template"`
	Success       formSuccess       `yaml:"success"`
	ID            string            `yaml:"id"`
	Code          string            `yaml:"code"`
	BadNumber     []string          `yaml:"bad_number"`
	OptedOut      []string          `yaml:"opted_out"`
	Refused       []string          `yaml:"refused"`
	TryAgain      []string          `yaml:"try_again"`
}

// formSuccess is how an answer that takes the message is told from others with the same status.
type formSuccess struct {
	Path    string   `yaml:"path"`
	Values  []string `yaml:"values"`
	Pattern string   `yaml:"pattern"`
}

// newForm makes the carrier its settings describe.
func newForm(settings sms.Settings) (sms.Carrier, error) {
	f := &form{}
	if err := settings.Read(&f.formSettings); err != nil {
		return nil, err
	}
	if err := errors.Join(f.Inbound.check(), f.Report.check()); err != nil {
		return nil, err
	}
	if f.Inbound != nil && f.Inbound.Answer.ContentType == "" {
		f.Inbound.Answer.ContentType = callbacks.PlainText
	}
	if f.Report != nil {
		f.statuses = f.Report.byWord()
	}
	if f.Sending == nil {
		if settings.Channel.Sends() {
			return nil, &callbacks.BadSetting{Key: "send", Why: "is missing; a channel that only takes messages has prefixes: []"}
		}
		return f, nil
	}
	return f, f.prepare(settings)
}

func checkEncoding(key, method, encoding string, bodies ...string) error {
	switch {
	case method != http.MethodGet && method != http.MethodPost:
		return &callbacks.BadSetting{Key: key + ".method", Why: "must be GET or POST"}
	case method == http.MethodGet && encoding != "query":
		return &callbacks.BadSetting{Key: key + ".encoding", Why: "of a GET must be query"}
	case method == http.MethodPost && !slices.Contains(bodies, encoding):
		return &callbacks.BadSetting{Key: key + ".encoding", Why: "of a POST must be " + strings.Join(bodies, " or ")}
	}
	return nil
}

// checkNames sees that the fields that must have a name have one, and none has the name of another.
func checkNames(key string, required, optional []string) error {
	names := slices.DeleteFunc(slices.Concat(required, optional), func(n string) bool { return n == "" })
	slices.Sort(names)
	switch {
	case slices.Contains(required, ""):
		return &callbacks.BadSetting{Key: key, Why: "must name every field that is needed"}
	case len(slices.Compact(slices.Clone(names))) != len(names):
		return &callbacks.BadSetting{Key: key, Why: "must each have a name of their own"}
	}
	return nil
}

func (s *formInbound) check() error {
	if s == nil {
		return nil
	}
	if err := checkEncoding("inbound", s.Method, s.Encoding, "form", "json"); err != nil {
		return err
	}
	return checkNames("inbound.fields", []string{s.Fields.ID, s.Fields.From, s.Fields.To, s.Fields.Text}, nil)
}

// reportable are the states a report may tell.
var reportable = map[string]sms.Status{
	"accepted": sms.Taken, "sent": sms.Sent, "delivered": sms.Delivered, "undelivered": sms.Undelivered, "failed": sms.Failed, "expired": sms.Expired,
}

func (s *formReport) check() error {
	if s == nil {
		return nil
	}
	if err := checkEncoding("report", s.Method, s.Encoding, "form", "json"); err != nil {
		return err
	}
	words := map[string]bool{}
	for state, list := range s.Statuses {
		if reportable[state] == "" {
			return &callbacks.BadSetting{Key: "report.statuses." + state, Why: "is none of accepted, sent, delivered, undelivered, failed and expired"}
		}
		for _, word := range list {
			if words[word] {
				return &callbacks.BadSetting{Key: "report.statuses." + state, Why: "must give every word one meaning"}
			}
			words[word] = true
		}
	}
	if len(words) == 0 {
		return &callbacks.BadSetting{Key: "report.statuses", Why: "is missing"}
	}
	return checkNames("report.fields", []string{s.Fields.Status}, []string{s.Fields.ID, s.Fields.Code})
}

// byWord turns the statuses around: the carrier's word to ours.
func (s *formReport) byWord() map[string]sms.Status {
	all := map[string]sms.Status{}
	for state, words := range s.Statuses {
		for _, word := range words {
			all[word] = reportable[state]
		}
	}
	return all
}

// prepare checks how messages are sent, and reads the secrets.
func (f *form) prepare(settings sms.Settings) error {
	s := f.Sending
	if err := errors.Join(checkAddress("send.url", s.URL, false), checkEncoding("send", s.Method, s.Encoding, "form", "json", "template")); err != nil {
		return err
	}
	if err := s.checkFields(); err != nil {
		return err
	}
	if (s.Success.Path == "") != (len(s.Success.Values) == 0) {
		return &callbacks.BadSetting{Key: "send.success", Why: "must have both path and values, or neither"}
	}
	if s.Success.Path == "" && s.Success.Pattern == "" && s.ID == "" {
		return &callbacks.BadSetting{Key: "send.success", Why: "is missing: a page of some proxy has status 200 as well; give path and values, a pattern, or send.id"}
	}
	var err error
	if f.pattern, err = regexp.Compile(s.Success.Pattern); err != nil || f.pattern.NumSubexp() > 1 {
		return &callbacks.BadSetting{Key: "send.success.pattern", Why: "must be a regular expression with at most one group, which is the id"}
	}
	f.http = newClient(s.Method, settings.Channel)
	for _, part := range []struct {
		key        string
		open, shut map[string]string
		into       *map[string]string
	}{{"send.secret_fields", s.Extra, s.SecretFields, &f.extra}, {"send.secret_headers", s.Headers, s.SecretHeaders, &f.headers}} {
		if *part.into, err = withSecrets(settings, part.key, part.open, part.shut); err != nil {
			return err
		}
	}
	return f.checkTemplate()
}

func (s *formSend) checkFields() error {
	if s.Encoding == "template" {
		return nil
	}
	given := []string{s.Fields.From, s.Fields.ID, s.Fields.Report}
	for name := range s.Extra {
		given = append(given, name)
	}
	for name := range s.SecretFields {
		given = append(given, name)
	}
	return checkNames("send.fields", []string{s.Fields.To, s.Fields.Text}, given)
}

// withSecrets joins fixed values with those that are read from files.
func withSecrets(settings sms.Settings, key string, open, shut map[string]string) (map[string]string, error) {
	all := map[string]string{}
	for name, value := range open {
		all[name] = value
	}
	for name, file := range shut {
		secret, err := secretOf(settings, key+"."+name, file)
		if err != nil {
			return nil, err
		}
		all[name] = secret
	}
	return all, nil
}

// checkTemplate sees that a template has a place for the number and the text, and that what it makes is well formed whatever they hold.
func (f *form) checkTemplate() error {
	if f.Sending.Encoding != "template" {
		return nil
	}
	if !strings.Contains(f.Sending.Template, "{to}") || !strings.Contains(f.Sending.Template, "{text}") {
		return &callbacks.BadSetting{Key: "send.template", Why: "must have {to} and {text}"}
	}
	made := f.filled(sms.Outgoing{To: "+1", Sender: "a \"<&\\\n", Text: "a \"<&\\\n"})
	kind, _, err := mime.ParseMediaType(f.Sending.ContentType)
	switch {
	case err != nil:
		return &callbacks.BadSetting{Key: "send.content_type", Why: "is missing"}
	case kind == callbacks.JSONType && !json.Valid([]byte(made)):
		return &callbacks.BadSetting{Key: "send.template", Why: "makes no JSON; {to} and {text} stand inside quotes"}
	case isXML(kind) && !callbacks.ValidXML(made):
		return &callbacks.BadSetting{Key: "send.template", Why: "makes no XML"}
	}
	return nil
}

func isXML(contentType string) bool {
	return contentType == "application/xml" || contentType == "text/xml"
}
