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

	"github.com/google/uuid"

	"sapar/sms"
)

// fields are the known fields of a callback by name. One that was absent is not in it; unknown ones are not looked at.
type fields map[string]string

const (
	formType  = "application/x-www-form-urlencoded"
	jsonType  = "application/json"
	plainText = "text/plain; charset=utf-8"
)

// readForm reads the fields of a posted form, from the body only: what stands in the query of a POST was not sent by the carrier.
func readForm(r *http.Request, known []string) (fields, error) {
	body, err := readBody(r, formType)
	if err != nil {
		return nil, err
	}
	return parseForm("body", string(body), known)
}

// readQuery reads the fields in the address.
func readQuery(r *http.Request, known []string) (fields, error) {
	if len(r.URL.RawQuery) > sms.MaxBody {
		return nil, sms.ErrTooLarge
	}
	return parseForm("query", r.URL.RawQuery, known)
}

func parseForm(where, text string, known []string) (fields, error) {
	values, err := url.ParseQuery(text)
	if err != nil { // the error itself quotes what was sent
		return nil, bad(where, "is no form: a % must be followed by two hexadecimal digits, and a semicolon must be written %3B")
	}
	return once(values, known)
}

// once takes the known fields of a form, each of which may stand in it once.
func once(values url.Values, known []string) (fields, error) {
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

// readBody reads the body of a POST that is not empty.
func readBody(r *http.Request, contentType string) ([]byte, error) {
	body, err := readAnyBody(r, contentType)
	if err == nil && len(body) == 0 {
		return nil, bad("body", "is empty")
	}
	return body, err
}

// readAnyBody reads the body of a POST of one content type, and never more than a callback may have.
func readAnyBody(r *http.Request, contentType string) ([]byte, error) {
	if r.Method != http.MethodPost {
		return nil, bad("method", "must be POST")
	}
	if got, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || got != contentType {
		return nil, bad("Content-Type", "must be "+contentType)
	}
	if r.Header.Get("Content-Encoding") != "" {
		return nil, bad("Content-Encoding", "must not be given")
	}
	if r.ContentLength > sms.MaxBody {
		return nil, sms.ErrTooLarge
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, sms.MaxBody+1))
	var limited *http.MaxBytesError
	switch {
	case len(body) > sms.MaxBody, errors.As(err, &limited):
		return nil, sms.ErrTooLarge
	case err != nil:
		return nil, bad("body", "could not be read to its end")
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

// identifier is a field that names something: a message, a phone, a status. It is never cleaned, for two of them could become one.
func (f fields) identifier(name string) (string, error) {
	text, err := f.required(name)
	switch {
	case err != nil:
		return "", err
	case text == "":
		return "", bad(name, "is empty")
	case len(text) > sms.MaxID:
		return "", bad(name, "is longer than 200 bytes")
	case !utf8.ValidString(text):
		return "", bad(name, "is not UTF-8")
	case strings.ContainsFunc(text, unicode.IsControl):
		return "", bad(name, "holds a control character")
	}
	return text, nil
}

// message reads the fields that every inbound message has.
func (f fields) message(id, from, to string) (sms.Message, error) {
	var m sms.Message
	for _, part := range []struct {
		name string
		into *string
	}{{id, &m.ID}, {from, &m.From}, {to, &m.To}} {
		if part.name == "" {
			continue
		}
		text, err := f.identifier(part.name)
		if err != nil {
			return sms.Message{}, err
		}
		*part.into = text
	}
	return m, nil
}

// reportID is our id of the message, when the address of a report ends in status/<id>; the nil UUID when it ends in status.
func reportID(r *http.Request) (uuid.UUID, error) {
	_, last, _ := cutLast(r.URL.Path, "/status/")
	if last == "" {
		return uuid.Nil, nil
	}
	id, err := uuid.Parse(last)
	if err != nil || id.String() != last {
		return uuid.Nil, bad("address", "must end in the id of a message")
	}
	return id, nil
}

func cutLast(text, sep string) (before, after string, ok bool) {
	i := strings.LastIndex(text, sep)
	if i < 0 {
		return text, "", false
	}
	return text[:i], text[i+len(sep):], true
}

// write answers a callback in one piece, so that its length stands in the header.
func write(w http.ResponseWriter, contentType, body string) error {
	w.Header().Set("Content-Type", contentType)
	if _, err := io.WriteString(w, body); err != nil {
		return errors.Join(errors.New("write answer"), err)
	}
	return nil
}

func bad(field, why string) error { return &sms.BadCallback{Field: field, Why: why} }
