package carriers

import (
	"net/http"
	"slices"
	"strings"

	"github.com/google/uuid"

	"sapar/callbacks"
	"sapar/sms"
)

// read reads named fields of a callback in one of three encodings; a name that is empty is a field the carrier does not send.
func read(r *http.Request, method, encoding string, names ...string) (callbacks.Fields, error) {
	if err := unpacked(r); err != nil {
		return nil, err
	}
	return callbacks.Read(r, method, encoding, slices.DeleteFunc(names, func(n string) bool { return n == "" }), "")
}

// unpacked refuses a posted body that is said to be packed: it is read, and its signature checked, as it came.
func unpacked(r *http.Request) error {
	if r.Method == http.MethodPost && r.Header.Get("Content-Encoding") != "" {
		return callbacks.Bad("Content-Encoding", "must not be given")
	}
	return nil
}

// message reads the fields that every inbound message has.
func message(f callbacks.Fields, id, from, to string) (sms.Message, error) {
	var m sms.Message
	for _, part := range []struct {
		name string
		into *string
	}{{id, &m.ID}, {from, &m.From}, {to, &m.To}} {
		if part.name == "" {
			continue
		}
		text, err := f.Identifier(part.name)
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
		return uuid.Nil, callbacks.Bad("address", "must end in the id of a message")
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
