package carriers

import (
	"cmp"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"sapar/callbacks"
	"sapar/sms"
)

// patience is the most time one attempt may take, from the look-up of the name to the last byte of the answer, where the channel says no less.
const patience = 20 * time.Second

// maxAnswer is the most bytes of a carrier's answer that are read; one with more is no answer to one message.
const maxAnswer = 256 << 10

// newClient makes the client of one channel. It follows no redirect: the credentials and the text are for this address only.
// A GET never uses a connection twice: when such a connection breaks, net/http sends a GET again by itself, and that is a second SMS.
func newClient(method string, ch sms.Channel) *http.Client {
	return &http.Client{
		Timeout:       cmp.Or(ch.Timeout, patience),
		CheckRedirect: stay,
		Transport: &http.Transport{
			Proxy:                  http.ProxyFromEnvironment,
			DialContext:            (&net.Dialer{Timeout: 5 * time.Second}).DialContext,
			TLSHandshakeTimeout:    5 * time.Second,
			MaxIdleConns:           32,
			MaxIdleConnsPerHost:    32,
			MaxConnsPerHost:        64,
			IdleConnTimeout:        60 * time.Second,
			MaxResponseHeaderBytes: 64 << 10,
			ForceAttemptHTTP2:      true,
			DisableKeepAlives:      method == http.MethodGet,
		},
	}
}

// stay follows no redirect.
func stay(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// newPost makes a POST that begins in time or not at all. It can be begun again, which net/http does only when an old connection turned out to
// be closed and nothing was written to it.
func newPost(ctx context.Context, address, contentType, body string) (*http.Request, error) {
	r, err := sms.NewPost(ctx, address, contentType, body)
	if err != nil {
		return nil, err
	}
	r.GetBody = func() (io.ReadCloser, error) {
		again, err := sms.NewPost(ctx, address, contentType, body)
		if err != nil {
			return nil, err
		}
		return again.Body, nil
	}
	return r, nil
}

// late reports whether the time to send has passed by the wall clock, which also counts the time a paused process did not see.
func late(ctx context.Context) bool {
	deadline, ok := ctx.Deadline()
	return ok && time.Now().Round(0).After(deadline.Round(0))
}

// answer is what came back of one request, and what is known when nothing did.
type answer struct {
	status  int
	header  http.Header
	body    []byte
	err     error
	reached bool // a connection was there, so that the carrier may have read something
}

// exchange makes one request. It never tells what was in it: neither the error nor the log shows an address, a body or a secret.
func exchange(client *http.Client, r *http.Request) answer {
	var reached atomic.Bool
	trace := &httptrace.ClientTrace{
		GetConn: func(string) { reached.Store(false) }, // again, when the last connection turned out closed before anything was written
		GotConn: func(httptrace.GotConnInfo) { reached.Store(true) },
	}
	if late(r.Context()) {
		return answer{err: sms.ErrLate}
	}
	a := answer{}
	resp, err := client.Do(r.WithContext(httptrace.WithClientTrace(r.Context(), trace)))
	a.reached = reached.Load()
	if err != nil {
		a.err = err
		return a
	}
	defer resp.Body.Close()
	a.status, a.header = resp.StatusCode, resp.Header
	a.body, a.err = io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	if a.err == nil && len(a.body) > maxAnswer {
		a.err = errors.New("the answer is too large")
	}
	return a
}

// outcome is what an answer says whoever the carrier is; known is false when the answer itself must be read: it is a 2xx or a 4xx.
// What is about us and not about the message (401, 404, 405, 407) surely sent nothing, and may be tried again once somebody has put it right.
func (a answer) outcome() (o sms.Outcome, known bool) {
	switch {
	case a.err != nil && (!a.reached || errors.Is(a.err, sms.ErrLate)):
		return sms.Outcome{Result: sms.NotSent, Code: "unreachable"}, true
	case a.status == http.StatusTooManyRequests:
		return sms.Outcome{Result: sms.NotSent, Code: "429", RetryAfter: retryAfter(a.header, time.Now())}, true
	case a.status >= 500, a.status >= 300 && a.status < 400, a.status == http.StatusRequestTimeout:
		return a.unknown(), true
	case a.err != nil:
		return sms.Outcome{Result: sms.Unknown, Code: "no answer"}, true
	}
	switch a.status {
	case http.StatusUnauthorized, http.StatusNotFound, http.StatusMethodNotAllowed, http.StatusProxyAuthRequired:
		return sms.Outcome{Result: sms.NotSent, Code: strconv.Itoa(a.status)}, true
	}
	return sms.Outcome{}, false
}

// accepted reports whether the status is one a carrier takes a message with.
func (a answer) accepted() bool { return a.status >= 200 && a.status < 300 }

// unknown is the outcome of an answer that says nothing of what was done.
func (a answer) unknown() sms.Outcome {
	return sms.Outcome{Result: sms.Unknown, Code: strconv.Itoa(a.status)}
}

// refused is the outcome of an answer that says no, when it gives no code of its own.
func (a answer) refused() sms.Outcome {
	return sms.Outcome{Result: sms.Refused, Code: strconv.Itoa(a.status)}
}

// retryAfter reads how long to wait: seconds or a date, at most a day. Source: RFC 9110 10.2.3 (2026-11-21).
func retryAfter(h http.Header, now time.Time) time.Duration {
	text := strings.TrimSpace(h.Get("Retry-After"))
	wait := time.Duration(0)
	if seconds, err := strconv.ParseUint(text, 10, 31); err == nil {
		wait = time.Duration(seconds) * time.Second
	} else if at, err := http.ParseTime(text); err == nil {
		wait = at.Sub(now)
	}
	return min(max(wait, 0), 24*time.Hour)
}

// checkAddress sees that an address can be posted to. Over plain HTTP everybody on the way reads the credentials and the texts, so that
// is for this machine only, unless the carrier runs beside us.
func checkAddress(key, address string, beside bool) error {
	u, err := url.Parse(address)
	switch {
	case address == "":
		return &callbacks.BadSetting{Key: key, Why: "is missing"}
	case err != nil, u.Host == "", u.Scheme != "https" && u.Scheme != "http":
		return &callbacks.BadSetting{Key: key, Why: "must be an address as https://carrier.example/send"}
	case u.User != nil, u.Fragment != "":
		return &callbacks.BadSetting{Key: key, Why: "must not hold a user or a fragment"}
	case u.Scheme == "http" && !beside && !loopback(u.Hostname()):
		return &callbacks.BadSetting{Key: key, Why: "must begin with https://, or the credentials and the texts can be read on the way"}
	}
	return nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// withQuery adds fields to an address that may have some already.
func withQuery(address, query string) string {
	sign := "?"
	if strings.Contains(address, sign) {
		sign = "&"
	}
	return address + sign + query
}

// secretOf reads the one secret a setting names a file for.
func secretOf(settings sms.Settings, key, file string) (string, error) {
	if file == "" {
		return "", &callbacks.BadSetting{Key: key, Why: "is missing"}
	}
	lines, err := settings.Secret(key, file)
	if err != nil {
		return "", err
	}
	return lines[0], nil
}
