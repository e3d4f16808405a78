package carriers_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"sapar/callbacks"
	"sapar/ussd"
	"sapar/ussd/carriers"
)

// good is a whole configuration, which the cases below spoil in one place each.
const good = `ussd:
  - name: t
    kind: form
    settings:
      method: POST
      encoding: form
      input: last
      fields: {session: s, phone: p, code: c, text: t}
      phase: {field: e, begin: [b], end: [x]}
      reply: {continue: "C {text}", end: "E {text}"}
`

func TestSettingsThatCannotBeUsedAreRefusedWhereTheyStand(t *testing.T) {
	for _, c := range []struct{ name, old, new, want string }{
		{"a method", "method: POST", "method: PUT", "t.yaml:5:7: method: must be GET or POST"},
		{"a query on a POST", "encoding: form", "encoding: query", "t.yaml:6:7: encoding: of a POST must be form, json or xml"},
		{"a form on a GET", "method: POST", "method: GET", "t.yaml:6:7: encoding: of a GET must be query"},
		{"an input", "input: last", "input: both", "t.yaml:7:7: input: must be whole or last"},
		{"no session", "session: s, ", "", "t.yaml:8:7: fields.session: is missing"},
		{"no phone", "phone: p, ", "", "t.yaml:8:7: fields.phone: is missing"},
		{"no text", ", text: t", "", "t.yaml:8:7: fields.text: is missing"},
		{"no code anywhere", "code: c, ", "", "t.yaml:4:5: code: is needed where fields.code is not given, and only there"},
		{"a code twice", "input: last", "input: last\n      code: '*1#'", "t.yaml:8:7: code: is needed where fields.code is not given, and only there"},
		{"two fields of one name", "phone: p", "phone: s", "t.yaml:8:7: fields: must each have a name of their own"},
		{"a field that is no element", "encoding: form\n      input: last\n      fields: {session: s", "encoding: xml\n      input: last\n      fields: {session: s@id", "t.yaml:8:7: fields: of XML must be names of elements"},
		{"the phase in a field of another", "field: e", "field: t", "t.yaml:8:7: fields: must each have a name of their own"},
		{"no field for the phase", "field: e, ", "", "t.yaml:9:7: phase.field: is missing"},
		{"no value that begins", "begin: [b], ", "", "t.yaml:9:7: phase.begin: must name the values that mean the first callback"},
		{"a value with two meanings", "end: [x]", "end: [B]", "t.yaml:9:7: phase: must give every value one meaning"},
		{"no text in an answer", `"C {text}"`, `"C"`, "t.yaml:10:15: reply.continue: must have {text} once, and {session} at most once"},
		{"two texts", `"E {text}"`, `"E {text} {text}"`, "t.yaml:10:37: reply.end: must have {text} once, and {session} at most once"},
		{"nothing between", `"E {text}"`, `"E {text}{session}"`, "t.yaml:10:37: reply.end: must have something between {text} and {session}"},
		{"answers that are alike", `"E {text}"`, `"C {text}"`, "t.yaml:10:37: reply.end: must differ from reply.continue, or the session never ends"},
		{"a content type", "reply: {", "reply: {content_type: image/png, ", "t.yaml:10:15: reply.content_type: must be text/plain, application/json, application/xml or text/xml"},
		{"JSON without quotes", `{continue: "C {text}"`, `{content_type: application/json, continue: '{"a": {text}}'`, "t.yaml:10:47: reply.continue: makes no JSON; {text} and {session} stand inside quotes"},
		{"XML that is not closed", `{continue: "C {text}"`, `{content_type: text/xml, continue: '<a>{text}'`, "t.yaml:10:39: reply.continue: makes no XML"},
		{"an unknown key", "input: last", "inputs: last", `t.yaml:7:7: unknown field "inputs"`},
		{"an unknown key of a field", "session: s", "sesion: s", `t.yaml:8:16: unknown field "sesion"`},
		{"a kind", "kind: form", "kind: telegraph", "t.yaml:3:5: no such kind of carrier; there are africastalking, infobip, hubtel, restcomm, kannel, form"},
	} {
		t.Run(c.name, func(t *testing.T) {
			text := strings.Replace(good, c.old, c.new, 1)
			if text == good {
				t.Fatalf("%q does not stand in the settings", c.old)
			}
			if _, err := ussd.ReadChannels("t.yaml", []byte(text), carriers.New); err == nil || err.Error() != c.want {
				t.Errorf("got  %v\nwant %s", err, c.want)
			}
		})
	}
}

