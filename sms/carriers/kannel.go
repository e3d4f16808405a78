package carriers

import (
	"context"
	"encoding/binary"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"unicode/utf16"

	"sapar/callbacks"
	"sapar/sms"
)

// kannel is the smsbox of Kannel 1.4.5: it brings a text by get-url or post-url and takes one at sendsms. It signs nothing and gives no id of
// what it took, so our own stands in the address of the report. Source: its user guide and gw/smsbox.c, and what it sent to us (2026-11-21).
type kannel struct {
	kannelSettings
	password string
	http     *http.Client
}

type kannelSettings struct {
	URL          string `yaml:"url"`
	Method       string `yaml:"method"`
	Username     string `yaml:"username"`
	PasswordFile string `yaml:"password_file"`
	SMSC         string `yaml:"smsc"`

	SMPP *callbacks.SMPP `yaml:"smpp"`
}

// Kannel is what Kannel's own configuration says of a channel, for whoever writes it.
type Kannel struct {
	URL, Username, Password string // of sendsms
	SMSC                    string // the name of the bind
	Bind                    *callbacks.SMPP
}

// KannelOf is what a channel of kind kannel says of its Kannel; ok is false for a channel of another kind.
func KannelOf(c sms.Carrier) (_ Kannel, ok bool) {
	k, ok := c.(*kannel)
	if !ok {
		return Kannel{}, false
	}
	return Kannel{k.URL, k.Username, k.password, k.SMSC, k.SMPP}, true
}

func newKannel(settings sms.Settings) (sms.Carrier, error) {
	k := &kannel{kannelSettings: kannelSettings{Method: http.MethodPost}}
	if err := settings.Read(&k.kannelSettings); err != nil {
		return nil, err
	}
	if k.Method != http.MethodPost && k.Method != http.MethodGet {
		return nil, &callbacks.BadSetting{Key: "method", Why: "must be GET or POST"}
	}
	if err := k.SMPP.Check(settings.Settings); err != nil {
		return nil, err
	}
	k.http = newClient(k.Method, settings.Channel)
	if !settings.Channel.Sends() {
		return k, nil
	}
	if err := checkAddress("url", k.URL, true); err != nil {
		return nil, err
	}
	if k.Username == "" || strings.ContainsAny(k.Username+k.SMSC, "\r\n") {
		return nil, &callbacks.BadSetting{Key: "username", Why: "is missing, or goes over a line"}
	}
	var err error
	k.password, err = secretOf(settings, "password_file", k.PasswordFile)
	return k, err
}

// The fields as docs/carriers.md has them written into get-url, post-url and dlr-url.
const (
	kannelID, kannelFrom, kannelTo, kannelText, kannelCharset = "id", "from", "to", "text", "charset"
	kannelType, kannelRef                                     = "type", "ref"
)

// Read understands an inbound message. A GET has all in its query; so has a POST, except that the text is its body.
func (k *kannel) Read(r *http.Request) (sms.Message, error) {
	f, err := callbacks.Query(r, []string{kannelID, kannelFrom, kannelTo, kannelText, kannelCharset})
	if err != nil {
		return sms.Message{}, err
	}
	m, err := message(f, kannelID, kannelFrom, kannelTo)
	if err != nil {
		return sms.Message{}, err
	}
	switch r.Method {
	case http.MethodGet:
		text, err := f.Required(kannelText)
		if err != nil {
			return sms.Message{}, err
		}
		m.Raw, err = decode([]byte(text), f[kannelCharset])
		return onlyMessage(m, err)
	case http.MethodPost:
		m.Raw, err = postedText(r)
		return onlyMessage(m, err)
	}
	return sms.Message{}, callbacks.Bad("method", "must be GET or POST")
}

// onlyMessage returns a message when there is no error beside it.
func onlyMessage(m sms.Message, err error) (sms.Message, error) {
	if err != nil {
		return sms.Message{}, err
	}
	return m, nil
}

// postedText reads the text a post-url carries as its body; it may be empty. Eight-bit data comes as another content type and is no text.
func postedText(r *http.Request) ([]byte, error) {
	if err := unpacked(r); err != nil {
		return nil, err
	}
	body, err := callbacks.BodyOrNone(r, "text/plain")
	if err != nil {
		return nil, err
	}
	_, params, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	return decode(body, params["charset"])
}

// decode brings a text to UTF-8. Kannel writes UTF-8 when mo-recode is set, else UTF-16BE for what came as UCS-2; other names of
// character sets come only from an SMSC that says so, and are taken as they are.
func decode(text []byte, charset string) ([]byte, error) {
	if !strings.EqualFold(charset, "UTF-16BE") {
		return text, nil
	}
	if len(text)%2 != 0 {
		return nil, callbacks.Bad("text", "is half a character of UTF-16 too long")
	}
	units := make([]uint16, len(text)/2)
	for i := range units {
		units[i] = binary.BigEndian.Uint16(text[2*i:])
	}
	return []byte(string(utf16.Decode(units))), nil
}

