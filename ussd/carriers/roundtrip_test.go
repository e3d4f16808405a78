package carriers_test

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"sapar/callbacks"
	"sapar/callbacks/fixtures"
	"sapar/ussd"
	"sapar/ussd/carriers"
)

// random is a dial that a carrier of this folder could make.
func random(t *rapid.T, name string) ussd.Dial {
	dial := ussd.Dial{
		Key:   rapid.StringMatching(`[!-~]{1,200}`).Draw(t, "key"),
		Phone: rapid.StringMatching(`\+?[0-9]{9,15}`).Draw(t, "phone"),
		Code:  rapid.StringMatching(`\*[0-9]{3}(\*[0-9]{1,3})?#`).Draw(t, "code"),
	}
	if name == "form" || name == "hubtel" {
		dial.Seq = rapid.StringMatching(`[0-9]{1,9}`).Draw(t, "step")
	}
	if slices.Contains([]string{"form", "hubtel", "hollatags", "truroute"}, name) {
		dial.Abort = rapid.Bool().Draw(t, "hung up")
	}
	if name == "truroute" {
		dial.Code = "*141#"
	}
	dial.Whole = whole(name)
	switch {
	case name == "restcomm":
		return randomMAP(t, dial)
	case strings.HasPrefix(name, "kannel"):
		return randomSMPP(t, name, dial)
	case dial.Abort:
	case dial.Whole:
		dial.Path = rapid.String().Draw(t, "path")
	case rapid.Bool().Draw(t, "first"):
		dial.Begin = true
		dial.Path = rapid.StringMatching(`([1-9](\*[0-9]{1,2}){0,3})?`).Draw(t, "dialled")
	case name == "truroute":
		dial.Input = rapid.StringMatching(inXML).Draw(t, "answer")
	default:
		dial.Input = rapid.String().Draw(t, "answer")
	}
	return dial
}

// inXML is what can be said in XML.
const inXML = `[ -~ңөүЖ«»€😀]{0,60}`

// randomMAP is a dial whose first message goes on in what is brought back.
func randomMAP(t *rapid.T, dial ussd.Dial) ussd.Dial {
	dial.Key = rapid.StringMatching(`[0-9]{1,9}(-[0-9]{1,9})?`).Draw(t, "dialogue")
	step := rapid.IntRange(2, 99).Draw(t, "step")
	dial.Begin, dial.Abort = rapid.Bool().Draw(t, "first"), rapid.Bool().Draw(t, "hung up")
	dial.Begin = dial.Begin && !dial.Abort
	if dial.Begin {
		step = 1
	}
	dial.Echo = fmt.Sprintf("%d 1 %s %s", step, dial.Phone, dial.Code)
	if !dial.Abort {
		dial.Seq = fmt.Sprint(step)
	}
	if !dial.Begin && !dial.Abort {
		dial.Input = rapid.StringMatching(inXML).Draw(t, "answer")
	}
	return dial
}

// randomSMPP is a dial whose names fit into two octets.
func randomSMPP(t *rapid.T, name string, dial ussd.Dial) ussd.Dial {
	session, step := rapid.Byte().Draw(t, "session"), rapid.ByteRange(0, 127).Draw(t, "step")
	dial.Begin, dial.Abort = rapid.Bool().Draw(t, "first"), rapid.Bool().Draw(t, "hung up")
	dial.Begin = dial.Begin && !dial.Abort
	switch {
	case dial.Abort:
	case !dial.Begin:
		dial.Input = rapid.String().Draw(t, "answer")
	case name != "kannel-6d": // whose path stands in the code
		dial.Path = rapid.StringMatching(`([1-9](\*[0-9]{1,2}){0,3})?`).Draw(t, "dialled")
	}
	info := []byte{session, step << 1}
	if dial.Abort {
		info[1] |= 1
	}
	dial.Echo = fmt.Sprintf("?smpp?&its_session_info=%%%02X%%%02X&user_message_reference=%d", info[0], info[1], rapid.Uint16().Draw(t, "reference"))
	dial.Window = 4 * time.Second
	if dial.Key = fmt.Sprintf("%02x%02x", session, step<<1); name == "kannel" {
		dial.Key, dial.Seq, dial.Window = fmt.Sprintf("%02x", session), fmt.Sprint(step), time.Minute
	}
	if dial.Begin {
		dial.Window = time.Minute
	}
	return dial
}

func TestWhatACarrierCallsIsWhatIsRead(t *testing.T) {
	all := speakers(t)
	names := slices.Sorted(maps.Keys(all))
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.SampledFrom(names).Draw(t, "carrier")
		want := random(t, name)
		r, err := all[name].Call("http://127.0.0.1:8080/ussd/"+name, want)
		if err != nil {
			t.Fatal(err)
		}
		got, err := all[name].Read(r)
		if name == "restcomm" {
			got.Echo = want.Echo // what is brought back next is a step further
		}
		if err != nil || got != want {
			t.Fatalf("%s: called %+v\nread %+v, %v", name, want, got, err)
		}
	})
}

func TestTheEndThatAfricasTalkingTellsIsRead(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := random(t, "africastalking")
		want.Path, want.Abort = "", true
		carrier, err := carriers.New("africastalking", callbacks.Settings{})
		if err != nil {
			t.Fatal(err)
		}
		r, err := carrier.Call("http://127.0.0.1:8080/ussd/africastalking/events", want)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := carrier.(ussd.EndReader).ReadEnd(r); err != nil || got != want {
			t.Fatalf("called %+v\nread %+v, %v", want, got, err)
		}
	})
}

