package carriers_test

import (
	"bufio"
	"bytes"
	"net/http"
	"path/filepath"
	"testing"
	"unicode"
	"unicode/utf8"

	"sapar/sms"
)

// FuzzInbound gives every carrier whatever is an HTTP request: none may panic, and what is read keeps its promises.
func FuzzInbound(f *testing.F) {
	paths, err := filepath.Glob("testdata/*/*.http")
	if err != nil {
		f.Fatal(err)
	}
	for _, path := range paths {
		if seed := readFixture(f, path); seed.want != "sent" {
			f.Add(seed.request)
		}
	}
	all := speakers(f, nowhere)
	f.Fuzz(func(t *testing.T, wire []byte) {
		for name, carrier := range all {
			if r, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(wire))); err == nil {
				checkMessage(t, name, carrier, r)
			}
			if r, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(wire))); err == nil {
				checkReport(t, name, carrier, r)
			}
		}
	})
}

func checkMessage(t *testing.T, name string, carrier sms.Carrier, r *http.Request) {
	m, err := carrier.Read(r)
	if err != nil {
		return
	}
	for _, id := range []string{m.ID, m.From, m.To} {
		if id == "" || len(id) > sms.MaxID || !utf8.ValidString(id) || bytes.ContainsFunc([]byte(id), unicode.IsControl) {
			t.Errorf("%s read %q", name, id)
		}
	}
	if len(m.Raw) > 2*sms.MaxBody { // UTF-16 of two bytes a letter becomes UTF-8 of three
		t.Errorf("%s read a text of %d bytes", name, len(m.Raw))
	}
}

func checkReport(t *testing.T, name string, carrier sms.Carrier, r *http.Request) {
	report, err := carrier.ReadReport(r)
	if err == nil && !report.Status.Reportable() {
		t.Errorf("%s read status %q", name, report.Status)
	}
}
