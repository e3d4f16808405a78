package carriers

import (
	"context"
	"encoding/json"
	"mime"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"sapar/callbacks"
	"sapar/sms"
)

// form is the carrier that its settings describe: which fields come, which are sent, what means that a message was taken.
type form struct {
	formSettings
	statuses map[string]sms.Status
	extra    map[string]string // fixed fields, secrets among them
	headers  map[string]string
	pattern  *regexp.Regexp
	http     *http.Client
}

// Read understands an inbound message in the configured fields.
func (f *form) Read(r *http.Request) (sms.Message, error) {
	if f.Inbound == nil {
		return sms.Message{}, callbacks.Bad("channel", "takes no messages")
	}
	n := f.Inbound.Fields
	given, err := read(r, f.Inbound.Method, f.Inbound.Encoding, n.ID, n.From, n.To, n.Text)
	if err != nil {
		return sms.Message{}, err
	}
	m, err := message(given, n.ID, n.From, n.To)
	if err != nil {
		return sms.Message{}, err
	}
	text, err := given.Required(n.Text)
	m.Raw = []byte(text)
	return onlyMessage(m, err)
}

// Answer acknowledges a callback with the configured words, or with the reply where the carrier takes it from there.
func (f *form) Answer(w http.ResponseWriter, reply string) error {
	if f.Inbound == nil {
		return callbacks.Answer(w, callbacks.PlainText, "")
	}
	if f.Replies() {
		return callbacks.Answer(w, f.Inbound.Answer.ContentType, reply)
	}
	return callbacks.Answer(w, f.Inbound.Answer.ContentType, f.Inbound.Answer.Body)
}

// Replies is as configured; usually a reply is a message of its own.
func (f *form) Replies() bool { return f.Inbound != nil && f.Inbound.Answer.Replies }

// ReadReport understands a delivery report. Which message it is about is in the address, in the field of the carrier's id, or in both.
func (f *form) ReadReport(r *http.Request) (sms.Report, error) {
	if f.Report == nil {
		return sms.Report{}, callbacks.Bad("channel", "takes no reports")
	}
	n := f.Report.Fields
	given, err := read(r, f.Report.Method, f.Report.Encoding, n.ID, n.Status, n.Code)
	if err != nil {
		return sms.Report{}, err
	}
	report, err := f.report(given)
	if err != nil {
		return sms.Report{}, err
	}
	if report.ID, err = reportID(r); err != nil {
		return sms.Report{}, err
	}
	if report.ID == [16]byte{} && report.Ref == "" {
		return sms.Report{}, callbacks.Bad("address", "must end in the id of a message")
	}
	return report, nil
}

func (f *form) report(given callbacks.Fields) (sms.Report, error) {
	n := f.Report.Fields
	word, err := given.Identifier(n.Status)
	if err != nil {
		return sms.Report{}, err
	}
	report := sms.Report{Status: f.statuses[word]}
	if report.Status == "" {
		return sms.Report{}, callbacks.Bad(n.Status, "has a value that is not configured")
	}
	for _, part := range []struct {
		name string
		into *string
	}{{n.ID, &report.Ref}, {n.Code, &report.Code}} {
		if given[part.name] == "" {
			continue
		}
		if *part.into, err = given.Identifier(part.name); err != nil {
			return sms.Report{}, err
		}
	}
	report.Verdict = verdict(report.Code, f.Report.BadNumber, f.Report.OptedOut)
	return report, nil
}

// verdict is what a configured code says of the number.
func verdict(code string, badNumber, optedOut []string) sms.Verdict {
	switch {
	case code == "":
	case slices.Contains(badNumber, code):
		return sms.NumberBad
	case slices.Contains(optedOut, code):
		return sms.NumberOptedOut
	}
	return sms.NumberFine
}

// Send makes the configured request.
func (f *form) Send(ctx context.Context, m sms.Outgoing) sms.Outcome {
	if f.Sending == nil {
		return sms.Outcome{Result: sms.NotSent, Code: notConfigured}
	}
	r, err := f.request(ctx, m)
	if err != nil {
		return sms.Outcome{Result: sms.NotSent, Code: notConfigured}
	}
	got := exchange(f.http, r)
	if o, known := got.outcome(); known {
		return o
	}
	return f.outcome(got)
}

