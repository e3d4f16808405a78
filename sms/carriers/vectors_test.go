package carriers

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"os"
	"testing"
	"time"

	"github.com/twilio/twilio-go/client"

	"sapar/sms"
)

// The vectors were made by npm twilio 6.2.0 and recomputed by node's HMAC (2026-11-21): a signer that is not the library we use.
func TestSignaturesOfAnotherLibraryAreTaken(t *testing.T) {
	text, err := os.ReadFile("testdata/twilio_signatures.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Vectors []struct {
			Name      string                     `json:"name"`
			Token     string                     `json:"auth_token"`
			URL       string                     `json:"url"`
			Params    map[string]json.RawMessage `json:"params"`
			Signature string                     `json:"signature"`
		} `json:"vectors"`
	}
	if err := json.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	for _, v := range file.Vectors {
		form, wanted := url.Values{}, true
		for name, raw := range v.Params {
			var one string
			if json.Unmarshal(raw, &one) != nil {
				var many []string
				if err := json.Unmarshal(raw, &many); err != nil {
					t.Fatal(err)
				}
				form[name], wanted = many, false // the libraries differ on repeated fields, and we read none
				continue
			}
			form.Set(name, one)
		}
		address, err := url.Parse(v.URL)
		if err != nil {
			t.Fatal(err)
		}
		tw := &twilio{public: address.Scheme + "://" + address.Host, validators: []client.RequestValidator{client.NewRequestValidator(v.Token)}}
		r := &http.Request{URL: &url.URL{Path: address.Path, RawQuery: address.RawQuery}, Header: http.Header{"X-Twilio-Signature": {v.Signature}}}
		if got := tw.signed(r, form); got != wanted {
			t.Errorf("%s: signed is %t", v.Name, got)
		}
		r.URL.Path += "x"
		if tw.signed(r, form) {
			t.Errorf("%s: taken for another path", v.Name)
		}
	}
	if len(file.Vectors) < 8 {
		t.Errorf("only %d vectors", len(file.Vectors))
	}
}

func TestAnAttemptHasAnEndAndStaysWhereItIs(t *testing.T) {
	for method, kept := range map[string]bool{http.MethodPost: true, http.MethodGet: false} {
		c := newClient(method, sms.Channel{})
		transport := c.Transport.(*http.Transport)
		if c.Timeout != patience || patience.Seconds() != 20 || !errors.Is(c.CheckRedirect(nil, nil), http.ErrUseLastResponse) {
			t.Errorf("%s: the time is %s", method, c.Timeout)
		}
		if transport.DisableKeepAlives == kept || transport.MaxConnsPerHost == 0 || transport.MaxResponseHeaderBytes == 0 || transport.TLSHandshakeTimeout == 0 {
			t.Errorf("%s: the transport has no limits", method)
		}
	}
}

func TestRetryAfterIsReadInBothForms(t *testing.T) {
	now := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	for text, want := range map[string]time.Duration{
		"": 0, "7": 7 * time.Second, " 7 ": 7 * time.Second, "-1": 0, "soon": 0, "99999999": 24 * time.Hour, "99999999999999999999": 0,
		"Sat, 21 Nov 2026 12:01:00 GMT": time.Minute, "Sat, 21 Nov 2026 11:00:00 GMT": 0,
	} {
		if got := retryAfter(http.Header{"Retry-After": {text}}, now); got != want {
			t.Errorf("%q is %s, want %s", text, got, want)
		}
	}
}
