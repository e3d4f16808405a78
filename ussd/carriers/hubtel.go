package carriers

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"sapar/callbacks"
	"sapar/ussd"
)

// hubtel posts JSON with the last answer and a number for every step, and reads a type that goes on or releases.
// Source: businessdocs-developers.hubtel.com, api-reference-prog-services; hubtel.readme.io, sample-general-services-interaction (2026-11-21).
type hubtel struct{}

func newHubtel(settings callbacks.Settings) (ussd.Carrier, error) {
	return hubtel{}, settings.Read(&struct{}{})
}

// The fields of its callbacks. Operator is not read, and ClientState, which we need none of, is not sent.
const (
	hubtelSession = "SessionId"
	hubtelPhone   = "Mobile"
	hubtelCode    = "ServiceCode"
	hubtelText    = "Message"
	hubtelStep    = "Sequence"
	hubtelType    = "Type"
)

var hubtelFields = []string{hubtelSession, hubtelPhone, hubtelCode, hubtelText, hubtelStep, hubtelType}

// Read understands a step of a session. Its page and its samples differ in the case of Type, so that is not looked at.
func (hubtel) Read(r *http.Request) (ussd.Dial, error) {
	f, err := callbacks.Read(r, http.MethodPost, "json", hubtelFields, "")
	if err != nil {
		return ussd.Dial{}, err
	}
	dial, err := named(f, hubtelSession, hubtelPhone, hubtelCode, hubtelStep)
	if err != nil {
		return ussd.Dial{}, err
	}
	dial.Code = "*" + bareCode(dial.Code) + "#" // it leaves out the star and the hash
	kind, err := f.Required(hubtelType)
	if err != nil {
		return ussd.Dial{}, err
	}
	return hubtelTyped(dial, f, strings.ToLower(kind))
}

// hubtelTyped is a dial with what its type says was typed.
func hubtelTyped(dial ussd.Dial, f callbacks.Fields, kind string) (ussd.Dial, error) {
	text, ok := f[hubtelText]
	switch kind {
	case "release":
		dial.Abort = true
		return dial, nil
	case "initiation":
		dial.Begin, dial.Path = true, pathIn(text, dial.Code)
		return dial, nil
	case "response":
		dial.Input = text
	default:
		return ussd.Dial{}, callbacks.Bad(hubtelType, "must be initiation, response or release")
	}
	if !ok {
		return ussd.Dial{}, callbacks.Bad(hubtelText, "is missing")
	}
	return dial, nil
}

// named is the dial of fields that name a session, a phone, a code and a step. A name that is empty is a field the carrier does not send.
func named(f callbacks.Fields, session, phone, code, step string) (ussd.Dial, error) {
	var dial ussd.Dial
	for _, id := range []struct {
		field string
		into  *string
	}{{session, &dial.Key}, {phone, &dial.Phone}, {code, &dial.Code}, {step, &dial.Seq}} {
		if id.field == "" {
			continue
		}
		text, err := f.Identifier(id.field)
		if err != nil {
			return ussd.Dial{}, err
		}
		*id.into = text
	}
	return dial, nil
}

// hubtelAnswer is an answer, in the order of its page. Label, DataType and FieldType are for its app and its shop; a phone shows Message.
type hubtelAnswer struct {
	SessionID string `json:"SessionId"`
	Type      string `json:"Type"`
	Message   string `json:"Message"`
	Label     string `json:"Label"`
	DataType  string `json:"DataType"`
	FieldType string `json:"FieldType"`
}

// Write answers with a screen that waits, or releases with the last one. A session that is over gets an empty answer.
func (hubtel) Write(w http.ResponseWriter, reply ussd.Reply) error {
	if reply.Over {
		return nil
	}
	label, _, _ := strings.Cut(reply.Text, "\n")
	answer := hubtelAnswer{reply.Key, "response", reply.Text, label, "input", "text"}
	if reply.End {
		answer.Type, answer.DataType = "release", "display"
	}
	return answerJSON(w, answer)
}

// Call makes a step of a session.
func (hubtel) Call(address string, dial ussd.Dial) (*http.Request, error) {
	kind, text := "response", dial.Input
	switch {
	case dial.Abort:
		kind, text = "release", ""
	case dial.Begin:
		kind, text = "initiation", dialled(dial)
	}
	return post(address, callbacks.JSONType, encodeJSON([][2]string{
		{hubtelType, kind},
		{hubtelText, text},
		{hubtelCode, bareCode(dial.Code)},
		{"Operator", "mtn"},
		{"ClientState", ""},
		{hubtelPhone, dial.Phone},
		{hubtelSession, dial.Key},
		{hubtelStep, dial.Seq},
	}, ""))
}

// Hear takes the answer of a session.
func (hubtel) Hear(r *http.Response) (ussd.Reply, error) {
	var answer hubtelAnswer
	if err := hearJSON(r, &answer); err != nil {
		return ussd.Reply{}, err
	}
	end := strings.EqualFold(answer.Type, "release")
	if !end && !strings.EqualFold(answer.Type, "response") || answer.SessionID == "" {
		return ussd.Reply{}, errors.New("the answer names no session, or has a Type that is neither response nor release")
	}
	return ussd.Reply{Text: answer.Message, End: end, Key: answer.SessionID}, nil
}

// answerJSON answers with one object.
func answerJSON(w http.ResponseWriter, answer any) error {
	text, err := json.Marshal(answer)
	if err != nil {
		return err
	}
	return callbacks.Answer(w, callbacks.JSONType, string(text))
}

// hearJSON reads an answer that is one object.
func hearJSON(r *http.Response, into any) error {
	body, err := hear(r, callbacks.JSONType)
	if err != nil {
		return err
	}
	if json.Unmarshal([]byte(body), into) != nil {
		return errors.New("the answer is no JSON object of this carrier")
	}
	return nil
}
