package carriers

import (
	"bytes"
	"encoding/xml"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/twilio/twilio-go/client"

	"sapar/callbacks"
	"sapar/sms"
)

// twilio signs its callbacks over the address it calls and all fields of the form, but not over where a field ends and the next begins, nor
// over a field that is repeated: some forms that say something else have the same signature. So after the signature only known fields are
// read, each must stand in the form exactly once, and each has a strict shape. Fields that are not known may be there: new ones appear
// without notice. Source: twilio.com/docs/usage/security and /docs/messaging/guides/webhook-request (2026-11-21).
type twilio struct {
	account    string
	tokens     []string // the first is used to send; both hold while the account changes from one to the other
	validators []client.RequestValidator
	public     string // what stands before the path in the address it calls
	address    string // of its API
	lag        time.Duration
	http       *http.Client
	now        func() time.Time
}

type twilioSettings struct {
	AccountSID string        `yaml:"account_sid"`
	TokenFile  string        `yaml:"auth_token_file"`
	URL        string        `yaml:"url"`
	Lag        time.Duration `yaml:"lag"`
}

const twilioAddress = "https://api.twilio.com"

var (
	accountShape = regexp.MustCompile(`^AC[0-9a-f]{32}$`)
	tokenShape   = regexp.MustCompile(`^[0-9A-Za-z]{16,128}$`)
)

func newTwilio(settings sms.Settings) (sms.Carrier, error) {
	s := twilioSettings{URL: twilioAddress, Lag: 30 * time.Second}
	if err := settings.Read(&s); err != nil {
		return nil, err
	}
	if err := s.check(settings.Channel); err != nil {
		return nil, err
	}
	tokens, err := settings.Secret("auth_token_file", s.TokenFile)
	if err != nil {
		return nil, err
	}
	t := &twilio{
		account: s.AccountSID, tokens: tokens, public: settings.Channel.Public, address: s.URL, lag: s.Lag,
		http: newClient(http.MethodPost, settings.Channel), now: time.Now,
	}
	for _, token := range tokens {
		if !tokenShape.MatchString(token) {
			return nil, &callbacks.BadSetting{Key: "auth_token_file", Why: "a token has 16 to 128 letters and digits"}
		}
		t.validators = append(t.validators, client.NewRequestValidator(token))
	}
	return t, nil
}

func (s *twilioSettings) check(c sms.Channel) error {
	switch {
	case c.Public == "":
		return &callbacks.BadSetting{Key: "SAPAR_PUBLIC_URL", Why: "is missing: a signature covers the address that is called"}
	case !accountShape.MatchString(s.AccountSID):
		return &callbacks.BadSetting{Key: "account_sid", Why: "must be AC and 32 of 0-9 and a-f"}
	case s.TokenFile == "":
		return &callbacks.BadSetting{Key: "auth_token_file", Why: "is missing: without a token everything is well signed"}
	case s.Lag < 0 || s.Lag > time.Hour:
		return &callbacks.BadSetting{Key: "lag", Why: "must be between 0s and 1h"}
	}
	for _, prefix := range c.Prefixes {
		if c.Sender(prefix) == "" {
			return &callbacks.BadSetting{Key: "senders", Why: "must have one for each prefix, or one for \"+\""}
		}
	}
	return checkAddress("url", s.URL, false)
}

// shape is one known field of a callback.
type shape struct {
	name     string
	required bool
	fits     func(string) bool
}

func matches(pattern string) func(string) bool { return regexp.MustCompile(pattern).MatchString }

// longestBody is the longest text that comes, in letters. Source: twilio.com/docs/messaging/guides/webhook-request (2026-11-21).
const longestBody = 1600

var (
	sidField     = shape{"MessageSid", true, matches(`^(SM|MM)[0-9a-f]{32}$`)}
	accountField = shape{"AccountSid", true, accountShape.MatchString}

	inboundFields = []shape{
		sidField, accountField,
		{"From", true, matches(`^\+[1-9][0-9]{6,14}$`)},
		{"To", true, matches(`^(\+[1-9][0-9]{6,14}|[0-9]{3,8})$`)},
		{"Body", true, func(text string) bool { return utf8.RuneCountInString(text) <= longestBody }},
		{"NumMedia", false, matches(`^[0-9]{1,2}$`)},
		{"NumSegments", false, matches(`^[0-9]{1,2}$`)},
		{"SmsMessageSid", false, sidField.fits},
		{"SmsSid", false, sidField.fits},
		{"SmsStatus", false, matches(`^[a-z]{1,20}$`)},
		{"FromCountry", false, matches(`^[A-Z]{0,2}$`)},
		{"ToCountry", false, matches(`^[A-Z]{0,2}$`)},
		{"ApiVersion", false, matches(`^[0-9-]{10}$`)},
	}
	statusFields = []shape{
		sidField, accountField,
		{"MessageStatus", true, matches(`^[a-z_]{1,30}$`)},
		{"ErrorCode", false, matches(`^[0-9]{1,6}$`)},
		{"SmsSid", false, sidField.fits},
		{"SmsStatus", false, matches(`^[a-z_]{1,30}$`)},
		{"To", false, matches(`^\+[1-9][0-9]{6,14}$`)},
		{"From", false, func(sender string) bool { return len(sender) <= 20 }},
		{"ApiVersion", false, matches(`^[0-9-]{10}$`)},
	}
)

