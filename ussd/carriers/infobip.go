package carriers

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"sapar/callbacks"
	"sapar/ussd"
)

// infobip posts JSON with the last answer to an address of its own for each session and step: /session/<id>/start, /response, /end and /status.
// Source: "INFOBIP USSD Gateway to Third-party Application HTTP/REST/JSON Web Service API" as github.com/praekeltfoundation/vumi
// vumi/transports/infobip/infobip.py quotes and speaks it (2026-11-22).
type infobip struct {
	Code string `yaml:"code"` // for callbacks without shortCode
	open *openCalls
}

func newInfobip(settings callbacks.Settings) (ussd.Carrier, error) {
	i := infobip{open: &openCalls{phones: map[string]openCall{}}}
	if err := settings.Read(&i); err != nil {
		return nil, err
	}
	if i.Code != "" && bareCode(i.Code) == "" {
		return nil, &callbacks.BadSetting{Key: "code", Why: "must be a code as it is dialled"}
	}
	return i, nil
}

// The fields of its callbacks. imsi, language, optional and ussdGwId are not read.
const (
	infobipPhone = "msisdn"
	infobipCode  = "shortCode"
	infobipText  = "text"
)

var infobipFields = []string{infobipPhone, infobipCode, infobipText}

// Read understands the start of a session, an answer, or its end.
func (i infobip) Read(r *http.Request) (ussd.Dial, error) {
	session, step, err := sessionStep(r)
	if err != nil {
		return ussd.Dial{}, err
	}
	if step == "end" {
		return i.ReadEnd(r)
	}
	f, err := callbacks.Read(r, http.MethodPost, "json", infobipFields, "")
	if err != nil {
		return ussd.Dial{}, err
	}
	code := infobipCode
	if f[infobipCode] == "" && i.Code != "" { // it is not as mandatory as the page claims
		code = ""
	}
	dial, err := named(f, "", infobipPhone, code, "")
	if err != nil {
		return ussd.Dial{}, err
	}
	if code == "" {
		dial.Code = i.Code
	}
	dial.Key = session
	return i.typed(dial, f, step)
}

// typed is a dial with what was typed at a step of its session.
func (i infobip) typed(dial ussd.Dial, f callbacks.Fields, step string) (ussd.Dial, error) {
	text, ok := f[infobipText]
	switch {
	case step == "start":
		dial.Begin, dial.Path = true, pathIn(text, dial.Code)
	case step != "response":
		return ussd.Dial{}, callbacks.Bad("address", "must end in /start, /response, /end or /status")
	case !ok:
		return ussd.Dial{}, callbacks.Bad(infobipText, "is missing")
	default:
		dial.Input = text
	}
	i.open.note(dial.Key, dial.Phone, dial.Code)
	return dial, nil
}

// ReadEnd understands the notice that a session is over. It names neither phone nor code, so they are those its other steps named; where
// another process answered those, they are empty and nothing is noted: the session ends by itself.
func (i infobip) ReadEnd(r *http.Request) (ussd.Dial, error) {
	session, step, err := sessionStep(r)
	switch {
	case err != nil:
		return ussd.Dial{}, err
	case step != "end":
		return ussd.Dial{}, callbacks.Bad("address", "must end in /start, /response, /end or /status")
	case r.Method != http.MethodPut:
		return ussd.Dial{}, callbacks.Bad("method", "must be PUT")
	}
	was, _ := i.open.find(session)
	i.open.forget(session)
	return ussd.Dial{Key: session, Phone: was.phone, Code: was.code, Abort: true}, nil
}

// Known says whether a session is open, as far as this process has answered it.
func (i infobip) Known(w http.ResponseWriter, r *http.Request) error {
	session, step, err := sessionStep(r)
	if err == nil && (step != "status" || r.Method != http.MethodGet) {
		err = callbacks.Bad("method", "must be GET for a status")
	}
	if err != nil {
		return err
	}
	_, open := i.open.find(session)
	return answerJSON(w, infobipStatus{open, http.StatusOK, ""})
}

// sessionStep is the session and the step that the address of a callback names: …/session/<id>/<step>.
func sessionStep(r *http.Request) (session, step string, err error) {
	parts := strings.Split(r.URL.EscapedPath(), "/")
	n := len(parts)
	if n < 3 || parts[n-3] != "session" {
		return "", "", callbacks.Bad("address", "must end in /session/, the id of the session, and its step")
	}
	id, err := url.PathUnescape(parts[n-2])
	if err != nil {
		return "", "", callbacks.Bad("address", "is not escaped as an address is")
	}
	session, err = callbacks.Fields{"address": id}.Identifier("address")
	return session, parts[n-1], err
}

// infobipAnswer is an answer with a screen, infobipOver that to a notice of the end, infobipStatus that to the question for a session.
type infobipAnswer struct {
	Close bool   `json:"shouldClose"`
	Menu  string `json:"ussdMenu"`
	infobipOver
}

type infobipOver struct {
	Exit    int    `json:"responseExitCode"`
	Message string `json:"responseMessage"`
}

type infobipStatus struct {
	Active  bool   `json:"sessionActive"`
	Exit    int    `json:"responseExitCode"`
	Message string `json:"responseMessage"`
}

// Write answers with a screen.
func (i infobip) Write(w http.ResponseWriter, reply ussd.Reply) error {
	over := infobipOver{Exit: http.StatusOK}
	if reply.Over {
		return answerJSON(w, over)
	}
	if reply.End {
		i.open.forget(reply.Key)
	}
	return answerJSON(w, infobipAnswer{reply.End, reply.Text, over})
}

// Call makes a step of a session, at its address below that of the channel.
func (infobip) Call(address string, dial ussd.Dial) (*http.Request, error) {
	address += "/session/" + url.PathEscape(dial.Key)
	switch {
	case dial.Abort:
		r, err := post(address+"/end", callbacks.JSONType, `{"exitCode":0,"reason":"user"}`)
		if err != nil {
			return nil, fmt.Errorf("make callback: %w", err)
		}
		r.Method = http.MethodPut
		return r, nil
	case dial.Begin:
		return post(address+"/start", callbacks.JSONType, infobipBody(dial, dialled(dial)))
	}
	return post(address+"/response", callbacks.JSONType, infobipBody(dial, dial.Input))
}

func infobipBody(dial ussd.Dial, text string) string {
	return encodeJSON([][2]string{{infobipPhone, dial.Phone}, {infobipCode, dial.Code}, {"ussdGwId", "live2"}, {infobipText, text}}, "")
}

// Hear takes the answer of a session, or the empty one to the notice of its end.
func (infobip) Hear(r *http.Response) (ussd.Reply, error) {
	var answer struct {
		Close *bool   `json:"shouldClose"`
		Menu  *string `json:"ussdMenu"`
		Exit  int     `json:"responseExitCode"`
	}
	if err := hearJSON(r, &answer); err != nil {
		return ussd.Reply{}, err
	}
	switch {
	case answer.Exit != http.StatusOK:
		return ussd.Reply{}, errors.New("the answer has no responseExitCode 200")
	case answer.Close == nil && answer.Menu == nil:
		return ussd.Reply{Over: true}, nil
	case answer.Close == nil || answer.Menu == nil:
		return ussd.Reply{}, errors.New("the answer lacks shouldClose or ussdMenu")
	}
	return ussd.Reply{Text: *answer.Menu, End: *answer.Close}, nil
}
