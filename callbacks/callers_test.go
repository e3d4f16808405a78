package callbacks_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"sapar/callbacks"
)

// callers reads the list of one channel.
func callers(lists string) (callbacks.Callers, error) {
	var parts struct {
		Part []callbacks.Entry `yaml:"part"`
	}
	file, err := callbacks.ReadFile("c.yaml", []byte("part:\n  - name: a\n    "+lists), &parts)
	if err != nil {
		return callbacks.Callers{}, err
	}
	return file.Callers("part.0", &parts.Part[0])
}

func TestACallersAddressIsTheSocketsOrWhatATrustedProxySays(t *testing.T) {
	for _, c := range []struct {
		lists, peer, forwarded string
		admits                 bool
	}{
		{"kind: none", "203.0.113.9:1", "", true},
		{"allow: [203.0.113.9]", "203.0.113.9:1", "", true},
		{"allow: [203.0.113.9]", "203.0.113.8:1", "203.0.113.9", false},
		{"allow: [203.0.113.0/24]", "[::ffff:203.0.113.9]:1", "", true},
		{"allow: ['2001:db8::/32']", "[2001:db8::1]:1", "", true},
		{"allow: ['2001:db8::/32']", "[2001:db9::1]:1", "", false},
		{"allow: ['::/0']", "203.0.113.9:1", "", false},
		{"allow: [203.0.113.9]", "nowhere", "", false},
		{"{allow: [203.0.113.9], trusted_proxies: [10.0.0.0/8]}", "10.1.1.1:1", "203.0.113.9", true},
		{"{allow: [203.0.113.9], trusted_proxies: [10.0.0.0/8]}", "10.1.1.1:1", "203.0.113.9, 10.2.2.2", true},
		{"{allow: [203.0.113.9], trusted_proxies: [10.0.0.0/8]}", "10.1.1.1:1", "203.0.113.9, 203.0.113.8", false},
		{"{allow: [203.0.113.9], trusted_proxies: [10.0.0.0/8]}", "10.1.1.1:1", "203.0.113.9, unknown", false},
		{"{allow: [203.0.113.9], trusted_proxies: [10.0.0.0/8]}", "10.1.1.1:1", "", false},
		{"{allow: [203.0.113.9], trusted_proxies: [10.0.0.0/8]}", "203.0.113.9:1", "203.0.113.8", true},
		{"{allow: [10.0.0.0/8], trusted_proxies: [10.0.0.0/8]}", "10.1.1.1:1", "10.2.2.2, 10.3.3.3", true},
	} {
		list := strings.NewReplacer("{", "", "}", "", ", trusted", "\n    trusted").Replace(c.lists)
		allowed, err := callers(list)
		if err != nil {
			t.Fatalf("%s: %v", list, err)
		}
		r := httptest.NewRequest(http.MethodPost, "/", nil)
		r.RemoteAddr = c.peer
		if c.forwarded != "" {
			r.Header.Set("X-Forwarded-For", c.forwarded)
		}
		if got := allowed.Admits(r); got != c.admits {
			t.Errorf("%s from %s, said %q: %t", c.lists, c.peer, c.forwarded, got)
		}
	}
}

func TestAListOfAddressesThatCannotBeMeantIsRefused(t *testing.T) {
	const neither = "is neither an address nor a network as 192.0.2.0/24, with nothing behind its mask"
	for _, c := range []struct{ lists, want string }{
		{"allow: [carrier.example]", "c.yaml:3:13: " + neither},
		{"allow: [192.0.2.0/24, 192.0.2.1/24]", "c.yaml:3:27: " + neither},
		{"allow: [192.0.2.0/33]", "c.yaml:3:13: " + neither},
		{"allow: ['fe80::1%eth0']", "c.yaml:3:13: " + neither},
		{"allow: ['::ffff:192.0.2.1']", "c.yaml:3:13: " + neither},
		{"trusted_proxies: [10.0.0.0/8]", "c.yaml:3:5: is of use beside allow only"},
		{"allow: [192.0.2.1]\n    trusted_proxies: [0.0.0.0/0]", "c.yaml:4:23: whoever calls would be believed"},
	} {
		if _, err := callers(c.lists); err == nil || err.Error() != c.want {
			t.Errorf("%s: %v\nwant %s", c.lists, err, c.want)
		}
	}
}

func TestOnlyTheLatestExchangesOfAKnownChannelAreKept(t *testing.T) {
	e := callbacks.NewExchanges([]string{"ussd/a"})
	for i := range 120 {
		for _, channel := range []string{"ussd/a", "ussd/b"} {
			w := httptest.NewRecorder()
			x := e.Watch(w, httptest.NewRequest(http.MethodPost, "/", strings.NewReader("abc")), channel, callbacks.Callers{})
			x.Saw(callbacks.Seen{Session: fmt.Sprintf("s%d", i), Phone: "+996700000001", Typed: "739158", Screen: "Рахмат"})
			if err := callbacks.Answer(x, callbacks.PlainText, "Рахмат"); err != nil || w.Body.String() != "Рахмат" {
				t.Fatal(err)
			}
			x.End()
		}
	}
	list, ok := e.Latest("ussd/a")
	if !ok || len(list) != 50 || list[0].Session != "s70" || list[49].Session != "s119" {
		t.Fatalf("kept %d, %t: %+v", len(list), ok, list)
	}
	x := list[49]
	if x.Typed != "xxxxxx" || x.Screen != "xxxxxx" || x.Phone != "…01" || x.Status != 200 || x.Bytes != 3 || x.Took <= 0 || time.Since(x.At) > time.Minute {
		t.Errorf("the last is %+v", x)
	}
	if _, ok := e.Latest("ussd/b"); ok {
		t.Error("a channel nobody has is remembered")
	}
	var none *callbacks.Exchanges
	none.Watch(httptest.NewRecorder(), httptest.NewRequest(http.MethodPost, "/", nil), "ussd/a", callbacks.Callers{}).End()
}

func TestARefusalIsRememberedWithItsSentence(t *testing.T) {
	e := callbacks.NewExchanges([]string{"ussd/a"})
	x := e.Watch(httptest.NewRecorder(), httptest.NewRequest(http.MethodPost, "/", nil), "ussd/a", callbacks.Callers{})
	callbacks.Refuse(x, callbacks.Bad("text", "is missing"))
	x.End()
	list, _ := e.Latest("ussd/a")
	if len(list) != 1 || list[0].Status != http.StatusBadRequest || list[0].Why != "text: is missing" {
		t.Errorf("%+v", list)
	}
}
