package carriers

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"

	"sapar/callbacks"
)

// atPath finds a text, a number or a bool in a JSON answer by a path as messages.0.id; ok is false when nothing of the kind is there.
func atPath(body []byte, path string) (text string, ok bool) {
	if callbacks.TooDeep(body) {
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
