package carriers_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sapar/callbacks"
	"sapar/callbacks/fixtures"
	"sapar/ussd"
	"sapar/ussd/carriers"
)

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

func TestEveryFixtureBelongsToACarrier(t *testing.T) { fixtures.Belong(t, speakers(t)) }

func TestACallbackIsReadAsItsFixtureSays(t *testing.T) {
	fixtures.Each(t, speakers(t), []string{"dial", "ended"}, func(t *testing.T, carrier ussd.Carrier, f fixtures.Fixture) {
		var want ussd.Dial
		if err := json.Unmarshal([]byte(f.Wanted), &want); err != nil {
			t.Fatal(err)
		}
		read := carrier.Read
		if f.Want == "ended" {
			read = carrier.(ussd.EndReader).ReadEnd
		}
		got, err := read(f.Callback(t))
		if err != nil || got != want {
			t.Errorf("read %+v, %v\nwant %+v", got, err, want)
		}
	})
}

func TestABadCallbackIsRefusedWithOneSentence(t *testing.T) {
	fixtures.Each(t, speakers(t), []string{"refused", "refused-end"}, func(t *testing.T, carrier ussd.Carrier, f fixtures.Fixture) {
		read := carrier.Read
		if f.Want == "refused-end" {
			read = carrier.(ussd.EndReader).ReadEnd
		}
		dial, err := read(f.Callback(t))
		var bad *callbacks.BadCallback
		if !errors.As(err, &bad) || err.Error() != f.Wanted {
			t.Errorf("refused with %q, want %q", err, f.Wanted)
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
	fixtures.Each(t, speakers(t), []string{"dial"}, func(t *testing.T, carrier ussd.Carrier, f fixtures.Fixture) {
		if f.Mark == "" {
			return
		}
		var reply ussd.Reply
		if err := json.Unmarshal([]byte(f.Mark), &reply); err != nil {
			t.Fatal(err)
		}
		want, err := http.ReadResponse(bufio.NewReader(bytes.NewReader(f.Answer)), nil)
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
		want.Header.Del("Content-Length")
		if w.Code != want.StatusCode || !maps.EqualFunc(w.Header(), want.Header, slices.Equal) || w.Body.String() != string(wanted) {
			t.Errorf("wrote %d %v %q\nwant %d %v %q", w.Code, w.Header(), w.Body, want.StatusCode, want.Header, wanted)
		}
		if f.Carrier == "restcomm" && reply.End {
			reply.Echo = "" // nothing is brought back any more
		}
		if heard, err := carrier.Hear(w.Result()); err != nil || heard != reply {
			t.Errorf("heard %+v, %v\nwant %+v", heard, err, reply)
		}
	})
}
