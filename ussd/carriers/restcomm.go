package carriers

import (
	"encoding/xml"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"sapar/callbacks"
	"sapar/ussd"
)

// restcomm posts a MAP dialogue as XML. Only its first message names the phone, the code and the invokeId of the last answer, so they travel
// with userObject, which it brings back with every message: any process can go on.
// Source: github.com/RestComm/ussdgateway docs/adminguide Chapter-HTTP_Architecture.adoc (2026-11-22).
type restcomm struct{}

func newRestcomm(settings callbacks.Settings) (ussd.Carrier, error) {
	return restcomm{}, settings.Read(&struct{}{})
}

// The fields of its callbacks, as element@attribute. remoteId, networkId and the data coding scheme are not read: the text is UTF-8 in each.
const (
	rcType    = "dialog@type"
	rcLocal   = "dialog@localId"
	rcRemote  = "dialog@remoteId"
	rcObject  = "dialog@userObject"
	rcInvoke  = "processUnstructuredSSRequest_Request@invokeId"
	rcDialled = "processUnstructuredSSRequest_Request@string"
	rcAnswer  = "unstructuredSSRequest_Response@string"
	rcPhone   = "msisdn@number"
	rcOrigin  = "originationReference@number" // the phone, when msisdn is missing
)

var (
	rcErrors = []string{"dialog@mapAbortProviderReason", "dialog@mapRefuseReason", "dialog@mapUserAbortChoice", "dialog@dialogTimedOut", "dialog@invokeTimedOut"}
	rcFields = append([]string{rcType, rcLocal, rcRemote, rcObject, rcInvoke, rcDialled, rcAnswer, rcPhone, rcOrigin}, rcErrors...)
)

// Read understands a message of a dialogue. One that holds neither a code nor an answer, and whatever it calls an error, ends the session.
func (restcomm) Read(r *http.Request) (ussd.Dial, error) {
	f, err := callbacks.Read(r, http.MethodPost, "xml", rcFields, "")
	if err != nil {
		return ussd.Dial{}, err
	}
	kind, err := f.Identifier(rcType)
	if err != nil {
		return ussd.Dial{}, err
	}
	key, err := rcKey(f)
	if err != nil {
		return ussd.Dial{}, err
	}
	_, begins := f[rcDialled]
	answer, answers := f[rcAnswer]
	switch {
	case rcFailed(f, kind), !begins && !answers:
		return rcOver(f, key), nil
	case begins && answers:
		return ussd.Dial{}, callbacks.Bad(rcAnswer, "stands beside a request that begins")
	case begins:
		return rcBegin(f, key)
	}
	return rcGoOn(f, key, answer)
}

// rcKey names a dialogue by both ends' numbers of it: ours alone begin again when the gateway is started anew.
func rcKey(f callbacks.Fields) (string, error) {
	local, err := f.Identifier(rcLocal)
	if err != nil {
		return "", err
	}
	if _, ok := f[rcRemote]; !ok {
		return local, nil
	}
	remote, err := f.Identifier(rcRemote)
	if err != nil {
		return "", err
	}
	return local + "-" + remote, nil
}

func rcFailed(f callbacks.Fields, kind string) bool {
	for _, name := range rcErrors {
		if value, ok := f[name]; ok && value != "false" {
			return true
		}
	}
	return kind == "Abort" || kind == "Unknown"
}

// rcOver is the end of a dialogue. Whose it was is known where userObject was brought back.
func rcOver(f callbacks.Fields, key string) ussd.Dial {
	dial := ussd.Dial{Key: key, Abort: true}
	if was, ok := readRCState(f[rcObject]); ok {
		dial.Phone, dial.Code = was.phone, was.code
	}
	return dial
}

func rcBegin(f callbacks.Fields, key string) (ussd.Dial, error) {
	phone := rcPhone
	if _, ok := f[rcPhone]; !ok {
		if _, ok := f[rcOrigin]; ok {
			phone = rcOrigin
		}
	}
	dial, err := named(f, "", phone, rcDialled, rcInvoke)
	if err != nil {
		return ussd.Dial{}, err
	}
	if strings.ContainsAny(dial.Phone+dial.Seq, " ") {
		return ussd.Dial{}, callbacks.Bad(phone, "must not hold a space")
	}
	state := rcState{step: 2, invoke: dial.Seq, phone: dial.Phone, code: dial.Code}
	return ussd.Dial{Key: key, Phone: dial.Phone, Code: dial.Code, Seq: "1", Begin: true, Echo: state.String()}, nil
}

func rcGoOn(f callbacks.Fields, key, answer string) (ussd.Dial, error) {
	if _, err := f.Required(rcObject); err != nil {
		return ussd.Dial{}, err
	}
	state, ok := readRCState(f[rcObject])
	if !ok {
		return ussd.Dial{}, callbacks.Bad(rcObject, "must be brought back as it was given")
	}
	dial := ussd.Dial{Key: key, Phone: state.phone, Code: state.code, Seq: strconv.Itoa(state.step), Input: answer}
	state.step++
	dial.Echo = state.String()
	return dial, nil
}

