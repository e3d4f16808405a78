package carriers

import (
	"errors"
	"net/http"
	"slices"
	"strconv"
	"time"

	"sapar/callbacks"
	"sapar/ussd"
)

// kannel is USSD over SMPP, with the smsbox of Kannel 1.4.5 between: it makes a GET of each deliver_sm, and a submit_sm of the answer. What
// names a session and its step stands in TLVs, which it carries both ways in the octets of "meta data". Its own id of a message (%I) is not
// read: a deliver_sm that the SMSC brings again has another one.
// Source: SMPP 3.4 5.3.2.43 and 5.3.2.44, the user guide of Kannel 1.4.5 (get-url, X-Kannel headers), and what it sent to us (2026-11-22).
type kannel struct{ kannelSettings }

// The parameters of get-url, as sapar channels kannel-config writes them.
const (
	kannelFrom, kannelTo, kannelText, kannelMeta = "from", "to", "text", "meta"

	metaHeader, codingHeader, infoHeader = "X-Kannel-Meta-Data", "X-Kannel-Coding", "X-Kannel-BInfo"
)

// For how long the same message of the same step is one that was brought again. An SMSC does so when its link broke before the
// acknowledgement, that is within its response timer and Kannel's reconnect-delay.
const (
	broughtAgain = time.Minute     // where a step has a number; and of a first message, whose session has a number of its own
	pressedAgain = 4 * time.Second // where it has none: nobody is shown a screen, reads it and presses the same key in less
)

// Read understands a deliver_sm.
func (k *kannel) Read(r *http.Request) (ussd.Dial, error) {
	f, err := callbacks.Read(r, http.MethodGet, "query", []string{kannelFrom, kannelTo, kannelText, kannelMeta}, "")
	if err != nil {
		return ussd.Dial{}, err
	}
	meta, err := f.Required(kannelMeta)
	if err != nil {
		return ussd.Dial{}, err
	}
	t, err := readTLVs(meta)
	if err != nil {
		return ussd.Dial{}, err
	}
	dial, err := k.session(&t)
	if err != nil {
		return ussd.Dial{}, err
	}
	if dial.Phone, err = f.Identifier(kannelFrom); err != nil {
		return ussd.Dial{}, err
	}
	return only(k.typed(dial, f, &t))
}

// session is what the TLVs say of the session and its step.
func (k *kannel) session(t *tlvs) (ussd.Dial, error) {
	echo := *t
	echo.op = -1
	dial := ussd.Dial{Echo: echo.meta(), Window: pressedAgain}
	switch {
	case k.Session == byReference && t.reference == "":
		return ussd.Dial{}, callbacks.Bad(kannelMeta, "has no user_message_reference, which names the session")
	case k.Session == byReference:
		dial.Key = t.reference
	case t.info == "":
		return ussd.Dial{}, callbacks.Bad(kannelMeta, "has no its_session_info, which names the session")
	case k.Session == byWhole:
		dial.Key = hexadecimal(t.info[0]) + hexadecimal(t.info[1]&^1)
	default:
		dial.Key, dial.Seq = hexadecimal(t.info[0]), strconv.Itoa(int(t.info[1]>>1))
		dial.Window = broughtAgain
	}
	return dial, nil
}

func hexadecimal(octet byte) string { return strconv.FormatUint(uint64(octet)|0x100, 16)[1:] }

// typed adds what was dialled or answered, as the op of the message says.
func (k *kannel) typed(dial ussd.Dial, f callbacks.Fields, t *tlvs) (ussd.Dial, error) {
	text, err := f.Required(kannelText)
	if err != nil {
		return dial, err
	}
	begins := slices.Contains(k.Ops.Begin, t.op)
	if dial.Code = k.Code; dial.Code == "" && !(begins && k.CodeInText && looksDialled(text)) {
		dial.Code, err = f.Identifier(kannelTo)
	} else if dial.Code == "" {
		dial.Code, err = callbacks.Fields{kannelText: text}.Identifier(kannelText)
	}
	switch {
	case err != nil:
		return dial, err
	case slices.Contains(k.Ops.Abort, t.op), k.EndBit && t.ends():
		dial.Abort = true
	case begins:
		dial.Begin, dial.Window = true, broughtAgain
		dial.Path, _ = pastCode(text, dial.Code) // a text that is no code is what a menu of the network put there
	case slices.Contains(k.Ops.Answer, t.op):
		dial.Input = text
	default:
		return dial, callbacks.Bad(kannelMeta, "has no ussd_service_op, or one that is not configured")
	}
	return dial, nil
}

