package carriers

import (
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"testing"

	"github.com/twilio/twilio-go/client"
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