// Answer acknowledges a callback with an empty text, which Kannel sends to nobody while the service has max-messages = 0.
func (*kannel) Answer(w http.ResponseWriter, _ string) error {
	return callbacks.Answer(w, callbacks.PlainText, "")
}

// Replies is false: a reply is a message of its own.
func (*kannel) Replies() bool { return false }

// kannelStatuses are the types of report that dlr-mask 31 asks for.
var kannelStatuses = map[string]sms.Status{
	"1":  sms.Delivered,
	"2":  sms.Undelivered, // not delivered to the phone
	"4":  sms.Sent,        // kept at the SMSC
	"8":  sms.Sent,        // taken by the SMSC
	"16": sms.Failed,      // refused by the SMSC
}

// ReadReport understands a delivery report: a GET of the dlr-url that went out with the message.
func (*kannel) ReadReport(r *http.Request) (sms.Report, error) {
	if r.Method != http.MethodGet {
		return sms.Report{}, callbacks.Bad("method", "must be GET")
	}
	id, err := reportID(r)
	if err != nil {
		return sms.Report{}, err
	}
	f, err := callbacks.Query(r, []string{kannelType, kannelRef})
	if err != nil {
		return sms.Report{}, err
	}
	kind, err := f.Identifier(kannelType)
	if err != nil {
		return sms.Report{}, err
	}
	report := sms.Report{ID: id, Status: kannelStatuses[kind]}
	if report.Status == "" {
		return sms.Report{}, callbacks.Bad(kannelType, "must be 1, 2, 4, 8 or 16")
	}
	if report.Status == sms.Failed || report.Status == sms.Undelivered {
		report.Code = kind
	}
	if f[kannelRef] != "" {
		report.Ref, err = f.Identifier(kannelRef)
	}
	if err != nil {
		return sms.Report{}, err
	}
	return report, nil
}

// Send hands the message to sendsms.
func (k *kannel) Send(ctx context.Context, m sms.Outgoing) sms.Outcome {
	r, err := k.request(ctx, m)
	if err != nil || k.password == "" {
		return sms.Outcome{Result: sms.NotSent, Code: notConfigured}
	}
	got := exchange(k.http, r)
	if o, known := got.outcome(); known {
		return o
	}
	return got.kannel()
}

// parameters are what sendsms is told, in the names of its query and of its headers.
func (k *kannel) parameters(m sms.Outgoing) [][3]string {
	coding := "0"
	if sms.Wide(m.Text) {
		coding = "2"
	}
	all := [][3]string{
		{"username", "X-Kannel-Username", k.Username},
		{"password", "X-Kannel-Password", k.password},
		{"smsc", "X-Kannel-SMSC", k.SMSC},
		{"from", "X-Kannel-From", m.Sender},
		{"to", "X-Kannel-To", m.To},
		{"coding", "X-Kannel-Coding", coding},
	}
	if m.Report != "" {
		all = append(all, [3]string{"dlr-mask", "X-Kannel-DLR-Mask", "31"}, [3]string{"dlr-url", "X-Kannel-DLR-URL", withQuery(m.Report, "type=%d&ref=%F")})
	}
	return all
}

// request is a POST of the text with the rest in headers, which no log of addresses shows; or a GET, for those who need it.
func (k *kannel) request(ctx context.Context, m sms.Outgoing) (*http.Request, error) {
	if k.Method == http.MethodGet {
		query := url.Values{"text": {m.Text}, "charset": {"UTF-8"}}
		for _, p := range k.parameters(m) {
			if p[2] != "" {
				query.Set(p[0], p[2])
			}
		}
		return http.NewRequestWithContext(ctx, http.MethodGet, withQuery(k.URL, query.Encode()), nil)
	}
	r, err := newPost(ctx, k.URL, "text/plain; charset=UTF-8", m.Text)
	if err != nil {
		return nil, err
	}
	for _, p := range k.parameters(m) {
		if p[2] != "" {
			r.Header.Set(p[1], p[2])
		}
	}
	return r, nil
}

// kannel reads what sendsms said. A 503 is Kannel's own "try again later", but so is one of a proxy between us, so it stays unknown.
func (a answer) kannel() sms.Outcome {
	said := string(a.body)
	switch {
	case a.accepted() && strings.Contains(said, "Denied receivers"):
		return sms.Outcome{Result: sms.Refused, Code: "denied"}
	case a.accepted() && (strings.HasPrefix(said, "0:") || strings.HasPrefix(said, "3:") || strings.HasPrefix(said, "Sent.")):
		return sms.Outcome{Result: sms.Accepted}
	case a.accepted():
		return a.unknown()
	case a.status == http.StatusForbidden && strings.HasPrefix(said, "Authorization failed"):
		return sms.Outcome{Result: sms.NotSent, Code: "403"}
	}
	return a.refused()
}
