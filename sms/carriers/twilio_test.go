package carriers_test

import (
	"bufio"
	"bytes"
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base64"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"sapar/callbacks"
	"sapar/sms"
)

const inboundURL = "https://sapar.example/sms/twilio"

// inbound are the fields of a good inbound message.
func inbound() map[string]string {
	sid := "SM00000000000000000000000000000001"
	return map[string]string{
		"ToCountry": "KG", "SmsMessageSid": sid, "NumMedia": "0", "SmsSid": sid, "SmsStatus": "received", "Body": "KONSUL MOSKVA Ешь ң",
		"FromCountry": "KG", "To": "+996555000111", "NumSegments": "1", "MessageSid": sid, "AccountSid": account, "From": "+996700000001",
		"ApiVersion": "2010-04-01",
	}
}

// sign is our own signature, made after the public description, to compare the library's with.
func sign(token, address string, fields map[string]string) string {
	h := hmac.New(sha1.New, []byte(token))
	_, _ = io.WriteString(h, address)
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		_, _ = io.WriteString(h, name+fields[name])
	}
	return base64.StdEncoding.EncodeToString(h.Sum(nil))
}

func encoded(fields map[string]string) string {
	values := url.Values{}
	for name, value := range fields {
		values.Set(name, value)
	}
	return values.Encode()
}

func signedRequest(address, body, signature string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, address, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("X-Twilio-Signature", signature)
	return r
}

// The forms of this test say something else than what was signed, and have the same signature: fields are repeated, swallowed by the one
// before, renamed, or cut from the end of a text. Source: measured with twilio-go v1.31.0 (2026-11-21).
func TestFormsThatSayAnotherThingUnderTheSameSignatureAreRefused(t *testing.T) {
	twilio := speakers(t, nowhere)["twilio"]
	for name, change := range alterations() {
		t.Run(name, func(t *testing.T) {
			good := inbound()
			signature := sign(token, inboundURL, good)
			if _, err := twilio.Read(signedRequest(inboundURL, encoded(good), signature)); err != nil {
				t.Fatalf("the good one: %v", err)
			}
			m, err := twilio.Read(signedRequest(inboundURL, change(good), signature))
			if err == nil || !reflect.DeepEqual(m, sms.Message{}) {
				t.Errorf("it was read as %+v", m)
			}
			if err != nil && err == error(callbacks.ErrSignature) {
				t.Error("the signature should fit: the test shows nothing")
			}
		})
	}
}

func alterations() map[string]func(map[string]string) string {
	swallow := func(into string, names ...string) func(map[string]string) string {
		return func(f map[string]string) string {
			for _, name := range names {
				f[into] += name + f[name]
				delete(f, name)
			}
			return encoded(f)
		}
	}
	rename := func(name string) func(map[string]string) string {
		return func(f map[string]string) string {
			f[name[:len(name)-1]] = name[len(name)-1:] + f[name]
			delete(f, name)
			return encoded(f)
		}
	}
	again := func(pair string) func(map[string]string) string {
		return func(f map[string]string) string { return encoded(f) + "&" + pair }
	}
	return map[string]func(map[string]string) string{
		"a second From":                       again("From=%2B996700000002"),
		"a second Body":                       again("Body=STOP"),
		"a second MessageSid":                 again("MessageSid=SM00000000000000000000000000000002"),
		"From swallowed by Body":              swallow("Body", "From"),
		"MessageSid swallowed by From":        swallow("From", "FromCountry", "MessageSid"),
		"MessageSid swallowed by FromCountry": swallow("FromCountry", "MessageSid"),
		"MessageSid renamed MessageSi":        rename("MessageSid"),
		"From renamed Fro":                    rename("From"),
		"To swallowed by SmsStatus":           swallow("SmsStatus", "To"),
		"Body swallowed by ApiVersion":        swallow("ApiVersion", "Body"),
		"AccountSid renamed AccountSi":        rename("AccountSid"),
	}
}

func TestTheEndOfATextCannotBeMadeAField(t *testing.T) {
	twilio := speakers(t, nowhere)["twilio"]
	good := inbound()
	good["Body"] = "HELP ME Dad"
	signature := sign(token, inboundURL, good)
	for _, cut := range []string{"Body=H&ELP+ME+Dad", "Body=HELP+M&E+Dad", "Body=HELP+ME+&Dad", "Body=HELP+ME+&Dad="} {
		body := strings.Replace(encoded(good), "Body=HELP+ME+Dad", cut, 1)
		if m, err := twilio.Read(signedRequest(inboundURL, body, signature)); err == nil {
			t.Errorf("%s was read as %q", cut, m.Raw)
		} else if err == error(callbacks.ErrSignature) {
			t.Errorf("%s: the signature should fit: the test shows nothing", cut)
		}
	}
}

func mutations() int {
	if os.Getenv("SAPAR_LONG") != "" {
		return 1_000_000
	}
	return 100_000
}

