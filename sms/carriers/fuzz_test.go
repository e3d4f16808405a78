package carriers_test

import (
	"bufio"
	"bytes"
	"io"
	"maps"
	"net/http"
	"net/url"
	"path/filepath"
	"slices"
	"testing"
	"unicode"
	"unicode/utf8"

	"sapar/callbacks"
	"sapar/callbacks/fixtures"
	"sapar/sms"
)

// FuzzInbound gives the carriers, one at a time, whatever is an HTTP request: none may panic, and what is read keeps its promises.
// Twilio's is signed, or nothing would get past the signature.
func FuzzInbound(f *testing.F) {
	paths, err := filepath.Glob("testdata/*/*.http")
	if err != nil {
		f.Fatal(err)
	}
	all := speakers(f, nowhere)
	names := slices.Sorted(maps.Keys(all))
	for _, path := range paths {
		if seed := fixtures.Read(f, path); seed.Want != "sent" {
			f.Add(byte(slices.Index(names, seed.Carrier)), seed.Request)
		}
	}
	f.Fuzz(func(t *testing.T, which byte, wire []byte) {
		name := names[int(which)%len(names)]
		r, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(wire)))
		if err != nil {
			return
		}
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		if form, err := url.ParseQuery(string(body)); err == nil && name == "twilio" {
			r.Header.Set("X-Twilio-Signature", sign(token, public+r.URL.RequestURI(), firstOf(form)))
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		checkMessage(t, name, all[name], r)
		r.Body = io.NopCloser(bytes.NewReader(body))
		checkReport(t, name, all[name], r)
	})
}

func firstOf(form url.Values) map[string]string {
	fields := map[string]string{}
	for name := range form {
		fields[name] = form.Get(name)
	}
	return fields
}

func checkMessage(t *testing.T, name string, carrier sms.Carrier, r *http.Request) {
	m, err := carrier.Read(r)
	if err != nil {
		return
	}
	for _, id := range []string{m.ID, m.From, m.To} {
		if id == "" || len(id) > callbacks.MaxID || !utf8.ValidString(id) || bytes.ContainsFunc([]byte(id), unicode.IsControl) {
			t.Errorf("%s read %q", name, id)
		}
	}
	if len(m.Raw) > 2*callbacks.MaxBody { // UTF-16 of two bytes a letter becomes UTF-8 of three
		t.Errorf("%s read a text of %d bytes", name, len(m.Raw))
	}
}

func checkReport(t *testing.T, name string, carrier sms.Carrier, r *http.Request) {
	report, err := carrier.ReadReport(r)
	if err == nil && !report.Status.Reportable() {
		t.Errorf("%s read status %q", name, report.Status)
	}
}
