package carriers

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"sapar/callbacks"
	"sapar/ussd"
)

// form is the carrier that its settings describe: which method, which fields, which answer.
type form struct {
	formSettings
	known     []string
	format    format
	goOn, end template
}

// phase is where in a session a callback stands.
type phase int

const (
	unsaid phase = iota // the carrier does not say
	begins
	answers
	ends
)

// Read understands a callback in the configured fields.
func (f *form) Read(r *http.Request) (ussd.Dial, error) {
	given, err := callbacks.Read(r, f.Method, f.Encoding, f.known, f.Phase.Field)
	if err != nil {
		return ussd.Dial{}, err
	}
	dial, err := f.session(given)
	if err != nil {
		return ussd.Dial{}, err
	}
	at, err := f.phase(given)
	if err != nil || at == ends {
		dial.Abort = at == ends
		return only(dial, err)
	}
	text, ok := given[f.Fields.Text]
	if !ok && at != begins {
		return ussd.Dial{}, callbacks.Bad(f.Fields.Text, "is missing")
	}
	dial.Begin = at == begins
	f.typed(&dial, text, at)
	return dial, nil
}

// only returns a dial when there is no error beside it.
func only(dial ussd.Dial, err error) (ussd.Dial, error) {
	if err != nil {
		return ussd.Dial{}, err
	}
	return dial, nil
}

// session reads what names the session and its step.
func (f *form) session(given callbacks.Fields) (ussd.Dial, error) {
	dial, err := named(given, f.Fields.Session, f.Fields.Phone, f.Fields.Code, f.Fields.Seq)
	if err != nil {
		return ussd.Dial{}, err
	}
	dial.Whole = f.Input == "whole"
	if f.Fields.Code == "" {
		dial.Code = f.Code
	}
	return dial, nil
}

// phase reads where in a session the callback stands. Case is not looked at: carriers' pages and callbacks differ in it.
func (f *form) phase(given callbacks.Fields) (phase, error) {
	if f.Phase.Field == "" {
		return unsaid, nil
	}
	value, err := given.Required(f.Phase.Field)
	if err != nil {
		return unsaid, err
	}
	is := func(v string) bool { return strings.EqualFold(v, value) }
	switch {
	case slices.ContainsFunc(f.Phase.Begin, is):
		return begins, nil
	case slices.ContainsFunc(f.Phase.End, is):
		return ends, nil
	case len(f.Phase.Answer) == 0, slices.ContainsFunc(f.Phase.Answer, is):
		return answers, nil
	}
	return unsaid, callbacks.Bad(f.Phase.Field, "has a value that is not configured")
}

// typed puts what the person typed where it belongs. Carriers that send only the last answer send the dialled code as the first one:
// that is no answer, but what was dialled past the code is a path.
func (f *form) typed(dial *ussd.Dial, text string, at phase) {
	if dial.Whole {
		dial.Path = text
		return
	}
	path, ok := pastCode(text, dial.Code)
	switch {
	case at == begins:
		dial.Path = pathIn(text, dial.Code)
	case at == unsaid && ok && looksDialled(text):
		dial.Begin, dial.Path = true, path
	default:
		dial.Input = text
	}
}

// pathIn is what was dialled past the code, in a text that begins a session; the text itself, when it is no dialled code at all.
func pathIn(text, code string) string {
	path, ok := pastCode(text, code)
	switch {
	case ok:
		return path
	case looksDialled(text): // a code by another name: what of it is the path cannot be told
		return ""
	}
	return text
}

// looksDialled reports whether text has the shape of a dialled code, as *141#.
func looksDialled(text string) bool {
	text = strings.TrimSpace(text)
	return len(text) > 2 && strings.ContainsRune("*#", rune(text[0])) && text[len(text)-1] == '#'
}

// pastCode returns what a dialled text has beyond a code: 2*3 of *141*2*3# beyond *141#. Some carriers leave stars and hashes out.
func pastCode(text, code string) (path string, ok bool) {
	bare, inner := bareCode(code), bareCode(strings.TrimSpace(text))
	if inner == bare {
		return "", true
	}
	return strings.CutPrefix(inner, bare+"*")
}

func bareCode(code string) string { return strings.Trim(code, "*#") }

// Write answers with the template for a screen that waits, or the one for the last screen. A session that is over gets an empty answer.
func (f *form) Write(w http.ResponseWriter, reply ussd.Reply) error {
	if reply.Over {
		return nil
	}
	t := f.goOn
	if reply.End {
		t = f.end
	}
	return callbacks.Answer(w, f.Reply.ContentType, t.fill(f.format.escape(reply.Text), f.format.escape(reply.Key)))
}

