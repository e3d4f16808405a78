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
	"strings"
	"testing"

	"sapar/callbacks"
	"sapar/callbacks/fixtures"
	"sapar/sms"
	"sapar/sms/carriers"
)

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

func TestEveryFixtureBelongsToACarrier(t *testing.T) { fixtures.Belong(t, speakers(t, nowhere)) }

func TestAMessageIsReadAsItsFixtureSays(t *testing.T) {
	fixtures.Each(t, speakers(t, nowhere), []string{"message", "message-hex"}, func(t *testing.T, carrier sms.Carrier, f fixtures.Fixture) {
		var want struct{ ID, From, To, Text string }
		if err := json.Unmarshal([]byte(f.Wanted), &want); err != nil {
			t.Fatal(err)
		}
		raw := []byte(want.Text)
		if f.Want == "message-hex" {
			raw, _ = hex.DecodeString(want.Text)
		}
		got, err := carrier.Read(f.Callback(t))
		if err != nil || got.ID != want.ID || got.From != want.From || got.To != want.To || !bytes.Equal(got.Raw, raw) {
			t.Errorf("read %+v, %v\nwant %+v", got, err, want)
		}
	})
}

func TestAReportIsReadAsItsFixtureSays(t *testing.T) {
	fixtures.Each(t, speakers(t, nowhere), []string{"report"}, func(t *testing.T, carrier sms.Carrier, f fixtures.Fixture) {
		var want sms.Report
		if err := json.Unmarshal([]byte(f.Wanted), &want); err != nil {
			t.Fatal(err)
		}
		got, err := carrier.ReadReport(f.Callback(t))
		if err != nil || got != want {
			t.Errorf("read %+v, %v\nwant %+v", got, err, want)
		}
		if !got.Status.Reportable() {
			t.Errorf("no report may say %s", got.Status)
		}
	})
}

func TestABadCallbackIsRefusedWithOneSentence(t *testing.T) {
	fixtures.Each(t, speakers(t, nowhere), []string{"refused", "refused-report"}, func(t *testing.T, carrier sms.Carrier, f fixtures.Fixture) {
		m, report, err := readEither(carrier, f, f.Want == "refused-report", t)
		var bad *callbacks.BadCallback
		if !errors.As(err, &bad) || err.Error() != f.Wanted {
			t.Errorf("refused with %q, want %q", err, f.Wanted)
		}
		if !reflect.DeepEqual(m, sms.Message{}) || report != (sms.Report{}) {
			t.Errorf("something was read of it: %+v %+v", m, report)
		}
		if strings.Contains(err.Error(), "996700000001") {
			t.Error("the sentence holds a phone number")
		}
	})
}

func readEither(c sms.Carrier, f fixtures.Fixture, isReport bool, t testing.TB) (m sms.Message, report sms.Report, err error) {
	if isReport {
		report, err = c.ReadReport(f.Callback(t))
		return m, report, err
	}
	m, err = c.Read(f.Callback(t))
	return m, report, err
}

func TestAForgedCallbackIsRefusedWithoutAWordOfIt(t *testing.T) {
	fixtures.Each(t, speakers(t, nowhere), []string{"forged", "forged-report"}, func(t *testing.T, carrier sms.Carrier, f fixtures.Fixture) {
		m, report, err := readEither(carrier, f, f.Want == "forged-report", t)
		if !errors.Is(err, callbacks.ErrSignature) || !reflect.DeepEqual(m, sms.Message{}) || report != (sms.Report{}) {
			t.Errorf("read %+v %+v, %v", m, report, err)
		}
	})
}

func TestAnAnswerIsWrittenAsItsFixtureSays(t *testing.T) {
	fixtures.Each(t, speakers(t, nowhere), []string{"message"}, func(t *testing.T, carrier sms.Carrier, f fixtures.Fixture) {
		if f.Answer == nil {
			return
		}
		head, body, _ := bytes.Cut(f.Answer, []byte("\n\n"))
		want, err := http.ReadResponse(bufio.NewReader(bytes.NewReader(append(head, "\n\n"...))), nil)
		if err != nil {
			t.Fatal(err)
		}
		w := httptest.NewRecorder()
		if err := carrier.Answer(w, f.Mark); err != nil {
			t.Fatal(err)
		}
		got, _ := io.ReadAll(w.Result().Body)
		if w.Code != want.StatusCode || w.Header().Get("Content-Type") != want.Header.Get("Content-Type") || string(got) != strings.TrimSuffix(string(body), "\n") {
			t.Errorf("wrote %d %v %q\nwant %d %v %q", w.Code, w.Header(), got, want.StatusCode, want.Header, body)
		}
		if f.Mark != "" && !carrier.Replies() {
			t.Error("the answer carries a reply, and Replies says it does not")
		}
	})
}