// Read understands an inbound message.
func (t *twilio) Read(r *http.Request) (sms.Message, error) {
	f, err := t.fields(r, inboundFields)
	if err != nil {
		return sms.Message{}, err
	}
	return sms.Message{ID: f["MessageSid"], From: f["From"], To: f["To"], Raw: []byte(f["Body"])}, nil
}

// fields reads the known fields of a callback that is signed and about our account.
func (t *twilio) fields(r *http.Request, known []shape) (callbacks.Fields, error) {
	if err := unpacked(r); err != nil {
		return nil, err
	}
	body, err := callbacks.Body(r, callbacks.FormType)
	if err != nil {
		return nil, err
	}
	form, err := url.ParseQuery(string(body))
	if err != nil || !t.signed(r, form) {
		return nil, callbacks.ErrSignature
	}
	names := make([]string, len(known))
	for i, k := range known {
		names[i] = k.name
	}
	f, err := callbacks.Once(form, names)
	if err != nil {
		return nil, err
	}
	for _, k := range known {
		text, ok := f[k.name]
		switch {
		case !ok && k.required:
			return nil, callbacks.Bad(k.name, "is missing")
		case ok && !k.fits(text):
			return nil, callbacks.Bad(k.name, "does not have the shape it always has")
		}
	}
	if moved(form, known) {
		return nil, callbacks.Bad("body", "has a field that is none of Twilio's")
	}
	if f[accountField.name] != t.account {
		return nil, callbacks.Bad(accountField.name, "is another account")
	}
	return f, nil
}

var fieldName = regexp.MustCompile(`^[A-Z][a-z][A-Za-z0-9]{0,62}$`)

// moved reports whether the border between a name and its value may have been moved, which no signature shows: a name that is none of Twilio's,
// or is a piece of one that is missing, or that one and more. After Body the next in the order of the signature is From, so a field between
// them can be made of the last words of a text; Twilio's own have a value there.
func moved(form url.Values, known []shape) bool {
	for name, given := range form {
		if !fieldName.MatchString(name) || name > "Body" && name < "From" && slices.Contains(given, "") {
			return true
		}
		for _, k := range known {
			if name != k.name && !form.Has(k.name) && (strings.HasPrefix(name, k.name) || strings.HasPrefix(k.name, name)) {
				return true
			}
		}
	}
	return false
}

// signed reports whether one of our tokens signed the form for this address. The address is the one we gave out: what a request says of its
// host can be chosen by anybody. The comparison takes the same time however near a wrong signature comes.
func (t *twilio) signed(r *http.Request, form url.Values) bool {
	given := r.Header.Values("X-Twilio-Signature")
	if len(given) != 1 {
		return false
	}
	fields := make(map[string]string, len(form))
	for name := range form {
		fields[name] = form.Get(name)
	}
	found := false
	for i := range t.validators {
		found = t.validators[i].Validate(t.public+r.URL.RequestURI(), fields, given[0]) || found
	}
	return found
}

// twilioStatuses is how far a message is. What Twilio calls canceled was called back there: it failed, as far as we can tell.
var twilioStatuses = map[string]sms.Status{
	"accepted": sms.Taken, "scheduled": sms.Taken, "queued": sms.Taken, "sending": sms.Taken, "sent": sms.Sent, "delivered": sms.Delivered,
	"read": sms.Delivered, "undelivered": sms.Undelivered, "failed": sms.Failed, "canceled": sms.Failed,
}

// twilioVerdict is what an error code says of the number. Source: twilio.com/docs/api/errors (2026-11-21).
func twilioVerdict(code string) sms.Verdict {
	switch code {
	case "21211", "21217", "21614", "30005", "30006": // no such number, not a mobile one, unknown handset, a landline
		return sms.NumberBad
	case "21610": // the person texted STOP
		return sms.NumberOptedOut
	}
	return sms.NumberFine
}

// ReadReport understands a status callback.
func (t *twilio) ReadReport(r *http.Request) (sms.Report, error) {
	f, err := t.fields(r, statusFields)
	if err != nil {
		return sms.Report{}, err
	}
	id, err := reportID(r)
	if err != nil {
		return sms.Report{}, err
	}
	status, ok := twilioStatuses[f["MessageStatus"]]
	if !ok {
		return sms.Report{}, callbacks.Bad("MessageStatus", "is none of a message that was sent")
	}
	return sms.Report{ID: id, Ref: f["MessageSid"], Status: status, Code: f["ErrorCode"], Verdict: twilioVerdict(f["ErrorCode"])}, nil
}

// Replies is true: the answer to an inbound message carries the reply.
func (*twilio) Replies() bool { return true }

// Answer writes TwiML: a message of up to 1600 letters each, or none. Source: twilio.com/docs/messaging/twiml (2026-11-21).
func (*twilio) Answer(w http.ResponseWriter, reply string) error {
	var b bytes.Buffer
	b.WriteString(`<?xml version="1.0" encoding="UTF-8"?><Response>`)
	for reply != "" {
		n := 0
		for i := 0; i < longestBody && n < len(reply); i++ {
			_, width := utf8.DecodeRuneInString(reply[n:])
			n += width
		}
		b.WriteString("<Message>")
		if err := xml.EscapeText(&b, []byte(reply[:n])); err != nil {
			return err
		}
		b.WriteString("</Message>")
		reply = reply[n:]
	}
	b.WriteString("</Response>")
	return callbacks.Answer(w, "application/xml", b.String())
}

func codeText(code int) string {
	if code == 0 {
		return ""
	}
	return strconv.Itoa(code)
}
