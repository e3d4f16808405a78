// Package callbacks is what carriers post to us, dialled or texted, and the channels they post to.
package callbacks

import (
	"errors"
	"fmt"
	"net/http"
)

// BadCallback is a callback that cannot be understood. Nothing is stored for it; the sentence is for the carrier's engineer.
type BadCallback struct {
	Field string
	Why   string
}

// Error names the field and says what is wrong with it, without its value: that may be somebody's number.
func (e *BadCallback) Error() string { return fmt.Sprintf("%s: %s", e.Field, e.Why) }

// Bad is the BadCallback of a field.
func Bad(field, why string) error { return &BadCallback{Field: field, Why: why} }

// ErrTooLarge is a callback with more bytes than any carrier sends.
var ErrTooLarge = errors.New("the body is larger than 16 KiB")

// ErrSignature is a callback whose signature is missing or does not fit. It is answered with status 403, whatever else is wrong with it.
var ErrSignature = errors.New("the signature does not fit")

// MaxBody is the most bytes of a callback that are read. A dialled one has a few hundred; of a text, 1600 letters of any script fit, with
// every byte escaped.
const MaxBody = 16 << 10

// MaxID is the longest name a carrier may give to something, a session or a message, in bytes.
const MaxID = 200

// Refuse tells the carrier's engineer what is wrong with a callback: status 400, 413 for ErrTooLarge, 403 for ErrSignature and
// ErrCaller.
func Refuse(w http.ResponseWriter, err error) {
	status := http.StatusBadRequest
	switch {
	case errors.Is(err, ErrTooLarge):
		status = http.StatusRequestEntityTooLarge
	case errors.Is(err, ErrSignature), errors.Is(err, ErrCaller):
		status = http.StatusForbidden
	}
	http.Error(w, err.Error(), status)
}