// Call makes a callback of the configured fields. The first one of a session carries the dialled code where only the last answer is sent.
func (f *form) Call(address string, dial ussd.Dial) (*http.Request, error) {
	phase, err := f.phaseValue(dial)
	if err != nil {
		return nil, err
	}
	pairs := [][2]string{
		{f.Fields.Session, dial.Key},
		{f.Fields.Phone, dial.Phone},
		{f.Fields.Code, dial.Code},
		{f.Fields.Seq, dial.Seq},
		{f.Phase.Field, phase},
		{f.Fields.Text, f.text(dial)},
	}
	pairs = slices.DeleteFunc(pairs, func(p [2]string) bool { return p[0] == "" })
	switch {
	case f.Method == http.MethodGet:
		return get(address, encodeForm(pairs))
	case f.Encoding == "json":
		return post(address, callbacks.JSONType, encodeJSON(pairs, f.Phase.Field))
	case f.Encoding == "xml":
		return post(address, "text/xml; charset=utf-8", encodeXML(pairs))
	}
	return post(address, callbacks.FormType, encodeForm(pairs))
}

// text is what the carrier sends as typed.
func (f *form) text(dial ussd.Dial) string {
	switch {
	case dial.Abort:
		return ""
	case f.Input == "whole":
		return dial.Path
	case !dial.Begin:
		return dial.Input
	}
	return dialled(dial)
}

// dialled is the code as it was dialled, with what was typed past it.
func dialled(dial ussd.Dial) string {
	if dial.Path == "" {
		return "*" + bareCode(dial.Code) + "#"
	}
	return "*" + bareCode(dial.Code) + "*" + dial.Path + "#"
}

func (f *form) phaseValue(dial ussd.Dial) (string, error) {
	switch {
	case dial.Abort && len(f.Phase.End) == 0:
		return "", errors.New("make callback: this carrier does not say that a session is over")
	case dial.Abort:
		return f.Phase.End[0], nil
	case dial.Begin && len(f.Phase.Begin) > 0:
		return f.Phase.Begin[0], nil
	case len(f.Phase.Answer) > 0:
		return f.Phase.Answer[0], nil
	}
	return "", nil
}

// get makes a callback whose fields stand in the query.
func get(address, query string) (*http.Request, error) {
	sign := "?"
	if strings.Contains(address, sign) {
		sign = "&"
	}
	r, err := http.NewRequest(http.MethodGet, address+sign+query, nil)
	if err != nil {
		return nil, fmt.Errorf("make callback: %w", err)
	}
	return r, nil
}

func encodeForm(pairs [][2]string) string {
	var b strings.Builder
	for i, p := range pairs {
		if i > 0 {
			b.WriteByte('&')
		}
		b.WriteString(url.QueryEscape(p[0]) + "=" + url.QueryEscape(p[1]))
	}
	return b.String()
}

// encodeJSON writes an object of texts; true and false in the field of the phase are written as such.
func encodeJSON(pairs [][2]string, phase string) string {
	var b strings.Builder
	for i, p := range pairs {
		b.WriteByte("{,"[min(i, 1)])
		value := `"` + callbacks.JSONText(p[1]) + `"`
		if p[0] == phase && (p[1] == "true" || p[1] == "false") {
			value = p[1]
		}
		b.WriteString(`"` + callbacks.JSONText(p[0]) + `":` + value)
	}
	return b.String() + "}"
}

// encodeXML writes elements in an outer one; what that is called is not looked at when it is read.
func encodeXML(pairs [][2]string) string {
	var b strings.Builder
	b.WriteString("<ussd>")
	for _, p := range pairs {
		b.WriteString("<" + p[0] + ">" + callbacks.XMLText(p[1]) + "</" + p[0] + ">")
	}
	return b.String() + "</ussd>"
}

// Hear takes an answer that one of the two templates made; the carrier could read no other.
func (f *form) Hear(r *http.Response) (ussd.Reply, error) {
	body, err := hear(r, f.Reply.ContentType)
	if err != nil {
		return ussd.Reply{}, err
	}
	text, key, going := f.goOn.split(body)
	last, lastKey, over := f.end.split(body)
	if over && going {
		over = f.end.literal() > f.goOn.literal()
	}
	switch {
	case over:
		text, key = last, lastKey
	case !going:
		return ussd.Reply{}, errors.New("the answer is neither the one to go on nor the one to end")
	}
	reply := ussd.Reply{End: over}
	if reply.Text, err = f.format.unescape(text); err != nil {
		return ussd.Reply{}, err
	}
	reply.Key, err = f.format.unescape(key)
	return reply, err
}