func TestAKindWithoutSettingsTakesNone(t *testing.T) {
	_, err := ussd.ReadChannels("t.yaml", []byte("ussd:\n  - name: t\n    kind: africastalking\n    settings:\n      method: GET\n"), carriers.New)
	if want := `t.yaml:5:7: unknown field "method"`; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

// configured is a form whose settings were changed in some places.
func configured(t *testing.T, changes ...string) ussd.Carrier {
	t.Helper()
	channels, err := ussd.ReadChannels("t.yaml", []byte(strings.NewReplacer(changes...).Replace(good)), carriers.New)
	if err != nil {
		t.Fatal(err)
	}
	return channels[0].Carrier
}

func TestADialledCodeIsNoAnswerButWhatFollowsItIs(t *testing.T) {
	silent := configured(t, "phase: {field: e, begin: [b], end: [x]}", "")
	telling := configured(t)
	for _, c := range []struct {
		text, code, phase, typed string
		begin                    bool
	}{
		{"*141#", "*141#", "", "", true},
		{"*141*2*3#", "*141#", "", "2*3", true},
		{" *141#\n", "*141#", "", "", true},
		{"*141#", "141", "", "", true},
		{"*997*100*1#", "*997*100#", "", "1", true},
		{"*1412#", "*141#", "", "*1412#", false},
		{"*142#", "*141#", "", "*142#", false},
		{"141", "*141#", "", "141", false},
		{"2*3", "*141#", "", "2*3", false},
		{"**1*#", "*141#", "", "**1*#", false},
		{"141", "*141#", "b", "", true},
		{"*141", "*141#", "b", "", true},
		{"*141*2", "*141#", "b", "2", true},
		{"2*3", "*141#", "b", "2*3", true},
		{"*200#", "*141#", "b", "", true},
		{"", "*141#", "b", "", true},
		{"*141#", "*141#", "a", "*141#", false},
	} {
		carrier, form := silent, map[string]string{"s": "k", "p": "1", "c": c.code, "t": c.text}
		if c.phase != "" {
			carrier, form["e"] = telling, c.phase
		}
		dial, err := carrier.Read(posted(form))
		want := ussd.Dial{Key: "k", Phone: "1", Code: c.code, Input: c.typed}
		if c.begin {
			want.Begin, want.Path, want.Input = true, c.typed, ""
		}
		if err != nil || dial != want {
			t.Errorf("%q to %s, phase %q: read %+v, %v; want %+v", c.text, c.code, c.phase, dial, err, want)
		}
	}
}

func posted(form map[string]string) *http.Request {
	values := url.Values{}
	for name, value := range form {
		values.Set(name, value)
	}
	r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(values.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return r
}

func TestACodeThatIsNotSentIsTheConfiguredOne(t *testing.T) {
	carrier := configured(t, "code: c, ", "", "input: last", "input: last\n      code: '*141#'")
	dial, err := carrier.Read(posted(map[string]string{"s": "k", "p": "1", "t": "*141*5#", "e": "b", "c": "*999#"}))
	if err != nil || dial.Code != "*141#" || dial.Path != "5" {
		t.Errorf("read %+v, %v", dial, err)
	}
}

func TestTheSessionIsRepeatedWhereTheCarrierWantsIt(t *testing.T) {
	carrier := configured(t, `{continue: "C {text}", end: "E {text}"}`,
		`{content_type: application/json, continue: '{"id":"{session}","m":"{text}","go":1}', end: '{"id":"{session}","m":"{text}"}'}`)
	w := httptest.NewRecorder()
	if err := carrier.Write(w, ussd.Reply{Text: "a\n\"b\"", Key: `k"1`}); err != nil {
		t.Fatal(err)
	}
	if want := `{"id":"k\"1","m":"a\n\"b\"","go":1}`; w.Body.String() != want {
		t.Errorf("wrote %s, want %s", w.Body, want)
	}
}

func TestATextCannotBreakOutOfAnXMLAnswer(t *testing.T) {
	carrier := configured(t, `{continue: "C {text}"`, `{content_type: text/xml, continue: "<m t='2'>{text}</m>"`, `end: "E {text}"`, `end: "<m t='3'>{text}</m>"`)
	w := httptest.NewRecorder()
	if err := carrier.Write(w, ussd.Reply{Text: "</m><m t='3'>\n&"}); err != nil {
		t.Fatal(err)
	}
	if want := "<m t='2'>&lt;/m&gt;&lt;m t=&#39;3&#39;&gt;&#xA;&amp;</m>"; w.Body.String() != want {
		t.Errorf("wrote %s, want %s", w.Body, want)
	}
}

func TestABadSettingNamesItsKey(t *testing.T) {
	_, err := carriers.New("form", callbacks.Settings{})
	var bad *callbacks.BadSetting
	if !errors.As(err, &bad) || bad.Key != "method" {
		t.Errorf("got %v", err)
	}
}
