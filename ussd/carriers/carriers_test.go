package carriers_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"sapar/callbacks"
	"sapar/callbacks/fixtures"
	"sapar/ussd"
	"sapar/ussd/carriers"
)

func TestAnUnknownKindIsAnErrorThatNamesTheKnownOnes(t *testing.T) {
	_, err := carriers.New("telegraph", callbacks.Settings{})
	if err == nil || !strings.Contains(err.Error(), "africastalking, infobip, hubtel, restcomm, kannel, form") {
		t.Errorf("got %v", err)
	}
}

func TestTheBuiltInChannelsAreOneOfEachKindWithoutSecrets(t *testing.T) {
	channels, err := ussd.BuiltInChannels(carriers.New)
	if err != nil {
		t.Fatal(err)
	}
	if len(channels) != len(carriers.Kinds()) {
		t.Fatalf("%d channels for %d kinds", len(channels), len(carriers.Kinds()))
	}
	for i, kind := range carriers.Kinds() {
		if c := channels[i]; c.Name != kind || c.Kind != kind || !c.Open() {
			t.Errorf("channel %d is %s of kind %s, open %t; want an open one named %s", i, c.Name, c.Kind, c.Open(), kind)
		}
	}
}

func TestABodyIsReadUnderALimit(t *testing.T) {
	for name, carrier := range speakers(t) {
		if name == "crossgate" || name == "dmark" || name == "hollatags" || strings.HasPrefix(name, "kannel") {
			continue // a GET has no body
		}
		for _, contentType := range []string{"application/x-www-form-urlencoded", "application/json", "text/xml"} {
			body := &fixtures.Endless{}
			r := httptest.NewRequest(http.MethodPost, "/session/S1/response", body)
			r.Header.Set("Content-Type", contentType)
			_, err := carrier.Read(r)
			var bad *callbacks.BadCallback
			if !errors.Is(err, callbacks.ErrTooLarge) && !(errors.As(err, &bad) && bad.Field == "Content-Type") {
				t.Errorf("%s, endless %s: %v", name, contentType, err)
			}
			if body.Given > 4*callbacks.MaxBody {
				t.Errorf("%s read %d bytes of an endless body", name, body.Given)
			}
		}
	}
}

func TestAMegabyteIsRefusedAsTooLarge(t *testing.T) {
	huge := strings.Repeat("1", 1<<20)
	for name, carrier := range speakers(t) {
		r, err := carrier.Call("http://sapar.example/", ussd.Dial{Key: "k", Phone: "996700000001", Code: "*141#", Path: huge, Input: huge, Whole: whole(name), Seq: "2"})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := carrier.Read(r); !errors.Is(err, callbacks.ErrTooLarge) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// whole reports whether the carrier of a fixture folder sends everything typed since the code.
func whole(name string) bool {
	return slices.Contains([]string{"africastalking", "mobilesasa", "crossgate", "hellio"}, name)
}

func asJSON(name string) bool {
	return slices.Contains([]string{"moolre", "sendexa", "hellio", "infobip", "hubtel"}, name)
}

func asXML(name string) bool { return name == "restcomm" || name == "truroute" }

func TestStrangeTextIsReturnedAsItCame(t *testing.T) {
	for what, text := range map[string]string{
		"five thousand stars":   strings.Repeat("*", 5000), // each is sent as %2A
		"stars and hashes":      "**1*#",
		"NUL":                   "\x00",
		"no UTF-8":              "\xff\xfe1",
		"full-width digits":     "１２",
		"an answer of brackets": `{"text":"2"}&text=3`,
	} {
		for name, carrier := range speakers(t) {
			if asJSON(name) && what == "no UTF-8" || asXML(name) && (what == "NUL" || what == "no UTF-8") {
				continue // JSON is UTF-8: see the next test; XML has no NUL either
			}
			dial := ussd.Dial{Key: "k", Phone: "996700000001", Code: "*141#", Seq: "2"}
			if name == "restcomm" {
				dial.Echo = "2 1 996700000001 *141#"
			}
			if dial.Whole = whole(name); dial.Whole {
				dial.Path = text
			} else {
				dial.Input = text
			}
			r, err := carrier.Call("http://sapar.example/", dial)
			if err != nil {
				t.Fatal(err)
			}
			if got, err := carrier.Read(r); err != nil || got.Path != dial.Path || got.Input != dial.Input {
				t.Errorf("%s, %s: read %.60q%.60q, %v", name, what, got.Path, got.Input, err)
			}
		}
	}
}

func TestTenThousandStarsAreReadWhereTheyFit(t *testing.T) {
	stars := strings.Repeat("*", 10000)
	r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader("sessionId=a&phoneNumber=996700000001&serviceCode=*141%23&text="+stars))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if dial, err := speakers(t)["africastalking"].Read(r); err != nil || dial.Path != stars {
		t.Errorf("read %d bytes, %v", len(dial.Path), err)
	}
}

func TestJSONThatIsNotUTF8IsReadAndNotRefused(t *testing.T) {
	r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader("{\"sessionid\":\"m\",\"new\":false,\"msisdn\":\"996700000001\",\"extension\":\"1\",\"message\":\"1\xff\\u0000\\ud83d\"}"))
	r.Header.Set("Content-Type", "application/json")
	dial, err := speakers(t)["moolre"].Read(r)
	if want := "1\uFFFD\x00\uFFFD"; err != nil || dial.Input != want {
		t.Errorf("read %q, %v; want %q", dial.Input, err, want)
	}
}

