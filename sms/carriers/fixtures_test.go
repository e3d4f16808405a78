package carriers_test

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"sapar/sms"
	"sapar/sms/carriers"
)

// fixture is one .http file of testdata: a sentence, what it must be read as, the bytes of a request, and those of the answer to it.
type fixture struct {
	name, path string
	want       string // message, message-hex, report, sent, or how it is refused
	wanted     string // JSON, or the sentence of the refusal
	request    []byte
	mark       string // after ### reply the reply, after ### outcome the outcome as JSON
	answer     []byte
}

func readFixture(t testing.TB, path string) fixture {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	head, rest, _ := bytes.Cut(text, []byte("\n"))
	verdict, rest, _ := bytes.Cut(rest, []byte("\n"))
	f := fixture{name: strings.TrimSuffix(path, ".http") + ": " + string(head[4:]), path: path}
	f.want, f.wanted, _ = strings.Cut(string(verdict[4:]), " ")
	request, tail, ok := bytes.Cut(rest, []byte("\n### "))
	f.request = request
	if ok {
		mark, answer, _ := bytes.Cut(tail, []byte("\n"))
		_, f.mark, _ = strings.Cut(string(mark), " ")
		f.answer = answer
	}
	return f
}

func (f fixture) callback(t testing.TB) *http.Request {
	t.Helper()
	r, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(f.request)))
	if err != nil {
		t.Fatalf("%s is no HTTP request: %v", f.path, err)
	}
	return r
}

const (
	public    = "https://sapar.example"
	token     = "0123456789abcdef0123456789abcdef"
	nextToken = "fedcba9876543210fedcba9876543210"
	account   = "AC00000000000000000000000000000001"
)

// speakers are the channels of the fixtures, which send to the given address.
func speakers(t testing.TB, server string) map[string]sms.Carrier {
	t.Helper()
	text, err := os.ReadFile("testdata/channels.yaml")
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	for name, secret := range map[string]string{"key": "key-of-the-test\n", "password": "password-of-the-test", "token": token, "tokens": token + "\n" + nextToken + "\n"} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(secret), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	text = bytes.ReplaceAll(text, []byte("{server}"), []byte(server))
	channels, err := sms.ReadChannels(filepath.Join(folder, "channels.yaml"), text, public, carriers.New)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]sms.Carrier{}
	for _, c := range channels {
		all[c.Name] = c.Carrier
	}
	return all
}

const nowhere = "http://127.0.0.1:1"

// eachFixture runs a test on every fixture that is to be read in one of some ways.
func eachFixture(t *testing.T, wants []string, test func(*testing.T, string, fixture)) {
	for name := range speakers(t, nowhere) {
		paths, err := filepath.Glob("testdata/" + name + "/*.http")
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range paths {
			if f := readFixture(t, path); slices.Contains(wants, f.want) {
				t.Run(f.name, func(t *testing.T) { test(t, name, f) })
			}
		}
	}
}

func TestEveryCarrierHasFixtures(t *testing.T) {
	for _, kind := range carriers.Kinds() {
		least := map[string]int{"[0-9]*": 2, "report-*": 2, "send-*": 2, "bad-*": 2}
		if kind == "log" {
			least = map[string]int{"bad-*": 2} // it takes nothing, and what it does is no request
		}
		for pattern, wanted := range least {
			if found, _ := filepath.Glob("testdata/" + kind + "/" + pattern + ".http"); len(found) < wanted {
				t.Errorf("testdata/%s has %d files %s.http; wanted are %d", kind, len(found), pattern, wanted)
			}
		}
	}
}

func TestEveryFixtureBelongsToACarrier(t *testing.T) {
	known := speakers(t, nowhere)
	folders, err := os.ReadDir("testdata")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range folders {
		if f.IsDir() && known[f.Name()] == nil && f.Name() != "fuzz" {
			t.Errorf("testdata/%s belongs to no channel", f.Name())
		}
	}
}