// rcState is what userObject carries: the number of the step that is wanted next, and what the first message said.
type rcState struct {
	step                int
	invoke, phone, code string
}

func (s rcState) String() string {
	return fmt.Sprintf("%d %s %s %s", s.step, s.invoke, s.phone, s.code)
}

func readRCState(text string) (rcState, bool) {
	parts := strings.SplitN(text, " ", 4)
	if len(parts) < 4 || len(text) > 4*callbacks.MaxID {
		return rcState{}, false
	}
	s := rcState{invoke: parts[1], phone: parts[2], code: parts[3]}
	var err error
	s.step, err = strconv.Atoi(parts[0])
	for _, name := range parts[1:] {
		if _, bad := (callbacks.Fields{"": name}).Identifier(""); bad != nil {
			err = bad
		}
	}
	return s, err == nil && s.step > 1
}

// Write answers with a screen that waits, or with the last one, which answers the first request. A dialogue that is over gets an empty one.
func (restcomm) Write(w http.ResponseWriter, reply ussd.Reply) error {
	const head = `<?xml version="1.0" encoding="UTF-8" ?>`
	if reply.Over {
		return callbacks.Answer(w, rcContentType, head+`<dialog mapMessagesSize="0"/>`)
	}
	state, ok := readRCState(reply.Echo)
	if !ok {
		return errors.New("the dialogue's first request is not known")
	}
	text := `dataCodingScheme="15" string="` + callbacks.XMLText(reply.Text) + `"/></dialog>`
	if callbacks.Wide(reply.Text) {
		text = strings.Replace(text, `"15"`, `"72"`, 1)
	}
	if reply.End {
		return callbacks.Answer(w, rcContentType, head+`<dialog mapMessagesSize="1" prearrangedEnd="false"><processUnstructuredSSRequest_Response invokeId="`+
			callbacks.XMLText(state.invoke)+`" `+text)
	}
	return callbacks.Answer(w, rcContentType, head+`<dialog mapMessagesSize="1" userObject="`+callbacks.XMLText(reply.Echo)+`"><unstructuredSSRequest_Request `+text)
}

const rcContentType = "text/xml;charset=UTF-8"

// Call makes a message of a dialogue.
func (restcomm) Call(address string, dial ussd.Dial) (*http.Request, error) {
	local, remote, two := strings.Cut(dial.Key, "-")
	ids := ` localId="` + callbacks.XMLText(local) + `"`
	if two {
		ids += ` remoteId="` + callbacks.XMLText(remote) + `"`
	}
	if dial.Echo != "" && !dial.Begin {
		ids += ` userObject="` + callbacks.XMLText(dial.Echo) + `"`
	}
	const open, end = `<?xml version="1.0" encoding="UTF-8" ?><dialog type="`, `<errComponents/>`
	switch text := callbacks.XMLText(dial.Input); {
	case dial.Abort:
		return post(address, rcContentType, open+`Unknown"`+ids+` mapMessagesSize="0" mapUserAbortChoice="isUserSpecificReason">`+end+`</dialog>`)
	case dial.Begin:
		return post(address, rcContentType, open+`Begin" networkId="0"`+ids+` mapMessagesSize="1">`+end+
			`<processUnstructuredSSRequest_Request invokeId="1" dataCodingScheme="15" string="`+callbacks.XMLText(dialled(dial))+
			`"><msisdn nai="international_number" npi="ISDN" number="`+callbacks.XMLText(dial.Phone)+`"/></processUnstructuredSSRequest_Request></dialog>`)
	default:
		return post(address, rcContentType, open+`Continue"`+ids+` mapMessagesSize="1">`+end+
			`<unstructuredSSRequest_Response invokeId="2" dataCodingScheme="15" string="`+text+`"/></dialog>`)
	}
}

// rcMessage is an answer as the gateway reads it.
type rcMessage struct {
	XMLName xml.Name  `xml:"dialog"`
	Size    string    `xml:"mapMessagesSize,attr"`
	End     string    `xml:"prearrangedEnd,attr"`
	Object  string    `xml:"userObject,attr"`
	Waits   *rcString `xml:"unstructuredSSRequest_Request"`
	Last    *rcString `xml:"processUnstructuredSSRequest_Response"`
}

type rcString struct {
	Text string `xml:"string,attr"`
}

// Hear takes an answer that holds one message, or none when the dialogue is over.
func (restcomm) Hear(r *http.Response) (ussd.Reply, error) {
	body, err := hear(r, rcContentType)
	if err != nil {
		return ussd.Reply{}, err
	}
	var m rcMessage
	switch {
	case xml.Unmarshal([]byte(body), &m) != nil:
		return ussd.Reply{}, errors.New("the answer is no dialog")
	case m.Size == "0":
		return ussd.Reply{Over: true}, nil
	case m.Waits != nil && m.Last == nil && m.End == "":
		return ussd.Reply{Text: m.Waits.Text, Echo: m.Object}, nil
	case m.Last != nil && m.Waits == nil && m.End == "false":
		return ussd.Reply{Text: m.Last.Text, End: true}, nil
	}
	return ussd.Reply{}, errors.New("the answer neither goes on nor ends")
}