func TestNoRandomChangeOfAGoodRequestIsTaken(t *testing.T) {
	twilio := speakers(t, nowhere)["twilio-one"]
	good := inbound()
	body, signature := []byte(encoded(good)), sign(token, inboundURL, good)
	want, err := twilio.Read(signedRequest(inboundURL, string(body), signature))
	if err != nil {
		t.Fatal(err)
	}
	for worker := range 2 {
		t.Run(fmt.Sprint(worker), func(t *testing.T) {
			t.Parallel()
			random := rand.New(rand.NewPCG(141, uint64(worker)))
			for range mutations() / 2 {
				b, s := mutate(random, body), []byte(signature)
				if random.IntN(8) == 0 {
					b, s = body, mutate(random, s)
				}
				r := &http.Request{
					Method: http.MethodPost, URL: &url.URL{Path: "/sms/twilio"}, Body: io.NopCloser(bytes.NewReader(b)), ContentLength: int64(len(b)),
					Header: http.Header{"Content-Type": {"application/x-www-form-urlencoded"}, "X-Twilio-Signature": {string(s)}},
				}
				got, err := twilio.Read(r)
				if err == nil && (!sameForm(b, body) || string(s) != signature || !reflect.DeepEqual(got, want)) {
					t.Fatalf("taken: %s %s", s, b)
				}
			}
		})
	}
}

// sameForm reports whether two bodies are two ways of writing one form, as %2b and %2B.
func sameForm(a, b []byte) bool {
	one, err := url.ParseQuery(string(a))
	two, _ := url.ParseQuery(string(b))
	return err == nil && reflect.DeepEqual(one, two)
}

// mutate makes one to three changes: a byte changed, taken out, put in, doubled, or two pieces exchanged.
func mutate(random *rand.Rand, text []byte) []byte {
	const alphabet = "&=+%;0123456789abcdefABCDEFSMFromToBody"
	b := slices.Clone(text)
	for range 1 + random.IntN(3) {
		i, c := random.IntN(len(b)), alphabet[random.IntN(len(alphabet))]
		switch random.IntN(5) {
		case 0:
			b[i] = c
		case 1:
			b = slices.Delete(b, i, i+1)
		case 2:
			b = slices.Insert(b, i, c)
		case 3:
			b = append(b, b[i:min(i+60, len(b))]...)
		case 4:
			b = slices.Concat(b[i:], b[:i])
		}
	}
	return b
}

func TestOurSignatureAndTheLibrarysAgreeOnHonestRequests(t *testing.T) {
	twilio := speakers(t, nowhere)["twilio"]
	random := rand.New(rand.NewPCG(141, 0))
	letters := []rune("abZ 019&=+%#;/?ңөүҚ«»\n\x00😀")
	for range mutations() / 20 {
		good := inbound()
		text := make([]rune, random.IntN(80))
		for i := range text {
			text[i] = letters[random.IntN(len(letters))]
		}
		good["Body"] = string(text)
		m, err := twilio.Read(signedRequest(inboundURL, encoded(good), sign(nextToken, inboundURL, good)))
		if err != nil || string(m.Raw) != good["Body"] {
			t.Fatalf("%q was read as %q, %v", good["Body"], m.Raw, err)
		}
	}
}

func TestWhatARequestSaysOfItsHostDoesNotMatter(t *testing.T) {
	twilio := speakers(t, nowhere)["twilio"]
	good := inbound()
	for _, host := range []string{"evil.example", "127.0.0.1:8080"} {
		// Signed for the host it names: refused. Signed for ours: taken, whatever it names.
		forged := signedRequest("https://"+host+"/sms/twilio", encoded(good), sign(token, "https://"+host+"/sms/twilio", good))
		forged.Header.Set("X-Forwarded-Host", host)
		forged.Header.Set("X-Original-URL", "https://"+host+"/sms/twilio")
		if _, err := twilio.Read(forged); err == nil {
			t.Errorf("signed for %s, and taken", host)
		}
		honest := signedRequest("http://"+host+"/sms/twilio", encoded(good), sign(token, inboundURL, good))
		if _, err := twilio.Read(honest); err != nil {
			t.Errorf("behind a proxy as %s: %v", host, err)
		}
	}
}

func TestAnAddressWithASecretAndAQueryIsSignedAsAWhole(t *testing.T) {
	twilio := speakers(t, nowhere)["twilio"]
	good := inbound()
	for _, path := range []string{"/sms/twilio/0123456789abcdef", "/sms/twilio?tenant=a%20b&x=1", "/sms/twi%6Cio"} {
		r, err := http.ReadRequest(bufio.NewReader(strings.NewReader("POST " + path + " HTTP/1.1\r\nHost: x\r\n\r\n")))
		if err != nil {
			t.Fatal(err)
		}
		signed := signedRequest("/", encoded(good), sign(token, public+path, good))
		signed.URL = r.URL
		if _, err := twilio.Read(signed); err != nil {
			t.Errorf("%s: %v", path, err)
		}
	}
}

func TestALongReplyBecomesMessagesOfSixteenHundredLetters(t *testing.T) {
	w := httptest.NewRecorder()
	if err := speakers(t, nowhere)["twilio"].Answer(w, strings.Repeat("ң", 1601)); err != nil {
		t.Fatal(err)
	}
	want := "<Message>" + strings.Repeat("ң", 1600) + "</Message><Message>ң</Message></Response>"
	if !strings.HasSuffix(w.Body.String(), want) {
		t.Errorf("wrote %.200s", w.Body)
	}
}
