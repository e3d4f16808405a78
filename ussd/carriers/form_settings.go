package carriers

import (
	"regexp"
	"slices"
	"strings"

	"sapar/callbacks"
	"sapar/ussd"
)

// formSettings is how a channel of kind form is configured; docs/carriers.md explains each key.
type formSettings struct {
	Method   string        `yaml:"method"`
	Encoding string        `yaml:"encoding"`
	Input    string        `yaml:"input"`
	Code     string        `yaml:"code"`
	Fields   fieldNames    `yaml:"fields"`
	Phase    phaseSettings `yaml:"phase"`
	Reply    replySettings `yaml:"reply"`
}

// fieldNames are what the carrier calls the fields of a callback; an empty name is a field it does not send.
type fieldNames struct {
	Session string `yaml:"session"`
	Phone   string `yaml:"phone"`
	Code    string `yaml:"code"`
	Text    string `yaml:"text"`
	Seq     string `yaml:"seq"`
}

// phaseSettings is the field that tells the first callback, an answer and the end of a session apart, with the values that mean each.
// Without values for an answer, whatever means neither of the others is one.
type phaseSettings struct {
	Field  string   `yaml:"field"`
	Begin  []string `yaml:"begin"`
	Answer []string `yaml:"answer"`
	End    []string `yaml:"end"`
}

type replySettings struct {
	ContentType string `yaml:"content_type"`
	Continue    string `yaml:"continue"`
	End         string `yaml:"end"`
}

// newForm makes the carrier its settings describe.
func newForm(settings callbacks.Settings) (ussd.Carrier, error) {
	var s formSettings
	if err := settings.Read(&s); err != nil {
		return nil, err
	}
	if err := s.check(); err != nil {
		return nil, err
	}
	return s.form()
}

// check sees that the settings say how to read a callback, each thing once.
func (s *formSettings) check() error {
	for _, c := range []struct {
		wrong bool
		key   string
		why   string
	}{
		{s.Method != "GET" && s.Method != "POST", "method", "must be GET or POST"},
		{s.Method == "POST" && !slices.Contains([]string{"form", "json", "xml"}, s.Encoding), "encoding", "of a POST must be form, json or xml"},
		{s.Method == "GET" && s.Encoding != "query", "encoding", "of a GET must be query"},
		{s.Input != "whole" && s.Input != "last", "input", "must be whole or last"},
		{s.Fields.Session == "", "fields.session", "is missing"},
		{s.Fields.Phone == "", "fields.phone", "is missing"},
		{s.Fields.Text == "", "fields.text", "is missing"},
		{(s.Fields.Code == "") == (s.Code == ""), "code", "is needed where fields.code is not given, and only there"},
		{s.Code != "" && bareCode(s.Code) == "", "code", "must be a code as it is dialled"},
		{s.Fields.repeats(s.Phase.Field), "fields", "must each have a name of their own"},
		{s.Encoding == "xml" && slices.ContainsFunc(s.Fields.all(s.Phase.Field), notElement), "fields", "of XML must be names of elements"},
	} {
		if c.wrong {
			return &callbacks.BadSetting{Key: c.key, Why: c.why}
		}
	}
	return s.Phase.check()
}

var element = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_.-]*$`)

func notElement(name string) bool { return !element.MatchString(name) }

// repeats reports whether two fields have one name.
func (n fieldNames) repeats(phase string) bool {
	names := n.all(phase)
	slices.Sort(names)
	return len(slices.Compact(slices.Clone(names))) != len(names)
}

// all are the names of the fields there are.
func (n fieldNames) all(phase string) []string {
	names := []string{n.Session, n.Phone, n.Code, n.Text, n.Seq, phase}
	return slices.DeleteFunc(names, func(name string) bool { return name == "" })
}

func (p phaseSettings) check() error {
	values := slices.Concat(p.Begin, p.Answer, p.End)
	for i, v := range values {
		values[i] = strings.ToLower(v)
	}
	slices.Sort(values)
	switch {
	case p.Field == "" && len(values) > 0:
		return &callbacks.BadSetting{Key: "phase.field", Why: "is missing"}
	case p.Field != "" && len(p.Begin) == 0:
		return &callbacks.BadSetting{Key: "phase.begin", Why: "must name the values that mean the first callback"}
	case len(slices.Compact(slices.Clone(values))) != len(values):
		return &callbacks.BadSetting{Key: "phase", Why: "must give every value one meaning"}
	}
	return nil
}

// form builds the carrier of settings that have been checked.
func (s *formSettings) form() (*form, error) {
	f := &form{formSettings: *s, known: s.Fields.all(s.Phase.Field)}
	if f.Reply.ContentType == "" {
		f.Reply.ContentType = callbacks.PlainText
	}
	var ok bool
	if f.format, ok = formatOf(f.Reply.ContentType); !ok {
		return nil, &callbacks.BadSetting{Key: "reply.content_type", Why: "must be text/plain, application/json, application/xml or text/xml"}
	}
	var err error
	if f.goOn, err = newTemplate(s.Reply.Continue, f.format); err != nil {
		return nil, &callbacks.BadSetting{Key: "reply.continue", Why: err.Error()}
	}
	if f.end, err = newTemplate(s.Reply.End, f.format); err != nil {
		return nil, &callbacks.BadSetting{Key: "reply.end", Why: err.Error()}
	}
	if f.goOn == f.end {
		return nil, &callbacks.BadSetting{Key: "reply.end", Why: "must differ from reply.continue, or the session never ends"}
	}
	return f, nil
}
