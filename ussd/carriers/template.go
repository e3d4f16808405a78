package carriers

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"mime"
	"strings"

	"sapar/callbacks"
)

// format is how a text is written inside an answer of a content type, and read back.
type format struct {
	escape   func(string) string
	unescape func(string) (string, error)
	check    func(answer string) error
}

// formatOf knows the three kinds of answers carriers read.
func formatOf(contentType string) (format, bool) {
	name, _, err := mime.ParseMediaType(contentType)
	switch {
	case err != nil:
		return format{}, false
	case name == "text/plain":
		same := func(text string) string { return text }
		return format{same, func(text string) (string, error) { return text, nil }, func(string) error { return nil }}, true
	case name == callbacks.JSONType:
		return format{callbacks.JSONText, unquoteJSON, checkJSON}, true
	case name == "application/xml", name == "text/xml":
		return format{callbacks.XMLText, unquoteXML, checkXML}, true
	}
	return format{}, false
}

// template is an answer with a place for the text and, where a carrier wants it repeated, one for the key of the session.
type template struct {
	lead, mid, tail string
	session         sessionAt
}

type sessionAt int

const (
	nowhere sessionAt = iota
	beforeText
	afterText
)

const textMark, sessionMark = "{text}", "{session}"

// newTemplate reads a template and sees that what it makes is well formed whatever the text.
func newTemplate(source string, f format) (template, error) {
	if strings.Count(source, textMark) != 1 || strings.Count(source, sessionMark) > 1 {
		return template{}, errors.New("must have {text} once, and {session} at most once")
	}
	lead, tail, _ := strings.Cut(source, textMark)
	t := template{lead: lead, tail: tail}
	if before, after, ok := strings.Cut(lead, sessionMark); ok {
		t = template{before, after, tail, beforeText}
	}
	if before, after, ok := strings.Cut(tail, sessionMark); ok {
		t = template{lead, before, after, afterText}
	}
	if t.session != nowhere && t.mid == "" {
		return template{}, errors.New("must have something between {text} and {session}")
	}
	return t, f.check(t.fill(f.escape("a \"<&\\\n"), f.escape("b \"<&\\\n")))
}

func (t template) fill(text, session string) string {
	switch t.session {
	case beforeText:
		return t.lead + session + t.mid + text + t.tail
	case afterText:
		return t.lead + text + t.mid + session + t.tail
	}
	return t.lead + text + t.tail
}

// split finds the text and the session in an answer; ok is false when it was not made of this template.
func (t template) split(answer string) (text, session string, ok bool) {
	if answer, ok = strings.CutPrefix(answer, t.lead); !ok {
		return "", "", false
	}
	if answer, ok = strings.CutSuffix(answer, t.tail); !ok {
		return "", "", false
	}
	switch t.session {
	case beforeText:
		session, text, ok = strings.Cut(answer, t.mid)
		return text, session, ok
	case afterText:
		i := strings.LastIndex(answer, t.mid)
		if i < 0 {
			return "", "", false
		}
		return answer[:i], answer[i+len(t.mid):], true
	}
	return answer, "", true
}

// literal is how much of an answer the template fixes; where two templates fit, the stricter one made it.
func (t template) literal() int { return len(t.lead) + len(t.mid) + len(t.tail) }

func unquoteJSON(text string) (string, error) {
	var plain string
	if json.Unmarshal([]byte(`"`+text+`"`), &plain) != nil {
		return "", errors.New("the text in the answer is no JSON text")
	}
	return plain, nil
}

func checkJSON(answer string) error {
	if !json.Valid([]byte(answer)) {
		return errors.New("makes no JSON; {text} and {session} stand inside quotes")
	}
	return nil
}

func unquoteXML(text string) (string, error) {
	var plain string
	if xml.Unmarshal([]byte("<t>"+text+"</t>"), &plain) != nil {
		return "", errors.New("the text in the answer is no XML text")
	}
	return plain, nil
}

func checkXML(answer string) error {
	if !callbacks.ValidXML(answer) {
		return errors.New("makes no XML")
	}
	return nil
}
