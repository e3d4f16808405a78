package carriers_test

import (
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"sapar/callbacks"
	"sapar/ussd"
	"sapar/ussd/carriers"
)

// overSMPP is a channel of kind kannel with some settings.
func overSMPP(t *testing.T, settings string) (ussd.Carrier, error) {
	t.Helper()
	channels, err := ussd.ReadChannels("t.yaml", []byte("ussd:\n  - name: t\n    kind: kannel\n    settings: "+settings+"\n"), carriers.New)
	if err != nil {
		return nil, err
	}
	return channels[0].Carrier, nil
}

func TestSettingsOfKannelThatCannotBeUsedAreRefused(t *testing.T) {
	for settings, want := range map[string]string{
		"{profile: nokia}":                                                   "profile: must be standard, tata or 6d",
		"{session: phone}":                                                   "session: must be number, whole or reference",
		"{code: '*#'}":                                                       "code: must be a code as it is dialled",
		"{profile: 6d, code: '*141#'}":                                       "code: is not needed with code_in_text",
		"{service_type: USSDUSSD}":                                           "service_type: has at most 5 letters",
		"{ops: {begin: [1], answer: [1]}}":                                   "ops: must give begin, answer and abort values of their own, from 0 to 255",
		"{ops: {abort: [256]}}":                                              "ops: must give begin, answer and abort values of their own, from 0 to 255",
		"{ops: {end: -1}}":                                                   "ops: must be from 0 to 255",
		"{profile: tata, end_bit: false}":                                    "ops.end: must differ from ops.continue where no bit ends a session, or it never ends",
		"{profile: tata, session: reference}":                                "ops.end: must differ from ops.continue where no bit ends a session, or it never ends",
		"{smpp: {host: h, port: 1, system_id: s}}":                           "smpp.password_file: is missing",
		"{smpp: {port: 1, system_id: s, password_file: f}}":                  "smpp.host: is missing",
		"{smpp: {host: h, system_id: s, password_file: f}}":                  "smpp.port: must be a port",
		"{smpp: {host: h, port: 1, password_file: f}}":                       "smpp.system_id: must have 1 to 15 letters",
		"{smpp: {host: 'a\"b', port: 1, system_id: s, password_file: f}}":    "smpp: holds a quote, a backslash or a line break",
		"{smpp: {host: h, port: 1, system_id: s, password_file: /dev/null}}": "smpp.password_file: the file is empty",
	} {
		if _, err := overSMPP(t, settings); err == nil || !strings.HasSuffix(err.Error(), want) {
			t.Errorf("%s: got %v, want %s", settings, err, want)
		}
	}
}

func TestWhatIsWrittenBesideAProfileWins(t *testing.T) {
	k, err := overSMPP(t, "{profile: tata, code: '*141#', service_type: CMT, ops: {end: 17}}")
	if err != nil {
		t.Fatal(err)
	}
	dial, err := k.Read(httptest.NewRequest("GET", "/?from=996700000001&text=1&meta="+url.QueryEscape("?smpp?ussd_service_op=%02&its_session_info=%12%02&"), nil))
	if err != nil || dial.Code != "*141#" || dial.Key != "1202" || dial.Input != "1" {
		t.Errorf("read %+v, %v", dial, err)
	}
	w := httptest.NewRecorder()
	if err := k.Write(w, ussd.Reply{Text: "a", End: true, Echo: dial.Echo}); err != nil {
		t.Fatal(err)
	}
	if got := w.Header().Get("X-Kannel-Meta-Data"); got != "?smpp?ussd_service_op=%11&its_session_info=%12%03" || w.Header().Get("X-Kannel-BInfo") != "CMT" {
		t.Errorf("wrote %v", w.Header())
	}
}

func TestTheReferenceMayNameTheSession(t *testing.T) {
	k, err := overSMPP(t, "{session: reference}")
	if err != nil {
		t.Fatal(err)
	}
	r, err := k.Call("http://sapar.example/", ussd.Dial{Key: "4660", Phone: "996700000001", Code: "*141#", Input: "7"})
	if err != nil {
		t.Fatal(err)
	}
	if dial, err := k.Read(r); err != nil || dial.Key != "4660" || dial.Seq != "" || dial.Input != "7" {
		t.Errorf("read %+v, %v", dial, err)
	}
	_, err = k.Read(httptest.NewRequest("GET", "/?from=996700000001&to=141&text=1&meta="+url.QueryEscape("?smpp?ussd_service_op=%12&its_session_info=%12%02&"), nil))
	if want := "meta: has no user_message_reference, which names the session"; err == nil || err.Error() != want {
		t.Errorf("refused with %v, want %s", err, want)
	}
}