func TestABodyThatBreaksOffIsRefused(t *testing.T) {
	r := httptest.NewRequest(http.MethodPost, "/", io.MultiReader(strings.NewReader("sessionId=a"), fixtures.Broken{}))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	_, err := speakers(t)["africastalking"].Read(r)
	var bad *callbacks.BadCallback
	if !errors.As(err, &bad) || bad.Field != "body" {
		t.Errorf("got %v", err)
	}
}

func TestWhatACarrierWouldRefuseIsNotHeard(t *testing.T) {
	for _, c := range []struct {
		why, carrier string
		status       int
		contentType  string
		body         string
	}{
		{"no status 200", "africastalking", 500, "text/plain", "CON a"},
		{"no plain text", "africastalking", 200, "text/html", "CON a"},
		{"an empty answer", "africastalking", 200, "text/plain", ""},
		{"a blank before CON", "africastalking", 200, "text/plain", " CON a"},
		{"no word before the screen", "africastalking", 200, "text/plain", "a"},
		{"an answer without end", "africastalking", 200, "text/plain", "CON " + strings.Repeat("a", 1<<20)},
		{"JSON that is none", "infobip", 200, "application/json", "{"},
		{"no screen", "infobip", 200, "application/json", `{"shouldClose":false,"responseExitCode":200}`},
		{"an exit code", "infobip", 200, "application/json", `{"shouldClose":false,"ussdMenu":"a","responseExitCode":400}`},
		{"no session", "hubtel", 200, "application/json", `{"Type":"response","Message":"a"}`},
		{"another type", "hubtel", 200, "application/json", `{"SessionId":"1","Type":"AddToCart","Message":"a"}`},
		{"no dialogue", "restcomm", 200, "text/xml", `<dialogue mapMessagesSize="1"/>`},
		{"a last screen that does not end", "restcomm", 200, "text/xml", `<dialog mapMessagesSize="1"><processUnstructuredSSRequest_Response string="a"/></dialog>`},
		{"a screen that waits and ends", "restcomm", 200, "text/xml", `<dialog mapMessagesSize="1" prearrangedEnd="false"><unstructuredSSRequest_Request string="a"/></dialog>`},
		{"neither template", "moolre", 200, "application/json", `{"message":"a"}`},
		{"a quote that ends the text early", "moolre", 200, "application/json", `{"message": "a", "x": "b", "reply": true}`},
	} {
		w := httptest.NewRecorder()
		w.Header().Set("Content-Type", c.contentType)
		w.WriteHeader(c.status)
		w.WriteString(c.body)
		if reply, err := speakers(t)[c.carrier].Hear(w.Result()); err == nil {
			t.Errorf("%s was heard as %.50q", c.why, reply.Text)
		}
	}
}
