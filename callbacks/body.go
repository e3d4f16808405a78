package callbacks

import (
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
)

// The content types that callbacks and their answers have.
const (
	FormType  = "application/x-www-form-urlencoded"
	JSONType  = "application/json"
	XMLType   = "text/xml"
	PlainText = "text/plain; charset=utf-8"
)

// Body reads the body of a POST of one content type, which may not be empty. What is wrong is a BadCallback or ErrTooLarge.
func Body(r *http.Request, contentType string) ([]byte, error) {
	body, err := BodyOrNone(r, contentType)
	if err == nil && len(body) == 0 {
		return nil, Bad("body", "is empty")
	}
	return body, err
}

// BodyOrNone is Body for a body that may be empty. Never is more of it read than a callback may have.
func BodyOrNone(r *http.Request, contentType string) ([]byte, error) {
	if r.Method != http.MethodPost {
		return nil, Bad("method", "must be POST")
	}
	if got, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || got != contentType {
		return nil, Bad("Content-Type", "must be "+contentType)
	}
	if r.ContentLength > MaxBody {
		return nil, ErrTooLarge
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, MaxBody+1))
	var limited *http.MaxBytesError
	switch {
	case len(body) > MaxBody, errors.As(err, &limited):
		return nil, ErrTooLarge
	case err != nil:
		return nil, Bad("body", "could not be read to its end")
	}
	return body, nil
}

// Answer answers a callback in one piece, so that its length stands in the header.
func Answer(w http.ResponseWriter, contentType, body string) error {
	w.Header().Set("Content-Type", contentType)
	if _, err := io.WriteString(w, body); err != nil {
		return fmt.Errorf("write answer: %w", err)
	}
	return nil
}
