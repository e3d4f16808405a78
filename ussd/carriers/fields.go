package carriers

import (
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"

	"sapar/ussd"
)

// fields are the known fields of a callback by name. One that was absent is not in it; unknown ones are not looked at.
type fields map[string]string

// readForm reads the fields of a posted form, from the body only: what stands in the query of a POST was not sent by the carrier.
func readForm(r *http.Request, known []string) (fields, error) {
	body, err := readBody(r, http.MethodPost, "application/x-www-form-urlencoded")
	if err != nil {
		return nil, err
	}
	return parseForm("body", string(body), known)
}

// readQuery reads the fields of a GET.
func readQuery(r *http.Request, known []string) (fields, error) {
	if r.Method != http.MethodGet {
		return nil, bad("method", "must be GET")
	}
	if len(r.URL.RawQuery) > ussd.MaxBody {
		return nil, ussd.ErrTooLarge
	}
	return parseForm("query", r.URL.RawQuery, known)
}

func parseForm(where, text string, known []string) (fields, error) {
	values, err := url.ParseQuery(text)
	if err != nil { // the error itself quotes what was typed
		return nil, bad(where, "is no form: a % must be followed by two hexadecimal digits, and a semicolon must be written %3B")
	}
	f := make(fields, len(known))
	for _, name := range known {
		switch given := values[name]; len(given) {
		case 0:
		case 1:
			f[name] = given[0]
		default:
			return nil, bad(name, "stands in the callback more than once")
		}
	}
	return f, nil
}

// readBody reads a body of one content type, and never more than a callback may have.
func readBody(r *http.Request, method, contentType string) ([]byte, error) {
	if r.Method != method {
		return nil, bad("method", "must be "+method)
	}
	if got, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || got != contentType {
		return nil, bad("Content-Type", "must be "+contentType)
	}
	if r.ContentLength > ussd.MaxBody {
		return nil, ussd.ErrTooLarge
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, ussd.MaxBody+1))
	var limited *http.MaxBytesError
	switch {
	case len(body) > ussd.MaxBody, errors.As(err, &limited):
		return nil, ussd.ErrTooLarge
	case err != nil:
		return nil, bad("body", "could not be read to its end")
	case len(body) == 0:
		return nil, bad("body", "is empty")
	}
	return body, nil
}

// required is a field that must be there, though it may be empty.
func (f fields) required(name string) (string, error) {
	text, ok := f[name]
	if !ok {
		return "", bad(name, "is missing")
	}
	return text, nil
}

// identifier is a field that names something: a session, a phone, a code, a step. It is never cleaned, for two of them could become one.
func (f fields) identifier(name string) (string, error) {
	text, err := f.required(name)
	switch {
	case err != nil:
		return "", err
	case text == "":
		return "", bad(name, "is empty")
	case len(text) > ussd.MaxKey:
		return "", bad(name, "is longer than 200 bytes")
	case !utf8.ValidString(text):
		return "", bad(name, "is not UTF-8")
	case strings.ContainsFunc(text, unicode.IsControl):
		return "", bad(name, "holds a control character")
	}
	return text, nil
}

func bad(field, why string) error { return &ussd.BadCallback{Field: field, Why: why} }
