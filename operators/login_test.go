package operators

import (
	"net/http"
	"net/netip"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"sapar/operators/accounts"
)

// tab is a browser without JavaScript, which keeps cookies.
type tab struct {
	*world
	cookie *http.Cookie
}

func (b *tab) goes(method, path string, form url.Values, want int) (page, location string) {
	b.t.Helper()
	got := b.ask(method, path, form, b.cookie)
	if got.StatusCode != want {
		b.t.Errorf("%s %s: %d, not %d", method, path, got.StatusCode, want)
	}
	for _, c := range got.Cookies() {
		b.cookie = c
	}
	return textOf(b.t, got), got.Header.Get("Location")
}

var secretShown = regexp.MustCompile(`<code>([A-Z2-7 ]+)</code>`)

func TestSomebodySignsInWithoutJavaScript(t *testing.T) {
	w := newWorld(t)
	password, err := w.Accounts.Add(t.Context(), accounts.By{Who: "test"}, accounts.Operator{Name: "aigul", Roles: []accounts.Role{accounts.Viewer}, Language: "en"})
	if err != nil {
		t.Fatal(err)
	}
	b := &tab{world: w}
	b.goes("POST", "/console/login", url.Values{"name": {"aigul"}, "password": {"wrong"}}, http.StatusUnauthorized)
	b.goes("GET", "/console/login/code", nil, http.StatusSeeOther)
	b.goes("POST", "/console/login", url.Values{"name": {" Aigul "}, "password": {password}}, http.StatusSeeOther)
	half := b.cookie.Value
	if _, at := b.goes("GET", "/console", nil, http.StatusSeeOther); at != "/console/login" {
		t.Errorf("the password alone leads to %q", at)
	}
	page, _ := b.goes("GET", "/console/login/code", nil, http.StatusOK)
	secret := strings.ReplaceAll(secretShown.FindStringSubmatch(page)[1], " ", "")
	if picture, _ := b.goes("GET", "/console/login/qr.png", nil, http.StatusOK); !strings.HasPrefix(picture, "\x89PNG") {
		t.Error("there is no picture of the secret")
	}
	b.goes("POST", "/console/login/code", url.Values{"code": {"000000"}}, http.StatusSeeOther)
	digits, err := totp.GenerateCode(secret, noon)
	if err != nil {
		t.Fatal(err)
	}
	if _, at := b.goes("POST", "/console/login/code", url.Values{"code": {digits}}, http.StatusSeeOther); at != "/console" {
		t.Errorf("the digits lead to %q", at)
	}
	if b.cookie.Value == half {
		t.Error("the token of before is that of the session")
	}
	page, _ = b.goes("GET", "/console", nil, http.StatusOK)
	says(t, page, "Nobody has called yet", "ussd/kannel")
	whole := b.cookie
	b.goes("POST", "/console/logout", url.Values{}, http.StatusSeeOther)
	b.cookie = whole
	b.goes("GET", "/console", nil, http.StatusSeeOther)
	b.cookie, w.Now = nil, func() time.Time { return noon.Add(time.Minute) }
	b.goes("POST", "/console/login", url.Values{"name": {"aigul"}, "password": {password}}, http.StatusSeeOther)
	w.Now = func() time.Time { return noon.Add(time.Minute + tooLate) }
	b.goes("POST", "/console/login/code", url.Values{"code": {digits}}, http.StatusSeeOther)
	if _, at := b.goes("GET", "/console", nil, http.StatusSeeOther); at != "/console/login" {
		t.Errorf("digits that come too late lead to %q", at)
	}
}

const tooLate = half + time.Second

func TestCookiesAreForThisHostAlone(t *testing.T) {
	w := newWorld(t)
	options := w.Options
	options.Secure, options.Origin = true, "https://sapar.example"
	secure, err := New(options)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []*Console{w.Console, secure} {
		cookie := c.sessions.Cookie
		if !cookie.HttpOnly || cookie.SameSite != http.SameSiteStrictMode || cookie.Path != "/" || cookie.Domain != "" || cookie.Secure != c.Secure {
			t.Errorf("the cookie is %+v", cookie)
		}
		if strings.HasPrefix(cookie.Name, "__Host-") != c.Secure {
			t.Errorf("the cookie is called %s", cookie.Name)
		}
	}
	w.Console = secure
	o := w.operator("aigul", "", accounts.Viewer)
	if got := w.ask("GET", "/console", nil, w.session(o, nil)); got.Header.Get("Strict-Transport-Security") == "" || got.StatusCode != http.StatusOK {
		t.Errorf("over https: %d, %v", got.StatusCode, got.Header)
	}
}

func TestOnlyATrustedProxyIsBelieved(t *testing.T) {
	proxies := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
	for _, c := range []struct{ peer, said, want string }{
		{"192.0.2.1:5", "198.51.100.1", "192.0.2.1"},
		{"10.0.0.1:5", "198.51.100.1", "198.51.100.1"},
		{"10.0.0.1:5", "6.6.6.6, 198.51.100.1, 10.0.0.2", "198.51.100.1"},
		{"10.0.0.1:5", "", "10.0.0.1"},
		{"10.0.0.1:5", "rubbish", "10.0.0.1"},
		{"[::ffff:192.0.2.1]:5", "", "192.0.2.1"},
		{"nothing", "", ""},
	} {
		r, err := http.NewRequest(http.MethodGet, "/console", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.RemoteAddr = c.peer
		r.Header.Set("X-Forwarded-For", c.said)
		if got := (&Console{Options: Options{Proxies: proxies}}).address(r); got != c.want {
			t.Errorf("%s that says %q: %q, not %q", c.peer, c.said, got, c.want)
		}
	}
}

func TestTheLanguageIsChosen(t *testing.T) {
	w := newWorld(t)
	for asked, want := range map[string]string{"": "ky", "ru-RU,ru;q=0.9": "ru", "ky-KG": "ky", "en-GB": "en", "kk,ru;q=0.5": "ru", "uz": "ru"} {
		if page := textOf(t, w.ask("GET", "/console/login", nil, nil, "Accept-Language", asked)); !strings.Contains(page, `<html lang="`+want+`">`) {
			t.Errorf("%q is not answered in %s", asked, want)
		}
	}
}