func TestAMadeUpKeyBecomesOctets(t *testing.T) {
	for _, settings := range []string{"{}", "{profile: tata}", "{session: reference}"} {
		k, err := overSMPP(t, settings)
		if err != nil {
			t.Fatal(err)
		}
		keys := map[string]bool{}
		for _, key := range []string{"0192f0c2", "0192f0c2", "a longer one"} {
			r, err := k.Call("http://sapar.example/", ussd.Dial{Key: key, Phone: "996700000001", Code: "*141#", Seq: "200", Begin: true})
			if err != nil {
				t.Fatal(err)
			}
			dial, err := k.Read(r)
			if err != nil || !dial.Begin {
				t.Errorf("%s: read %+v, %v", settings, dial, err)
			}
			keys[dial.Key] = true
		}
		if len(keys) != 2 {
			t.Errorf("%s: three calls under two keys have %d", settings, len(keys))
		}
	}
}

func TestAPhoneThatWaitsGetsAScreenWhateverIsWrong(t *testing.T) {
	k, err := overSMPP(t, "{}")
	if err != nil {
		t.Fatal(err)
	}
	for meta, want := range map[string]string{
		"?smpp?ussd_service_op=%13&its_session_info=%12%02&": "?smpp?ussd_service_op=%11&its_session_info=%12%03",
		"?smpp?its_session_info=%1&":                         "?smpp?ussd_service_op=%11",
		"":                                                   "?smpp?ussd_service_op=%11",
	} {
		w := httptest.NewRecorder()
		r := httptest.NewRequest("GET", "/?meta="+url.QueryEscape(meta), nil)
		if err := k.(ussd.Refuser).Refuse(w, r, ussd.Reply{Text: "Чалыңыз: 1966", End: true}); err != nil {
			t.Fatal(err)
		}
		if w.Code != 200 || w.Body.String() != "Чалыңыз: 1966" || w.Header().Get("X-Kannel-Meta-Data") != want || w.Header().Get("X-Kannel-Coding") != "2" {
			t.Errorf("%q is answered with %d %v %q", meta, w.Code, w.Header(), w.Body)
		}
	}
}

func TestAHangUpIsAnsweredWithSilence(t *testing.T) {
	k, err := overSMPP(t, "{}")
	if err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	if err := k.Write(w, ussd.Reply{Over: true}); err != nil || w.Body.Len() != 0 || w.Code != 200 {
		t.Errorf("wrote %d %q, %v", w.Code, w.Body, err)
	}
	if reply, err := k.Hear(w.Result()); err != nil || !reply.Over {
		t.Errorf("heard %+v, %v", reply, err)
	}
}

func TestWhatKannelWouldLoseIsNotHeard(t *testing.T) {
	k, err := overSMPP(t, "{}")
	if err != nil {
		t.Fatal(err)
	}
	for why, c := range map[string][3]string{
		"no op":                    {"?smpp?its_session_info=%12%02", "0", "a"},
		"an op of somebody else":   {"?smpp?ussd_service_op=%03&its_session_info=%12%02", "0", "a"},
		"letters without a coding": {"?smpp?ussd_service_op=%02&its_session_info=%12%02", "0", "ң"},
		"half an escape":           {"?smpp?ussd_service_op=%2", "0", "a"},
	} {
		w := httptest.NewRecorder()
		w.Header().Set("Content-Type", callbacks.PlainText)
		w.Header().Set("X-Kannel-Meta-Data", c[0])
		w.Header().Set("X-Kannel-Coding", c[1])
		w.WriteString(c[2])
		if reply, err := k.Hear(w.Result()); err == nil {
			t.Errorf("%s was heard as %+v", why, reply)
		}
	}
	if _, err := k.Call("http://sapar.example/", ussd.Dial{Echo: "?smpp?user_message_reference=x"}); err == nil {
		t.Error("made a message with a reference that is no number")
	}
	if err := k.Write(httptest.NewRecorder(), ussd.Reply{Text: "a", Echo: "?smpp?user_message_reference=x"}); err == nil {
		t.Error("wrote a reference that is no number")
	}
}
