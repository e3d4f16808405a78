package carriers

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/twilio/twilio-go/client"
	openapi "github.com/twilio/twilio-go/rest/api/v2010"

	"sapar/callbacks"
	"sapar/sms"
)

// Send creates a message. Twilio has no key that would make a second attempt harmless.
func (t *twilio) Send(ctx context.Context, m sms.Outgoing) sms.Outcome {
	params := &openapi.CreateMessageParams{}
	params.SetTo(m.To).SetFrom(m.Sender).SetBody(m.Text)
	if m.Report != "" {
		params.SetStatusCallback(m.Report)
	}
	call := t.call(ctx)
	made, err := call.api().CreateMessage(params)
	if o, known := call.got.outcome(); known {
		return o
	}
	if !call.got.accepted() {
		return call.got.twilioRefused()
	}
	if err != nil || made.Sid == nil || !sidField.fits(*made.Sid) {
		return call.got.unknown()
	}
	return sms.Outcome{Result: sms.Accepted, Ref: *made.Sid}
}

// twilioRefused is what a 4xx says. A wrong token or a closed account (20003, 20005) is about us and not about the message.
func (a answer) twilioRefused() sms.Outcome {
	var said client.TwilioRestError
	if json.Unmarshal(a.body, &said) != nil || said.Code == 0 {
		return a.refused()
	}
	o := sms.Outcome{Result: sms.Refused, Code: codeText(said.Code), Verdict: twilioVerdict(codeText(said.Code))}
	switch said.Code {
	case 20003, 20005, 20403, 20429, 63018:
		o.Result = sms.NotSent
		o.RetryAfter = retryAfter(a.header, time.Now())
	}
	return o
}

// asked is the most messages to one number that are looked through for one of ours.
const asked = 50

// Ask looks for the message among those to its number. Twilio lists a message a moment after it took it, so one that is not there says
// nothing until that moment has surely passed; nor does a list that does not go back far enough. Two that cannot be told apart stay unknown.
func (t *twilio) Ask(ctx context.Context, m sms.Outgoing) sms.Outcome {
	params := &openapi.ListMessageParams{}
	params.SetTo(m.To).SetPageSize(asked)
	call := t.call(ctx)
	list, err := call.api().PageMessage(params, "", "")
	if err != nil || !call.got.accepted() || list.Messages == nil && !bytes.Contains(call.got.body, []byte(`"messages"`)) {
		return sms.Outcome{Result: sms.Unknown, Code: strconv.Itoa(call.got.status)}
	}
	found, whole := ours(list.Messages, m)
	switch {
	case len(found) == 1:
		return sms.Outcome{Result: sms.Accepted, Ref: *found[0].Sid}
	case len(found) > 1, !whole, t.now().Sub(m.Since) < t.lag:
		return sms.Outcome{Result: sms.Unknown}
	}
	return sms.Outcome{Result: sms.NotSent, Code: "not there"}
}

// clocks is how far Twilio's clock and ours may be apart.
const clocks = time.Minute

// ours finds a message by number, text and time; whole is false when the list ends before the time it was first tried.
func ours(list []openapi.ApiV2010Message, m sms.Outgoing) (found []openapi.ApiV2010Message, whole bool) {
	whole = len(list) < asked
	for _, l := range list {
		if l.Sid == nil || l.To == nil || l.Body == nil || l.DateCreated == nil {
			return nil, false
		}
		created, err := time.Parse(time.RFC1123Z, *l.DateCreated)
		switch {
		case err != nil:
			return nil, false
		case created.Before(m.Since.Add(-clocks)):
			whole = true
		case *l.To == m.To && sameText(*l.Body, m.Text) && sidField.fits(*l.Sid):
			found = append(found, l)
		}
	}
	return found, whole
}

// sameText allows for a trial account, which writes a line of its own before every text.
func sameText(listed, sent string) bool {
	return strings.HasSuffix(strings.TrimSpace(listed), strings.TrimSpace(sent))
}

// twilioCall is one request of the library, which knows no contexts, has no base address, and gives neither the status nor the headers of what
// it could not read: so it is made through our own transport, which has all four.
type twilioCall struct {
	*twilio
	ctx context.Context
	got answer
}

func (t *twilio) call(ctx context.Context) *twilioCall {
	// Until the transport has been asked, nothing can have been sent.
	return &twilioCall{twilio: t, ctx: ctx, got: answer{err: errors.New("no request was made")}}
}

func (c *twilioCall) api() *openapi.ApiService {
	one := &client.Client{Credentials: client.NewCredentials(c.account, c.tokens[0]), HTTPClient: &http.Client{Transport: c, CheckRedirect: stay}}
	one.SetAccountSid(c.account)
	return openapi.NewApiServiceWithClient(one)
}

// RoundTrip sends the request to the address of the channel and keeps what came back.
func (c *twilioCall) RoundTrip(r *http.Request) (*http.Response, error) {
	r, err := c.moved(r)
	if err != nil {
		return nil, err
	}
	c.got = exchange(c.http, r)
	if c.got.err != nil {
		return nil, c.got.err
	}
	return &http.Response{
		StatusCode: c.got.status, Header: c.got.header, Body: io.NopCloser(bytes.NewReader(c.got.body)), ContentLength: int64(len(c.got.body)), Request: r,
	}, nil
}

// moved is the request with our context and to our address. The library's own body could be sent after the time for it has passed.
func (c *twilioCall) moved(r *http.Request) (*http.Request, error) {
	base, err := url.Parse(c.address)
	if err != nil {
		return nil, err
	}
	to := *r.URL
	to.Scheme, to.Host = base.Scheme, base.Host
	if r.Method != http.MethodPost {
		got, err := http.NewRequestWithContext(c.ctx, r.Method, to.String(), nil)
		if err == nil {
			got.Header = r.Header
		}
		return got, err
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	post, err := newPost(c.ctx, to.String(), callbacks.FormType, string(body))
	if err == nil {
		post.Header = r.Header
	}
	return post, err
}