func TestAMessageIsReadAsItsFixtureSays(t *testing.T) {
	all := speakers(t, nowhere)
	eachFixture(t, []string{"message", "message-hex"}, func(t *testing.T, name string, f fixture) {
		var want struct{ ID, From, To, Text string }
		if err := json.Unmarshal([]byte(f.wanted), &want); err != nil {
			t.Fatal(err)
		}
		raw := []byte(want.Text)
		if f.want == "message-hex" {
			raw, _ = hex.DecodeString(want.Text)
		}
		got, err := all[name].Read(f.callback(t))
		if err != nil || got.ID != want.ID || got.From != want.From || got.To != want.To || !bytes.Equal(got.Raw, raw) {
			t.Errorf("read %+v, %v\nwant %+v", got, err, want)
		}
	})
}

func TestAReportIsReadAsItsFixtureSays(t *testing.T) {
	all := speakers(t, nowhere)
	eachFixture(t, []string{"report"}, func(t *testing.T, name string, f fixture) {
		var want sms.Report
		if err := json.Unmarshal([]byte(f.wanted), &want); err != nil {
			t.Fatal(err)
		}
		got, err := all[name].ReadReport(f.callback(t))
		if err != nil || got != want {
			t.Errorf("read %+v, %v\nwant %+v", got, err, want)
		}
		if !got.Status.Reportable() {
			t.Errorf("no report may say %s", got.Status)
		}
	})
}

func TestABadCallbackIsRefusedWithOneSentence(t *testing.T) {
	all := speakers(t, nowhere)
	eachFixture(t, []string{"refused", "refused-report"}, func(t *testing.T, name string, f fixture) {
		m, report, err := readEither(all[name], f, f.want == "refused-report", t)
		var bad *sms.BadCallback
		if !errors.As(err, &bad) || err.Error() != f.wanted {
			t.Errorf("refused with %q, want %q", err, f.wanted)
		}
		if !reflect.DeepEqual(m, sms.Message{}) || report != (sms.Report{}) {
			t.Errorf("something was read of it: %+v %+v", m, report)
		}
		if strings.Contains(err.Error(), "996700000001") {
			t.Error("the sentence holds a phone number")
		}
	})
}

func readEither(c sms.Carrier, f fixture, isReport bool, t testing.TB) (m sms.Message, report sms.Report, err error) {
	if isReport {
		report, err = c.ReadReport(f.callback(t))
		return m, report, err
	}
	m, err = c.Read(f.callback(t))
	return m, report, err
}

func TestAForgedCallbackIsRefusedWithoutAWordOfIt(t *testing.T) {
	all := speakers(t, nowhere)
	eachFixture(t, []string{"forged", "forged-report"}, func(t *testing.T, name string, f fixture) {
		m, report, err := readEither(all[name], f, f.want == "forged-report", t)
		if !errors.Is(err, sms.ErrSignature) || !reflect.DeepEqual(m, sms.Message{}) || report != (sms.Report{}) {
			t.Errorf("read %+v %+v, %v", m, report, err)
		}
	})
}

func TestAnAnswerIsWrittenAsItsFixtureSays(t *testing.T) {
	all := speakers(t, nowhere)
	eachFixture(t, []string{"message"}, func(t *testing.T, name string, f fixture) {
		if f.answer == nil {
			return
		}
		head, body, _ := bytes.Cut(f.answer, []byte("\n\n"))
		want, err := http.ReadResponse(bufio.NewReader(bytes.NewReader(append(head, "\n\n"...))), nil)
		if err != nil {
			t.Fatal(err)
		}
		w := httptest.NewRecorder()
		if err := all[name].Answer(w, f.mark); err != nil {
			t.Fatal(err)
		}
		got, _ := io.ReadAll(w.Result().Body)
		if w.Code != want.StatusCode || w.Header().Get("Content-Type") != want.Header.Get("Content-Type") || string(got) != strings.TrimSuffix(string(body), "\n") {
			t.Errorf("wrote %d %v %q\nwant %d %v %q", w.Code, w.Header(), got, want.StatusCode, want.Header, body)
		}
		if f.mark != "" && !all[name].Replies() {
			t.Error("the answer carries a reply, and Replies says it does not")
		}
	})
}