// every answer form there is: the two placeholders in both orders, in each content type.
func answerForms(t testing.TB) map[string]ussd.Carrier {
	all := speakers(t)
	for name, reply := range map[string]string{
		"plain, session first": "{continue: 'C {session} {text}', end: 'E {session} {text}'}",
		"json, session last":   `{content_type: application/json, continue: '{"t":"{text}","s":"{session}","a":1}', end: '{"t":"{text}","s":"{session}","a":2}'}`,
		"json, session first":  `{content_type: application/json, continue: '{"s":"{session}","t":"{text}","a":1}', end: '{"s":"{session}","t":"{text}","a":2}'}`,
		"xml":                  `{content_type: text/xml, continue: '<u a="{session}"><t>1</t><m>{text}</m></u>', end: '<u a="{session}"><t>2</t><m>{text}</m></u>'}`,
		"one within the other": `{continue: '{text}', end: '{text}.END'}`,
	} {
		channels, err := ussd.ReadChannels("test.yaml", []byte("ussd: [{name: t, kind: form, settings: {method: POST, encoding: form, input: last, "+
			"fields: {session: s, phone: p, code: c, text: t}, reply: "+reply+"}}]"), carriers.New)
		if err != nil {
			t.Fatal(err)
		}
		all[name] = channels[0].Carrier
	}
	return all
}

func TestWhatIsWrittenIsWhatTheCarrierHears(t *testing.T) {
	all := answerForms(t)
	names := slices.Sorted(maps.Keys(all))
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.SampledFrom(names).Draw(t, "carrier")
		want := ussd.Reply{Text: rapid.StringMatching(`[ -~\nңөүЖ«»€😀]{1,80}`).Draw(t, "screen"), End: rapid.Bool().Draw(t, "last")}
		if strings.Contains(name, "session") || name == "xml" || name == "hubtel" || name == "hollatags" {
			want.Key = rapid.StringMatching(`[!-~]{1,40}`).Draw(t, "key")
		}
		if strings.HasSuffix(want.Text, ".END") {
			want.Text += " "
		}
		switch {
		case name == "restcomm":
			want.Echo = "2 1 996700000001 *141#"
		case strings.HasPrefix(name, "kannel"):
			want.Echo = "?smpp?&its_session_info=%12%00&user_message_reference=4660"
		}
		w := httptest.NewRecorder()
		if err := all[name].Write(w, want); err != nil {
			t.Fatal(err)
		}
		if want.End && name == "restcomm" {
			want.Echo = "" // nothing is brought back any more
		}
		if got, err := all[name].Hear(w.Result()); err != nil || got != want {
			t.Fatalf("%s: wrote %+v as %q\nheard %+v, %v", name, want, w.Body, got, err)
		}
	})
}

func TestACarrierThatDoesNotTellTheEndCannotBeMadeTo(t *testing.T) {
	if _, err := speakers(t)["dmark"].Call("http://127.0.0.1/", ussd.Dial{Key: "k", Abort: true}); err == nil {
		t.Error("made a notice of the end this carrier does not send")
	}
}

func FuzzCallback(f *testing.F) {
	all := speakers(f)
	names := slices.Sorted(maps.Keys(all))
	for i, name := range names {
		f.Add(i, "POST", "application/x-www-form-urlencoded", "/session/k/response", "", "sessionId=a&phoneNumber=b&serviceCode=c&text=%zz")
		f.Add(i, "POST", "application/json", "/session/k/start", "", `{"sessionid":"m","new":true,"msisdn":1,"extension":"1","message":[[]]}`)
		paths, err := filepath.Glob("testdata/" + name + "/*.http")
		if err != nil {
			f.Fatal(err)
		}
		for _, path := range paths {
			r := fixtures.Read(f, path).Callback(f)
			body, err := io.ReadAll(r.Body)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(i, r.Method, r.Header.Get("Content-Type"), r.URL.Path, r.URL.RawQuery, string(body))
		}
	}
	f.Fuzz(func(t *testing.T, which int, method, contentType, path, query, body string) {
		carrier := all[names[uint(which)%uint(len(names))]]
		r := httptest.NewRequest("POST", "/", strings.NewReader(body))
		r.Method, r.URL.Path, r.URL.RawQuery = method, path, query
		r.Header.Set("Content-Type", contentType)
		dial, err := carrier.Read(r)
		understood(t, dial, err)
		if ends, ok := carrier.(ussd.EndReader); ok {
			r.Body = httptest.NewRequest("POST", "/", strings.NewReader(body)).Body
			dial, err = ends.ReadEnd(r)
			understood(t, dial, err)
		}
	})
}

// understood sees that a callback was either refused in the one way there is, or names its session and its phone; the end of one may name it alone.
func understood(t *testing.T, dial ussd.Dial, err error) {
	t.Helper()
	var bad *callbacks.BadCallback
	switch {
	case errors.As(err, &bad) && bad.Field != "" && bad.Why != "", errors.Is(err, callbacks.ErrTooLarge):
		if dial != (ussd.Dial{}) {
			t.Errorf("refused, and yet read: %+v", dial)
		}
	case err != nil:
		t.Errorf("neither a BadCallback nor too large: %v", err)
	case dial.Key == "" || len(dial.Key) > 2*callbacks.MaxID+1, !dial.Abort && (dial.Phone == "" || dial.Code == ""):
		t.Errorf("a dial without its names: %+v", dial)
	}
}
