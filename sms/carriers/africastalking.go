package carriers

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"sapar/callbacks"
	"sapar/sms"
)

// africasTalking posts forms to us and takes a form from us. Its reports come to one address for the whole account, so its own id names the
// message. It signs nothing. Source: docs.africastalking.com/sms/callback, /sms/notifications, /sms/sending (2026-11-21).
type africasTalking struct {
	address, username, key string
	http                   *http.Client
}

type atSettings struct {
	URL        string `yaml:"url"`
	Username   string `yaml:"username"`
	APIKeyFile string `yaml:"api_key_file"`
}

const atAddress = "https://api.africastalking.com"

func newAfricasTalking(settings sms.Settings) (sms.Carrier, error) {
	s := atSettings{URL: atAddress}
	if err := settings.Read(&s); err != nil {
		return nil, err
	}
	a := &africasTalking{address: strings.TrimRight(s.URL, "/") + "/version1/messaging", username: s.Username, http: newClient(http.MethodPost, settings.Channel)}
	if !settings.Channel.Sends() {
		return a, nil
	}
	if s.Username == "" {
		return nil, &callbacks.BadSetting{Key: "username", Why: "is missing"}
	}
	if err := checkAddress("url", s.URL, false); err != nil {
		return nil, err
	}
	var err error
	a.key, err = secretOf(settings, "api_key_file", s.APIKeyFile)
	return a, err
}

// The fields of its callbacks. networkCode, date and phoneNumber are not read.
const (
	atID, atFrom, atTo, atText = "id", "from", "to", "text"
	atStatus, atReason         = "status", "failureReason"
)

// Read understands an inbound message.
func (*africasTalking) Read(r *http.Request) (sms.Message, error) {
	f, err := read(r, http.MethodPost, "form", atID, atFrom, atTo, atText)
	if err != nil {
		return sms.Message{}, err
	}
	m, err := message(f, atID, atFrom, atTo)
	if err != nil {
		return sms.Message{}, err
	}
	text, err := f.Required(atText)
	if err != nil {
		return sms.Message{}, err
	}
	m.Raw = []byte(text)
	return m, nil
}

// Answer acknowledges a callback; this carrier reads only the status.
func (*africasTalking) Answer(w http.ResponseWriter, _ string) error {
	return callbacks.Answer(w, callbacks.PlainText, "")
}

// Replies is false: a reply is a message of its own.
func (*africasTalking) Replies() bool { return false }

// atStatuses is what a report says. Sent, submitted and buffered differ in how far the message is on its way.
var atStatuses = map[string]sms.Status{
	"Sent": sms.Sent, "Submitted": sms.Sent, "Buffered": sms.Sent, "Success": sms.Delivered,
	"Rejected": sms.Failed, "Failed": sms.Undelivered, "AbsentSubscriber": sms.Undelivered, "Expired": sms.Expired,
}

// atVerdicts is what the reason of a failure says of the number.
var atVerdicts = map[string]sms.Verdict{
	"UserDoesNotExist": sms.NumberBad, "NotNetworkSubscriber": sms.NumberBad, "InvalidPhoneNumber": sms.NumberBad, "UnsupportedNumberType": sms.NumberBad,
	"UserInBlackList": sms.NumberOptedOut, "UserInBlacklist": sms.NumberOptedOut,
}

// ReadReport understands a delivery report.
func (*africasTalking) ReadReport(r *http.Request) (sms.Report, error) {
	f, err := read(r, http.MethodPost, "form", atID, atStatus, atReason)
	if err != nil {
		return sms.Report{}, err
	}
	id, err := f.Identifier(atID)
	if err != nil {
		return sms.Report{}, err
	}
	word, err := f.Identifier(atStatus)
	if err != nil {
		return sms.Report{}, err
	}
	status, ok := atStatuses[word]
	if !ok {
		return sms.Report{}, callbacks.Bad(atStatus, "is none that is documented")
	}
	report := sms.Report{Ref: id, Status: status}
	if f[atReason] != "" {
		if report.Code, err = f.Identifier(atReason); err != nil {
			return sms.Report{}, err
		}
		report.Verdict = atVerdicts[report.Code]
	}
	return report, nil
}

// Send posts the message. With enqueue the carrier answers before it has handed the message on.
func (a *africasTalking) Send(ctx context.Context, m sms.Outgoing) sms.Outcome {
	form := url.Values{"username": {a.username}, "to": {m.To}, "message": {m.Text}, "enqueue": {"1"}}
	if m.Sender != "" {
		form.Set("from", m.Sender)
	}
	r, err := newPost(ctx, a.address, callbacks.FormType, form.Encode())
	if err != nil || a.key == "" {
		return sms.Outcome{Result: sms.NotSent, Code: notConfigured}
	}
	r.Header.Set("Accept", callbacks.JSONType)
	r.Header.Set("apiKey", a.key)
	got := exchange(a.http, r)
	if o, known := got.outcome(); known {
		return o
	}
	if !got.accepted() {
		return got.refused()
	}
	return got.africasTalking()
}

// notConfigured is the code of a message handed to a channel that has no settings to send with.
const notConfigured = "not configured"

type atAnswer struct {
	Data struct {
		Message    string `json:"Message"`
		Recipients []struct {
			Code json.Number `json:"statusCode"`
			ID   string      `json:"messageId"`
		} `json:"Recipients"`
	} `json:"SMSMessageData"`
}

// africasTalking reads its answer to one message. Without a recipient the Message is a word that says what is wrong with the request.
func (a answer) africasTalking() sms.Outcome {
	var got atAnswer
	if json.Unmarshal(a.body, &got) != nil || len(got.Data.Recipients) > 1 {
		return a.unknown()
	}
	if len(got.Data.Recipients) == 0 {
		switch got.Data.Message {
		case "InvalidSenderId", "InsufficientBalance":
			return sms.Outcome{Result: sms.NotSent, Code: got.Data.Message}
		}
		return a.unknown()
	}
	to := got.Data.Recipients[0]
	code, err := strconv.Atoi(to.Code.String())
	switch {
	case err != nil:
		return a.unknown()
	case code >= 100 && code <= 102:
		if to.ID == "" || to.ID == "None" || len(to.ID) > callbacks.MaxID {
			return a.unknown()
		}
		return sms.Outcome{Result: sms.Accepted, Ref: to.ID}
	}
	return atCode(code)
}

// atCode is what became of a message the carrier did not take. What a top-up or a setting puts right is not the message's fault, and is tried
// again; the carrier's own errors (500, 501) do not say whether it went out.
func atCode(code int) sms.Outcome {
	o := sms.Outcome{Result: sms.Refused, Code: strconv.Itoa(code)}
	switch code {
	case 402, 405: // InvalidSenderId, InsufficientBalance
		o.Result = sms.NotSent
	case 403, 404: // InvalidPhoneNumber, UnsupportedNumberType
		o.Verdict = sms.NumberBad
	case 406: // UserInBlacklist
		o.Verdict = sms.NumberOptedOut
	case 401, 407, 409, 502: // RiskHold, CouldNotRoute, DoNotDisturbRejection, RejectedByGateway
	default:
		o.Result = sms.Unknown
	}
	return o
}
