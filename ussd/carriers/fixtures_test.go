package carriers_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sapar/ussd"
	"sapar/ussd/carriers"
)

// fixture is one .http file of testdata: a sentence, what it must be read as, the bytes of the callback, and those of an answer.
type fixture struct {
	name, path  string
	want        string // dial, ended, refused or refused-end
	wanted      string // a Dial as JSON, or the sentence of the refusal
	request     []byte
	reply       string // a Reply as JSON; empty when the file has no answer
	answerBytes []byte
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
	request, answer, ok := bytes.Cut(rest, []byte("\n### reply "))
	f.request = request
	if ok {
		reply, answerBytes, _ := bytes.Cut(answer, []byte("\n"))
		f.reply, f.answerBytes = string(reply), answerBytes
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

// speakers are the built-in channels and the examples, by the name of their fixtures.
func speakers(t testing.TB) map[string]ussd.Carrier {
	t.Helper()
	channels, err := ussd.BuiltInChannels(carriers.New)
	if err != nil {
		t.Fatal(err)
	}
	examples, err := filepath.Glob("examples/*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range examples {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		more, err := ussd.ReadChannels(path, text, carriers.New)
		if err != nil {
			t.Fatal(err)
		}
		channels = append(channels, more...)
	}
	all := map[string]ussd.Carrier{}
	for _, c := range channels {
		all[c.Name] = c.Carrier
	}
	return all
}

// eachFixture runs a test on every fixture that is to be read in one of some ways.
func eachFixture(t *testing.T, wants []string, test func(*testing.T, ussd.Carrier, fixture)) {
	for name, carrier := range speakers(t) {
		paths, err := filepath.Glob("testdata/" + name + "/*.http")
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range paths {
			f := readFixture(t, path)
			if slices.Contains(wants, f.want) {
				t.Run(f.name, func(t *testing.T) { test(t, carrier, f) })
			}
		}
	}
}

func TestEveryCarrierHasFixtures(t *testing.T) {
	names := carriers.Kinds()
	for name := range speakers(t) {
		names = append(names, name)
	}
	for _, name := range names {
		good, _ := filepath.Glob("testdata/" + name + "/[0-9]*.http")
		bad, _ := filepath.Glob("testdata/" + name + "/bad-*.http")
		if len(good) < 2 || len(bad) < 1 {
			t.Errorf("testdata/%s has %d callbacks that are good and %d that are not; wanted are two and one", name, len(good), len(bad))
		}
	}
}

func TestEveryFixtureBelongsToACarrier(t *testing.T) {
	known := speakers(t)
	folders, err := os.ReadDir("testdata")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range folders {
		if known[f.Name()] == nil && f.Name() != "fuzz" {
			t.Errorf("testdata/%s belongs to no kind and no example", f.Name())
		}
	}
}

func TestACallbackIsReadAsItsFixtureSays(t *testing.T) {
	eachFixture(t, []string{"dial", "ended"}, func(t *testing.T, carrier ussd.Carrier, f fixture) {
		var want ussd.Dial
		if err := json.Unmarshal([]byte(f.wanted), &want); err != nil {
			t.Fatal(err)
		}
		read := carrier.Read
		if f.want == "ended" {
			read = carrier.(ussd.EndReader).ReadEnd
		}
		got, err := read(f.callback(t))
		if err != nil || got != want {
			t.Errorf("read %+v, %v\nwant %+v", got, err, want)
		}
	})
}

func TestABadCallbackIsRefusedWithOneSentence(t *testing.T) {
	eachFixture(t, []string{"refused", "refused-end"}, func(t *testing.T, carrier ussd.Carrier, f fixture) {
		read := carrier.Read
		if f.want == "refused-end" {
			read = carrier.(ussd.EndReader).ReadEnd
		}
		dial, err := read(f.callback(t))
		var bad *callbacks.BadCallback
		if !errors.As(err, &bad) || err.Error() != f.wanted {
			t.Errorf("refused with %q, want %q", err, f.wanted)
		}
		if dial != (ussd.Dial{}) {
			t.Errorf("something was read of it: %+v", dial)
		}
		if strings.Contains(err.Error(), "99670000000") {
			t.Error("the sentence holds a phone number")
		}
	})
}

func TestAnAnswerIsWrittenAndHeardAsItsFixtureSays(t *testing.T) {
	eachFixture(t, []string{"dial"}, func(t *testing.T, carrier ussd.Carrier, f fixture) {
		if f.reply == "" {
			return
		}
		var reply ussd.Reply
		if err := json.Unmarshal([]byte(f.reply), &reply); err != nil {
			t.Fatal(err)
		}
		want, err := http.ReadResponse(bufio.NewReader(bytes.NewReader(f.answerBytes)), nil)
		if err != nil {
			t.Fatal(err)
		}
		wanted, err := io.ReadAll(want.Body)
		if err != nil {
			t.Fatal(err)
		}
		w := httptest.NewRecorder()
		if err := carrier.Write(w, reply); err != nil {
			t.Fatal(err)
		}
		if w.Code != want.StatusCode || w.Header().Get("Content-Type") != want.Header.Get("Content-Type") || w.Body.String() != string(wanted) {
			t.Errorf("wrote %d %v %q\nwant %d %v %q", w.Code, w.Header(), w.Body, want.StatusCode, want.Header, wanted)
		}
		if heard, err := carrier.Hear(w.Result()); err != nil || heard != reply {
			t.Errorf("heard %+v, %v\nwant %+v", heard, err, reply)
		}
	})
}
