package carriers_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"sapar/callbacks"
	"sapar/callbacks/fixtures"
	"sapar/sms"
	"sapar/sms/carriers"
)

func builtIn(t testing.TB) []sms.Channel {
	t.Helper()
	channels, err := sms.BuiltInChannels("", carriers.New)
	if err != nil {
		t.Fatal(err)
	}
	return channels
}

func TestAnUnknownKindIsAnErrorThatNamesTheKnownOnes(t *testing.T) {
	_, _, err := carriers.New("pigeon", sms.Settings{})
	if err == nil || !strings.Contains(err.Error(), "africastalking, form, kannel, log, twilio") {
		t.Errorf("got %v", err)
	}
}

func TestTheBuiltInChannelsAreOneOfEachKindThatNeedsNoToken(t *testing.T) {
	names := ""
	for _, c := range builtIn(t) {
		names += c.Name + " "
		if c.Name != c.Kind || !c.Open() || c.Sends() != (c.Kind == "log") {
			t.Errorf("%s of kind %s is open %t and sends %t", c.Name, c.Kind, c.Open(), c.Sends())
		}
	}
	if names != "africastalking form kannel log " {
		t.Errorf("there are %s", names)
	}
}

func TestTheBuiltInFormTakesAMessageAndAReport(t *testing.T) {
	form := builtIn(t)[1].Carrier
	post := func(path, body string) *http.Request {
		r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(body))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		return r
	}
	if m, err := form.Read(post("/sms/form", "id=1&from=%2B996700000001&to=4040&text=menu")); err != nil || string(m.Raw) != "menu" {
		t.Errorf("read %+v, %v", m, err)
	}
	if report, err := form.ReadReport(post("/sms/form/status", "id=1&status=delivered")); err != nil || report.Status != sms.Delivered {
		t.Errorf("read %+v, %v", report, err)
	}
}

const kannelQuery = "?id=1&from=1&to=2"

func TestABodyIsReadUnderALimit(t *testing.T) {
	for name, carrier := range speakers(t, nowhere) {
		for _, contentType := range []string{"application/x-www-form-urlencoded", "application/json", "text/plain"} {
			for _, read := range []func(*http.Request) error{
				func(r *http.Request) error { _, err := carrier.Read(r); return err },
				func(r *http.Request) error { _, err := carrier.ReadReport(r); return err },
			} {
				body := &fixtures.Endless{}
				r := httptest.NewRequest(http.MethodPost, "/"+kannelQuery, body)
				r.Header.Set("Content-Type", contentType)
				err := read(r)
				var bad *callbacks.BadCallback
				if !errors.Is(err, callbacks.ErrTooLarge) && !errors.As(err, &bad) {
					t.Errorf("%s, endless %s: %v", name, contentType, err)
				}
				if body.Given > 4*callbacks.MaxBody {
					t.Errorf("%s read %d bytes of an endless body", name, body.Given)
				}
			}
		}
	}
}

func TestABodyThatBreaksOffIsRefused(t *testing.T) {
	for name, contentType := range map[string]string{
		"africastalking": "application/x-www-form-urlencoded", "form": "application/x-www-form-urlencoded", "form-json": "application/json",
		"kannel": "text/plain", "twilio": "application/x-www-form-urlencoded",
	} {
		r := httptest.NewRequest(http.MethodPost, "/"+kannelQuery, io.MultiReader(strings.NewReader("id=a"), fixtures.Broken{}))
		r.Header.Set("Content-Type", contentType)
		_, err := speakers(t, nowhere)[name].Read(r)
		var bad *callbacks.BadCallback
		if !errors.As(err, &bad) || bad.Field != "body" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAnAddressOfAMegabyteIsRefused(t *testing.T) {
	long := strings.Repeat("a", 1<<20)
	for _, name := range []string{"kannel", "form-template"} {
		r := httptest.NewRequest(http.MethodGet, "/?id=1&from=1&to=2&text="+long, nil)
		if _, err := speakers(t, nowhere)[name].Read(r); !errors.Is(err, callbacks.ErrTooLarge) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestTenThousandFieldsAreReadQuickly(t *testing.T) {
	body := strings.Repeat("a&", 5000) + "id=1&from=1&to=2&text=3"
	r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if m, err := speakers(t, nowhere)["africastalking"].Read(r); err != nil || m.ID != "1" {
		t.Errorf("read %+v, %v", m, err)
	}
}
