package carriers_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"sapar/callbacks/fixtures"
	"sapar/sms"
)

func TestAMessageIsSentAndItsAnswerReadAsItsFixtureSays(t *testing.T) {
	fixtures.Each(t, speakers(t, nowhere), []string{"sent"}, func(t *testing.T, _ sms.Carrier, f fixtures.Fixture) {
		var m sms.Outgoing
		var want sms.Outcome
		if json.Unmarshal([]byte(f.Wanted), &m) != nil || json.Unmarshal([]byte(f.Mark), &want) != nil {
			t.Fatal("the fixture holds no JSON")
		}
		s := play(t, bytesOf(f.Answer))
		if got := speakers(t, "http://"+s.address)[f.Carrier].Send(t.Context(), m); got != want {
			t.Errorf("the outcome is %+v\nwant %+v", got, want)
		}
		r, body, count := s.last()
		if count != 1 {
			t.Fatalf("%d requests came", count)
		}
		wanted := f.Callback(t)
		wantedBody, _ := io.ReadAll(wanted.Body)
		if r.Method != wanted.Method || r.RequestURI != wanted.RequestURI || body != string(wantedBody) || r.Host != s.address {
			t.Errorf("sent %s %s to %s\n%s\nwant %s %s\n%s", r.Method, r.RequestURI, r.Host, body, wanted.Method, wanted.RequestURI, wantedBody)
		}
		for key := range wanted.Header {
			if !slices.Equal(r.Header[key], wanted.Header[key]) {
				t.Errorf("header %s is %q, want %q", key, r.Header[key], wanted.Header[key])
			}
		}
	})
}

// senders are the channels that send over a network.
var senders = []string{"africastalking", "form", "form-json", "form-query", "form-template", "kannel", "kannel-get", "twilio"}

var outgoing = sms.Outgoing{ID: uuid.MustParse("0190a5b2-6f3c-7d10-8a11-3f2b4c5d6e7f"), To: "+996700000001", Sender: "4040", Text: "canary-text"}