// request is the message in the configured encoding.
func (f *form) request(ctx context.Context, m sms.Outgoing) (*http.Request, error) {
	r, err := f.bare(ctx, m)
	if err != nil {
		return nil, err
	}
	for name, value := range f.headers {
		r.Header.Set(name, value)
	}
	return r, nil
}

func (f *form) bare(ctx context.Context, m sms.Outgoing) (*http.Request, error) {
	s := f.Sending
	switch s.Encoding {
	case "query":
		return http.NewRequestWithContext(ctx, http.MethodGet, withQuery(s.URL, f.values(m).Encode()), nil)
	case "json":
		return newPost(ctx, s.URL, callbacks.JSONType, encodeJSON(f.values(m)))
	case "template":
		return newPost(ctx, s.URL, s.ContentType, f.filled(m))
	}
	return newPost(ctx, s.URL, callbacks.FormType, f.values(m).Encode())
}

// values are the fields of a message by the carrier's names.
func (f *form) values(m sms.Outgoing) url.Values {
	n := f.Sending.Fields
	all := url.Values{n.To: {m.To}, n.Text: {m.Text}}
	for _, part := range [][2]string{{n.From, m.Sender}, {n.ID, m.ID.String()}, {n.Report, m.Report}} {
		if part[0] != "" && part[1] != "" {
			all.Set(part[0], part[1])
		}
	}
	for name, value := range f.extra {
		all.Set(name, value)
	}
	return all
}

// encodeJSON writes an object of texts.
func encodeJSON(values url.Values) string {
	flat := map[string]string{}
	for name := range values {
		flat[name] = values.Get(name)
	}
	body, err := json.Marshal(flat)
	if err != nil { // texts always encode
		return ""
	}
	return string(body)
}

// filled is the template with the message and the fixed fields in it, each escaped for the content type.
func (f *form) filled(m sms.Outgoing) string {
	escape := func(text string) string { return text }
	switch kind, _, _ := mime.ParseMediaType(f.Sending.ContentType); {
	case kind == callbacks.JSONType:
		escape = callbacks.JSONText
	case isXML(kind):
		escape = callbacks.XMLText
	case kind == callbacks.FormType:
		escape = url.QueryEscape
	}
	pairs := []string{"{to}", escape(m.To), "{from}", escape(m.Sender), "{text}", escape(m.Text), "{id}", escape(m.ID.String()), "{report}", escape(m.Report)}
	for name, value := range f.extra {
		pairs = append(pairs, "{"+name+"}", escape(value))
	}
	return strings.NewReplacer(pairs...).Replace(f.Sending.Template)
}

// outcome reads an answer by the configured rules. A 2xx that no rule takes or refuses tells nothing.
func (f *form) outcome(a answer) sms.Outcome {
	code, _ := atPath(a.body, f.Sending.Code)
	if a.accepted() {
		if ref, ok := f.took(a); ok {
			return sms.Outcome{Result: sms.Accepted, Ref: ref}
		}
	}
	o := sms.Outcome{Result: sms.Refused, Code: code, Verdict: verdict(code, f.Sending.BadNumber, f.Sending.OptedOut)}
	switch {
	case code != "" && slices.Contains(f.Sending.TryAgain, code):
		o.Result, o.RetryAfter = sms.NotSent, retryAfter(a.header, time.Now())
	case a.accepted() && o.Verdict == sms.NumberFine && !(code != "" && slices.Contains(f.Sending.Refused, code)):
		return a.unknown()
	case code == "":
		return a.refused()
	}
	return o
}

// took reports whether the carrier has the message, and under which id. Where an id is expected there is no success without one.
func (f *form) took(a answer) (ref string, ok bool) {
	s := f.Sending
	if s.Success.Path != "" {
		if value, found := atPath(a.body, s.Success.Path); !found || !slices.Contains(s.Success.Values, value) {
			return "", false
		}
	}
	groups := f.pattern.FindStringSubmatch(string(a.body))
	if groups == nil {
		return "", false
	}
	if len(groups) == 2 {
		ref = groups[1]
	}
	if s.ID != "" {
		ref, _ = atPath(a.body, s.ID)
	}
	wanted := s.ID != "" || len(groups) == 2
	return ref, !wanted || ref != "" && len(ref) <= callbacks.MaxID
}
