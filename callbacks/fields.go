package callbacks

import (
	"net/http"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Fields are the known fields of a callback by name. One that was absent is not in it; unknown ones are not looked at.
type Fields map[string]string

// Read reads the known fields of a callback of one method: of a GET the query, of a POST a body whose encoding is form, json or xml.
// Flag is the one field of a JSON object that may also be a bool; usually there is none, and it is empty.
// What is wrong is a BadCallback or ErrTooLarge.
func Read(r *http.Request, method, encoding string, known []string, flag string) (Fields, error) {
	switch {
	case r.Method != method:
		return nil, Bad("method", "must be "+method)
	case method == http.MethodGet:
		return Query(r, known)
	case encoding == "json":
		return readJSON(r, known, flag)
	case encoding == "xml":
		return readXML(r, known)
	}
	return Form(r, known)
}

// Form reads the known fields of a posted form, from the body only: what stands in the query of a POST was not sent by the carrier.
func Form(r *http.Request, known []string) (Fields, error) {
	body, err := Body(r, FormType)
	if err != nil {
		return nil, err
	}
	return parseForm("body", string(body), known)
}

// Query reads the known fields in the address of a callback of any method.
func Query(r *http.Request, known []string) (Fields, error) {
	if len(r.URL.RawQuery) > MaxBody {
		return nil, ErrTooLarge
	}
	return parseForm("query", r.URL.RawQuery, known)
}

func parseForm(where, text string, known []string) (Fields, error) {
	values, err := url.ParseQuery(text)
	if err != nil { // the error itself quotes what was sent
		return nil, Bad(where, "is no form: a % must be followed by two hexadecimal digits, and a semicolon must be written %3B")
	}
	return Once(values, known)
}

// Once takes the known fields of a form, each of which may stand in it once.
func Once(values url.Values, known []string) (Fields, error) {
	f := make(Fields, len(known))
	for _, name := range known {
		switch given := values[name]; len(given) {
		case 0:
		case 1:
			f[name] = given[0]
		default:
			return nil, Bad(name, "stands in the callback more than once")
		}
	}
	return f, nil
}

// Required is a field that must be there, though it may be empty.
func (f Fields) Required(name string) (string, error) {
	text, ok := f[name]
	if !ok {
		return "", Bad(name, "is missing")
	}
	return text, nil
}

// Identifier is a field that names something: a session, a message, a phone, a code, a status. It has at most MaxID bytes, and is never
// cleaned, for two of them could become one.
func (f Fields) Identifier(name string) (string, error) {
	text, err := f.Required(name)
	switch {
	case err != nil:
		return "", err
	case text == "":
		return "", Bad(name, "is empty")
	case len(text) > MaxID:
		return "", Bad(name, "is longer than 200 bytes")
	case !utf8.ValidString(text):
		return "", Bad(name, "is not UTF-8")
	case strings.ContainsFunc(text, unicode.IsControl):
		return "", Bad(name, "holds a control character")
	}
	return text, nil
}