// What a connection may do after the carrier has read the message: in each case nobody knows whether it was sent.
var faults = map[string]func(net.Conn){
	"closes":               func(net.Conn) {},
	"is reset":             reset,
	"says something else":  func(c net.Conn) { _, _ = io.WriteString(c, "SSH-2.0-x\r\n") },
	"breaks off in a head": func(c net.Conn) { _, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-") },
	"breaks off in a body": func(c net.Conn) {
		_, _ = io.WriteString(c, "HTTP/1.1 201 Created\r\nContent-Length: 900\r\n\r\n{\"sid\":\"SM")
	},
	"resets in a body": func(c net.Conn) {
		_, _ = io.WriteString(c, "HTTP/1.1 202 Accepted\r\nContent-Length: 900\r\n\r\n0: Acc")
		reset(c)
	},
	"breaks off in a chunk": func(c net.Conn) {
		_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nOK:1")
	},
	"redirects": func(c net.Conn) {
		_, _ = io.WriteString(c, "HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n")
	},
	"redirects the post": func(c net.Conn) {
		_, _ = io.WriteString(c, "HTTP/1.1 307 Temporary Redirect\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n")
	},
	"has nothing": func(c net.Conn) { _, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n") },
	"has 204":     func(c net.Conn) { _, _ = io.WriteString(c, "HTTP/1.1 204 No Content\r\n\r\n") },
	"has null":    func(c net.Conn) { _, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nnull") },
	"is a gateway's 504": func(c net.Conn) {
		_, _ = io.WriteString(c, "HTTP/1.1 504 Gateway Timeout\r\nContent-Length: 0\r\n\r\n")
	},
	"is a 408": func(c net.Conn) {
		_, _ = io.WriteString(c, "HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n")
	},
	"never ends": endless,
}

func endless(c net.Conn) {
	_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\n\r\n")
	block := bytes.Repeat([]byte("x"), 64<<10)
	for {
		if _, err := c.Write(block); err != nil {
			return
		}
	}
}

func TestWhatMayHaveHappenedIsUnknownAndTriedOnce(t *testing.T) {
	for what, answer := range faults {
		s := play(t, answer)
		for i, name := range senders {
			got := speakers(t, "http://"+s.address)[name].Send(t.Context(), outgoing)
			if got.Result != sms.Unknown || got.Ref != "" {
				t.Errorf("%s, an answer that %s: %+v", name, what, got)
			}
			if _, _, count := s.last(); count != i+1 {
				t.Fatalf("%s, an answer that %s: %d requests came", name, what, count-i)
			}
		}
	}
}

func TestACarrierThatSaysNothingLeavesTheMessageUnknownAfterItsTime(t *testing.T) {
	for _, name := range senders {
		ctx, cancel := context.WithCancel(t.Context())
		s := play(t, func(c net.Conn) {
			cancel() // the deadline comes when all has been read
			_, _ = c.Read(make([]byte, 1))
		})
		if got := speakers(t, "http://"+s.address)[name].Send(ctx, outgoing); got.Result != sms.Unknown {
			t.Errorf("%s: %+v", name, got)
		}
		cancel()
	}
}

func TestWhatSurelyDidNotHappenIsNotSent(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	plain := play(t, func(net.Conn) {})
	for what, server := range map[string]string{
		"the connection is refused": "http://" + l.Addr().String(),
		"there is no such name":     "https://carrier.invalid",
		"it speaks no TLS":          "https://" + plain.address,
	} {
		for _, name := range senders {
			if got := speakers(t, server)[name].Send(t.Context(), outgoing); got.Result != sms.NotSent {
				t.Errorf("%s when %s: %+v", name, what, got)
			}
		}
	}
	over, cancel := context.WithCancel(t.Context())
	cancel()
	late, cancel := context.WithDeadline(t.Context(), time.Now().Add(-time.Second))
	defer cancel()
	for _, name := range senders {
		for _, ctx := range []context.Context{over, late} {
			if got := speakers(t, "http://"+plain.address)[name].Send(ctx, outgoing); got.Result != sms.NotSent {
				t.Errorf("%s with no time left: %+v", name, got)
			}
		}
	}
	if _, _, count := plain.last(); count != 0 {
		t.Errorf("%d requests came", count)
	}
}

// A connection that is kept open may break under the second message. What net/http does by itself then must not be a third.
func TestAConnectionThatBreaksWhenUsedAgainSendsNothingTwice(t *testing.T) {
	taken := map[string]string{
		"africastalking": `{"SMSMessageData":{"Recipients":[{"statusCode":101,"messageId":"1"}]}}`,
		"form":           "OK:1", "form-json": `{"status":"ok","messages":[{"id":1}]}`, "form-query": `{"id":1}`, "form-template": "<status>1</status><id>1</id>",
		"kannel": "0: Accepted", "kannel-get": "0: Accepted", "twilio": `{"sid":"SM00000000000000000000000000000001"}`,
	}
	for _, name := range senders {
		var requests atomic.Int32
		s := play(t, func(c net.Conn) {
			if requests.Add(1) > 1 {
				return
			}
			_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: "+itoa(len(taken[name]))+"\r\n\r\n"+taken[name])
			// The next request on this connection is read, and the connection closed without an answer.
			n, _ := c.Read(make([]byte, 64<<10))
			if n > 0 {
				requests.Add(1)
			}
		})
		carrier := speakers(t, "http://"+s.address)[name]
		first, second := carrier.Send(t.Context(), outgoing), carrier.Send(t.Context(), outgoing)
		if first.Result != sms.Accepted || second.Result != sms.Unknown {
			t.Errorf("%s: %+v, then %+v", name, first, second)
		}
		if n := requests.Load(); n != 2 {
			t.Errorf("%s made %d requests of two messages", name, n)
		}
	}
}

// A carrier closes idle connections all the time; a message that finds its own closed is sent over a new one.
func TestAConnectionThatWasClosedWhileIdleIsReplaced(t *testing.T) {
	for _, name := range senders {
		closed := make(chan bool, 2)
		s := play(t, func(c net.Conn) {
			_, _ = io.WriteString(c, "HTTP/1.1 422 Unprocessable Content\r\nContent-Length: 2\r\n\r\n{}")
			c.Close()
			closed <- true
		})
		carrier := speakers(t, "http://"+s.address)[name]
		first := carrier.Send(t.Context(), outgoing)
		<-closed
		second := carrier.Send(t.Context(), outgoing)
		if first.Result != sms.Refused && first.Result != sms.Unknown || second.Result == sms.NotSent {
			t.Errorf("%s: %+v, then %+v", name, first, second)
		}
		// When the end of the connection has not yet arrived, the message meets a reset, and is unknown for good reason.
		if _, _, count := s.last(); second.Result != sms.Unknown && count != 2 {
			t.Errorf("%s made %d requests of two messages", name, count)
		}
	}
}

func itoa(n int) string { b, _ := json.Marshal(n); return string(b) }

func TestNothingOfAMessageIsLogged(t *testing.T) {
	var logged bytes.Buffer
	old := slog.Default()
	slog.SetDefault(slog.New(slog.NewJSONHandler(&logged, &slog.HandlerOptions{Level: slog.LevelDebug})))
	defer slog.SetDefault(old)
	s := play(t, faults["breaks off in a body"])
	for name, carrier := range speakers(t, "http://"+s.address) {
		got, _ := json.Marshal(carrier.Send(t.Context(), outgoing))
		for _, secret := range []string{"99670000000", "canary-text", "key-of-the-test", "password-of-the-test", token} {
			if strings.Contains(logged.String(), secret) || bytes.Contains(got, []byte(secret)) {
				t.Errorf("%s shows %s:\n%s\n%s", name, secret, logged.String(), got)
			}
		}
	}
	if !strings.Contains(logged.String(), `"segments":1`) {
		t.Errorf("the log channel printed nothing: %s", logged.String())
	}
}

func TestAChannelThatCannotSendSendsNothing(t *testing.T) {
	for _, c := range builtIn(t) {
		if !c.Sends() {
			if got := c.Carrier.Send(t.Context(), outgoing); got.Result != sms.NotSent {
				t.Errorf("%s: %+v", c.Name, got)
			}
		}
	}
}
