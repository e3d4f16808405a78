package carriers

import (
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"

	"sapar/callbacks"
)

// post makes a callback with a body.
func post(address, contentType, body string) (*http.Request, error) {
	r, err := http.NewRequest(http.MethodPost, address, strings.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("make callback: %w", err)
	}
	r.Header.Set("Content-Type", contentType)
	return r, nil
}

// hear reads an answer that must be 200 and of a content type; parameters such as the charset are not compared.
func hear(r *http.Response, contentType string) (string, error) {
	if r.StatusCode != http.StatusOK {
		return "", fmt.Errorf("the answer has status %d", r.StatusCode)
	}
	got, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	want, _, _ := mime.ParseMediaType(contentType)
	if got != want {
		return "", errors.New("the answer is not " + want)
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, callbacks.MaxBody+1))
	if err != nil {
		return "", fmt.Errorf("read answer: %w", err)
	}
	if len(body) > callbacks.MaxBody {
		return "", callbacks.ErrTooLarge
	}
	return string(body), nil
}
