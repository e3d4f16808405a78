package carriers

import (
	"errors"
	"net/http"
	"net/url"
	"strings"

	"sapar/callbacks"
	"sapar/ussd"
)

// africasTalking posts a form with everything typed since the code, and reads CON or END before the screen.
// Source: help.africastalking.com/en/articles/484351 and 1284071, github.com/DanNduati/at-ussd AT-USSD.md (2026-11-21).
type africasTalking struct{}

func newAfricasTalking(settings callbacks.Settings) (ussd.Carrier, error) {
	return africasTalking{}, settings.Read(&struct{}{})
}

// The fields of its callbacks. networkCode, which tells the operator, is not read: numbers are carried from one operator to another.
const (
	atSession = "sessionId"
	atPhone   = "phoneNumber"
	atCode    = "serviceCode"
	atText    = "text"
	atStatus  = "status"
)

var (
	atStepFields = []string{atSession, atPhone, atCode, atText}
	atEndFields  = []string{atSession, atPhone, atCode, atStatus}
)

// Read understands a step of a session.
func (africasTalking) Read(r *http.Request) (ussd.Dial, error) {
	f, err := callbacks.Form(r, atStepFields)
	if err != nil {
		return ussd.Dial{}, err
	}
	dial, err := atSessionOf(f)
	if err != nil {
		return ussd.Dial{}, err
	}
	if dial.Path, err = f.Required(atText); err != nil {
		return ussd.Dial{}, err
	}
	return dial, nil
}

// ReadEnd understands the notice that a session is over, which comes to an address of its own. All its statuses mean the same here.
// Source: mintlify.com/DaggieBlanqx/Google-Africastalking-AI-Course/api/ussd-endpoints (2026-11-21).
func (africasTalking) ReadEnd(r *http.Request) (ussd.Dial, error) {
	f, err := callbacks.Form(r, atEndFields)
	if err != nil {
		return ussd.Dial{}, err
	}
	if _, err := f.Identifier(atStatus); err != nil {
		return ussd.Dial{}, err
	}
	dial, err := atSessionOf(f)
	dial.Abort = err == nil
	return dial, err
}

func atSessionOf(f callbacks.Fields) (ussd.Dial, error) {
	var errs [3]error
	dial := ussd.Dial{Whole: true}
	dial.Key, errs[0] = f.Identifier(atSession)
	dial.Phone, errs[1] = f.Identifier(atPhone)
	dial.Code, errs[2] = f.Identifier(atCode)
	for _, err := range errs {
		if err != nil {
			return ussd.Dial{}, err
		}
	}
	return dial, nil
}

// Write answers with CON and a screen that waits, or END and the last one. A notice of the end gets an empty answer.
func (africasTalking) Write(w http.ResponseWriter, reply ussd.Reply) error {
	if reply.Over {
		return nil
	}
	word := "CON "
	if reply.End {
		word = "END "
	}
	return callbacks.Answer(w, callbacks.PlainText, word+reply.Text)
}

// Call makes a step of a session, or, for a dial that aborts, the notice of its end, to be sent to the address of these.
func (africasTalking) Call(address string, dial ussd.Dial) (*http.Request, error) {
	text := "&text=" + url.QueryEscape(dial.Path)
	if dial.Abort {
		text = "&status=Failed"
	}
	return post(address, callbacks.FormType, "sessionId="+url.QueryEscape(dial.Key)+"&phoneNumber="+url.QueryEscape(dial.Phone)+
		"&networkCode=99999&serviceCode="+url.QueryEscape(dial.Code)+text)
}

// Hear takes only an answer that begins with CON or END; anything else closes the session with an error at this carrier.
func (africasTalking) Hear(r *http.Response) (ussd.Reply, error) {
	body, err := hear(r, callbacks.PlainText)
	if err != nil {
		return ussd.Reply{}, err
	}
	if text, ok := strings.CutPrefix(body, "CON "); ok {
		return ussd.Reply{Text: text}, nil
	}
	if text, ok := strings.CutPrefix(body, "END "); ok {
		return ussd.Reply{Text: text, End: true}, nil
	}
	return ussd.Reply{}, errors.New("the answer begins with neither CON nor END")
}
