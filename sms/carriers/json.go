package carriers

import (
	"bytes"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// maxDepth is how deep a JSON callback may be nested; those of carriers are flat, or hold one object.
const maxDepth = 16

// readJSON reads the fields of a posted JSON object. Texts and whole numbers are taken. A null is a field that is absent.
func readJSON(r *http.Request, known []string) (fields, error) {
	body, err := readBody(r, jsonType)
	if err != nil {
		return nil, err
	}
	if deeper(body, maxDepth) {
		return nil, bad("body", "is nested too deep")
	}
	body = bytes.TrimLeft(body, " \t\r\n")
	if !json.Valid(body) || body[0] != '{' {
		return nil, bad("body", "is no JSON object")
	}
	return membersOf(body, known)
}

// membersOf reads the members of what is known to be a JSON object. They are read one by one, since a map would hide a repeated one.
func membersOf(object []byte, known []string) (fields, error) {
	f := make(fields, len(known))
	seen := make(map[string]bool, len(known))
	d := json.NewDecoder(bytes.NewReader(object))
	if _, err := d.Token(); err != nil {
		return nil, bad("body", "is no JSON object")
	}
	for d.More() {
		var raw json.RawMessage
		name, err := d.Token()
		if err != nil || d.Decode(&raw) != nil {
			return nil, bad("body", "is no JSON object")
		}
		key, _ := name.(string)
		if !slices.Contains(known, key) {
			continue
		}
		if seen[key] {
			return nil, bad(key, "stands in the callback more than once")
		}
		seen[key] = true
		if err := f.take(key, raw); err != nil {
			return nil, err
		}
	}
	return f, nil
}

// take keeps one scalar as text.
func (f fields) take(name string, raw []byte) error {
	switch {
	case raw[0] == '"':
		var text string
		if err := json.Unmarshal(raw, &text); err != nil {
			return bad(name, "is no text")
		}
		f[name] = text
	case raw[0] == 'n':
	case whole(raw):
		f[name] = string(raw)
	default:
		return bad(name, "must be a text or a whole number")
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

// deeper reports whether text that may be JSON is nested deeper than a limit, without recursion.
func deeper(text []byte, limit int) bool {
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
		if depth > limit {
			return true
		}
	}
	return false
}

// jsonText writes a text as JSON without its quotes. Bytes that are not UTF-8 become U+FFFD.
func jsonText(text string) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(text); err != nil { // a text always encodes
		return ""
	}
	quoted := strings.TrimSuffix(b.String(), "\n")
	return quoted[1 : len(quoted)-1]
}

// atPath finds a text, a number or a bool in a JSON answer by a path as messages.0.id; ok is false when nothing of the kind is there.
func atPath(body []byte, path string) (text string, ok bool) {
	if deeper(body, maxDepth) {
		return "", false
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	var value any
	if d.Decode(&value) != nil {
		return "", false
	}
	for step := range strings.SplitSeq(path, ".") {
		switch v := value.(type) {
		case map[string]any:
			value = v[step]
		case []any:
			i, err := strconv.Atoi(step)
			if err != nil || i < 0 || i >= len(v) {
				return "", false
			}
			value = v[i]
		default:
			return "", false
		}
	}
	switch v := value.(type) {
	case string:
		return v, true
	case json.Number:
		return v.String(), true
	case bool:
		return strconv.FormatBool(v), true
	}
	return "", false
}