// Write answers with the text of the submit_sm and, for Kannel to put into it, the TLVs as they came and what they say of the session.
func (k *kannel) Write(w http.ResponseWriter, reply ussd.Reply) error {
	if reply.Over {
		return callbacks.Answer(w, callbacks.PlainText, "") // which Kannel sends to nobody
	}
	t, err := readTLVs(reply.Echo)
	if err != nil {
		return err
	}
	t.op = k.Ops.Continue
	if reply.End {
		t.op = k.Ops.End
		if k.EndBit {
			t.setEnd()
		}
	}
	coding := "0"
	if ussd.Wide(reply.Text) {
		coding = "2" // else its letters arrive as question marks
	}
	h := w.Header()
	h.Set(metaHeader, t.meta())
	h.Set(codingHeader, coding)
	h.Set(infoHeader, k.ServiceType)
	return callbacks.Answer(w, callbacks.PlainText, reply.Text)
}

// Refuse answers what could not be understood: anything but a text with status 200 would leave a phone waiting for the network's timeout.
// What there is of TLVs goes back, for without them the screen reaches no session.
func (k *kannel) Refuse(w http.ResponseWriter, r *http.Request, screen ussd.Reply) error {
	t, err := readTLVs(r.URL.Query().Get(kannelMeta))
	if err == nil {
		t.op = -1
		screen.Echo = t.meta()
	}
	return k.Write(w, screen)
}

// Call makes the GET of a deliver_sm. A key in another form than its session's is brought to that form, so that anybody may make one up.
func (k *kannel) Call(address string, dial ussd.Dial) (*http.Request, error) {
	t, err := readTLVs(dial.Echo)
	if err != nil {
		return nil, err
	}
	k.name(&t, dial)
	text := dial.Input
	switch {
	case dial.Abort && len(k.Ops.Abort) == 0:
		return nil, errors.New("make callback: this carrier does not say that a session is over")
	case dial.Abort:
		t.op, text = k.Ops.Abort[0], ""
	case dial.Begin:
		t.op, text = k.Ops.Begin[0], "*"+joined(bareCode(dial.Code), dial.Path)+"#"
	default:
		t.op = k.Ops.Answer[0]
	}
	return get(address, encodeForm([][2]string{
		{kannelFrom, dial.Phone},
		{kannelTo, dial.Code},
		{kannelText, text},
		{kannelMeta, t.meta() + "&"},
	}))
}

func joined(code, path string) string {
	if path == "" {
		return code
	}
	return code + "*" + path
}

// Hear takes what Kannel can make a submit_sm of that reaches its session.
func (k *kannel) Hear(r *http.Response) (ussd.Reply, error) {
	text, err := hear(r, callbacks.PlainText)
	if err != nil {
		return ussd.Reply{}, err
	}
	if text == "" {
		return ussd.Reply{Over: true}, nil
	}
	t, err := readTLVs(r.Header.Get(metaHeader))
	if err != nil {
		return ussd.Reply{}, err
	}
	reply := ussd.Reply{Text: text, End: t.op == k.Ops.End && (k.Ops.End != k.Ops.Continue || t.ends())}
	switch {
	case !reply.End && t.op != k.Ops.Continue:
		return ussd.Reply{}, errors.New("the answer has no ussd_service_op of this carrier")
	case ussd.Wide(text) != (r.Header.Get(codingHeader) == "2"):
		return ussd.Reply{}, errors.New("the answer does not say how its letters are sent")
	}
	t.op = -1
	if reply.End && k.EndBit && t.ends() {
		t.info = string([]byte{t.info[0], t.info[1] &^ 1})
	}
	reply.Echo = t.meta()
	return reply, nil
}
