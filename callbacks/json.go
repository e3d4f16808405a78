package callbacks

import (
	"bytes"
	"encoding/json"
	"net/http"
	"slices"
)

// maxDepth is how deep JSON may be nested; that of carriers is flat, or holds an object or two.
const maxDepth = 16

// readJSON reads the fields of a posted JSON object. Texts and whole numbers are taken; flag is the one field that may also be a bool.
// A null is a field that is absent.
func readJSON(r *http.Request, known []string, flag string) (Fields, error) {
	body, err := Body(r, JSONType)
	if err != nil {
		return nil, err
	}
	if TooDeep(body) {
		return nil, Bad("body", "is nested too deep")
	}
	body = bytes.TrimLeft(body, " \t\r\n")
	if !json.Valid(body) || body[0] != '{' {
		return nil, Bad("body", "is no JSON object")
	}
	return membersOf(body, known, flag)
}

// membersOf reads the members of what is known to be a JSON object. They are read one by one, since a map would hide a repeated one.
func membersOf(object []byte, known []string, flag string) (Fields, error) {
	f := make(Fields, len(known))
	seen := make(map[string]bool, len(known))
	d := json.NewDecoder(bytes.NewReader(object))
	if _, err := d.Token(); err != nil {
		return nil, Bad("body", "is no JSON object")
	}
	for d.More() {
		var raw json.RawMessage
		name, err := d.Token()
		if err != nil || d.Decode(&raw) != nil {
			return nil, Bad("body", "is no JSON object")
		}
		key, _ := name.(string)
		if !slices.Contains(known, key) {
			continue
		}
		if seen[key] {
			return nil, Bad(key, "stands in the callback more than once")
		}
		seen[key] = true
		if err := f.take(key, raw, key == flag); err != nil {
			return nil, err
		}
	}
	return f, nil
}

// take keeps one scalar as text.
func (f Fields) take(name string, raw []byte, flag bool) error {
	switch {
	case raw[0] == '"':
		var text string
		if err := json.Unmarshal(raw, &text); err != nil {
			return Bad(name, "is no text")
		}
		f[name] = text
	case raw[0] == 'n':
	case flag && (raw[0] == 't' || raw[0] == 'f'), whole(raw):
		f[name] = string(raw)
	default:
		return Bad(name, "must be a text or a whole number")
	}
	return nil
}

// whole reports whether a JSON value is a number written without a point or an exponent.
func whole(raw []byte) bool {
	digits := bytes.TrimPrefix(raw, []byte("-"))
	for _, c := range digits {
		if c < '0' || c > '9' {
			return false
		}
	}
	return len(digits) > 0
}

// TooDeep reports whether text that may be JSON is nested deeper than a carrier's, without recursion.
func TooDeep(text []byte) bool {
	depth, quoted := 0, false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			depth++
		case c == '}' || c == ']':
			depth--
		}
		if depth > maxDepth {
			return true
		}
	}
	return false
}
