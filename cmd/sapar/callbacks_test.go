package main

import (
	"bufio"
	"bytes"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"sapar/ussd"
)

func TestACallbackThatIsNoneGetsOneSentenceAndStoresNothing(t *testing.T) {
	r := startServer(t, Config{}, time.Now)
	at, form := r.url+"/ussd/africastalking", r.url+"/ussd/form"
	good := atBody("k", "+996700000001", "1")
	const formGood = "session=k&phone=%2B996700000001&code=%2A141%23&text=1&step=2&event=answer"
	for name, c := range map[string]struct{ address, contentType, body string }{
		"empty":               {at, formType, ""},
		"no session":          {at, formType, strings.Replace(good, "sessionId", "id", 1)},
		"empty session":       {at, formType, strings.Replace(good, "sessionId=k", "sessionId=", 1)},
		"long session":        {at, formType, strings.Replace(good, "sessionId=k", "sessionId="+strings.Repeat("k", 201), 1)},
		"session twice":       {at, formType, good + "&sessionId=j"},
		"control in session":  {at, formType, strings.Replace(good, "sessionId=k", "sessionId=%00", 1)},
		"no phone":            {at, formType, strings.Replace(good, "phoneNumber", "phone", 1)},
		"a word for a phone":  {at, formType, strings.Replace(good, "%2B996700000001", "Aizada", 1)},
		"no code":             {at, formType, strings.Replace(good, "serviceCode", "code", 1)},
		"no text":             {at, formType, strings.Replace(good, "&text=1", "", 1)},
		"a broken percent":    {at, formType, good + "%zz"},
		"json":                {at, "application/json", `{"sessionId":"k"}`},
		"no content type":     {at, "", good},
		"form: no step":       {form, formType, strings.Replace(formGood, "&step=2", "", 1)},
		"form: no event":      {form, formType, strings.Replace(formGood, "&event=answer", "", 1)},
		"form: another event": {form, formType, strings.Replace(formGood, "answer", "hello", 1)},
		"form: no text":       {form, formType, strings.Replace(formGood, "&text=1", "", 1)},
	} {
		t.Run(name, func(t *testing.T) {
			status, body := posted(t, c.address, c.contentType, c.body)
			if status != http.StatusBadRequest || strings.Count(body, "\n") != 1 || len(body) < 10 || len(body) > 200 {
				t.Errorf("%d %q", status, body)
			}
			for _, typed := range []string{"996700000001", "Aizada", "kkk"} {
				if strings.Contains(body, typed) {
					t.Errorf("the sentence repeats what was sent: %s", body)
				}
			}
		})
	}
	for name, address := range map[string]string{"channel": r.url + "/ussd/nobody", "secret": at + "/some-secret-or-other", "end of a form": form + "/events"} {
		if status, body := posted(t, address, formType, good); status != http.StatusNotFound {
			t.Errorf("unknown %s: %d %q", name, status, body)
		}
	}
	if status, _ := posted(t, at, formType, good+strings.Repeat("x", 1<<20)); status != http.StatusRequestEntityTooLarge {
		t.Errorf("a megabyte: %d", status)
	}
	if got := r.rows(); got != "people 0, sessions 0, turns 0, applications 0, ticks 0, consents 0" {
		t.Error(got)
	}
}

// hostile is what people and programs type that is no answer, as it stands in a form.
var hostile = map[string]string{
	"NUL":                  "1%00%00x",
	"bad UTF-8":            "%ff%fe%c3%28x",
	"half a character":     "x%d0",
	"a lone surrogate":     "%ed%a0%80x",
	"CESU-8":               "%ed%a0%bd%ed%b8%80x",
	"overlong":             "%c0%afx",
	"10,000 stars":         strings.Repeat("*", 10_000),
	"many steps":           strings.Repeat("1*", 3_000),
	"stars and hashes":     "*#*#**1*#",
	"fullwidth":            "%EF%BC%91%EF%BC%99",
	"right to left":        "%E2%80%AE%D7%A9%E2%80%AC",
	"joiners":              "%F0%9F%91%A9%E2%80%8D%F0%9F%91%A9%E2%80%8D%F0%9F%91%A7",
	"SQL":                  "%27%3B+DROP+TABLE+people%3B--",
	"a template":           "{text}{{.}}$%7Bx%7D",
	"a line feed":          "1%0D%0ASet-Cookie:+a=b",
	"an escape":            "%1B[31mred",
	"a very long answer":   strings.Repeat("a", 15_000),
	"combining characters": strings.Repeat("%CC%81", 1_000),
	"a number":             "999999999999999999999999",
	"minus":                "-1",
}

func TestHostileTextIsAnsweredAndStored(t *testing.T) {
	r := startServer(t, Config{}, time.Now)
	for name, typed := range hostile {
		for _, channel := range []string{"africastalking", "form"} {
			t.Run(channel+"/"+name, func(t *testing.T) {
				h := r.phone(channel, newNumber())
				says(t, h, "1")
				before := r.count("SELECT count(*) FROM turns")
				body := atBody(h.session.Key, h.session.Phone, "1*"+typed)
				if channel == "form" {
					body = "session=" + h.session.Key + "&phone=%2B" + h.session.Phone[1:] + "&code=%2A141%23&step=9&event=answer&text=" + typed
				}
				status, screen := posted(t, h.url, formType, body)
				if status != http.StatusOK || !strings.HasPrefix(screen, "CON ") || !utf8.ValidString(screen) || len(screen) < 20 {
					t.Errorf("%d %q", status, screen)
				}
				if stored := r.count("SELECT count(*) FROM turns") - before; stored != 1 {
					t.Errorf("%d turns were stored", stored)
				}
			})
		}
	}
	r.checkChains()
}

func TestSpacesAndDirtInAnAnswerDoNotStopAWholePath(t *testing.T) {
	r := startServer(t, Config{}, time.Now)
	h := r.phone("africastalking", newNumber())
	says(t, h, "4", "3", "1", "2", "1", "1", "1")
	shows(t, says(t, h, " Village \x00"), "How many children")
	shows(t, says(t, h, " 2 "), "Birth year of child 1")
}

const secret = "a-secret-of-the-carrier"

func channelsFile(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "channels.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestAChannelWithASecretIsThereForWhoeverKnowsIt(t *testing.T) {
	path := channelsFile(t, "ussd:\n  - {name: at, kind: africastalking, secret: "+secret+"}\n")
	r := startServer(t, Config{Channels: path}, time.Now)
	body := atBody("k", newNumber(), "")
	for address, want := range map[string]int{
		"/ussd/at/" + secret: 200, "/ussd/at": 404, "/ussd/at/": 404, "/ussd/at/" + secret + "x": 404, "/ussd/at/" + secret[1:]: 404,
		"/ussd/at/events": 404, "/ussd/at/" + secret + "/events": 400, "/ussd/at/wrong/events": 404, "/ussd/AT/" + secret: 404, "/ussd/at%2F" + secret: 404,
	} {
		if status, answer := posted(t, r.url+address, formType, body); status != want {
			t.Errorf("%s: %d %q, not %d", address, status, answer, want)
		}
	}
	if n := r.count("SELECT count(*) FROM turns"); n != 1 {
		t.Errorf("%d turns", n)
	}
}

func TestServeRefusesAPublicAddressWhileAChannelLacksItsSecret(t *testing.T) {
	half := channelsFile(t, "ussd:\n  - {name: at, kind: africastalking, secret: "+secret+"}\n  - {name: other, kind: africastalking}\n")
	for _, config := range []Config{{Listen: "0.0.0.0:0"}, {Listen: ":8080"}, {Listen: "0.0.0.0:0", Channels: half}} {
		config.AdminListen = "127.0.0.1:0"
		s, err := newServer(t.Context(), config)
		if err == nil {
			s.close()
			t.Errorf("%+v is served", config)
		} else if !strings.Contains(err.Error(), "has no secret") || strings.Contains(err.Error(), secret) {
			t.Error(err)
		}
	}
}

func TestServeRefusesToShowItsProfilesElsewhere(t *testing.T) {
	if _, err := newServer(t.Context(), Config{Listen: "127.0.0.1:0", AdminListen: "0.0.0.0:0"}); err == nil || !strings.Contains(err.Error(), "SAPAR_ADMIN_LISTEN") {
		t.Errorf("%v", err)
	}
}

func TestASlowClientIsCutOff(t *testing.T) {
	r := startServer(t, Config{}, time.Now)
	for _, s := range []*http.Server{r.publicServer(), r.adminServer()} {
		if s.ReadHeaderTimeout <= 0 || s.ReadTimeout <= 0 || s.WriteTimeout <= 0 || s.IdleTimeout <= 0 || s.MaxHeaderBytes <= 0 {
			t.Errorf("a server without a limit: %+v", s)
		}
	}
	conn, err := net.Dial("tcp", strings.TrimPrefix(r.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprint(conn, "POST /ussd/africastalking HTTP/1.1\r\nHost: slow\r\n")
	if err := conn.SetReadDeadline(time.Now().Add(30 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if _, err := bufio.NewReader(conn).ReadString(0); err == nil || strings.Contains(err.Error(), "timeout") {
		t.Errorf("a client that never ends its header is still waited for: %v", err)
	}
}

func TestANoticeThatACallIsOver(t *testing.T) {
	r := startServer(t, Config{}, time.Now)
	at, form := r.phone("africastalking", newNumber()), r.phone("form", newNumber())
	says(t, at, "4", "2")
	says(t, form, "4", "2")
	for _, h := range []*handset{at, form} {
		h.session.Abort = true
		if h == at {
			h.url += "/events"
		}
		request, err := h.channel.Carrier.Call(h.url, h.session)
		if err != nil {
			t.Fatal(err)
		}
		response, err := h.client.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if response.StatusCode != http.StatusOK {
			t.Errorf("%s: %s", h.channel.Name, response.Status)
		}
	}
	if n := r.count("SELECT count(*) FROM sessions WHERE dropped_at IS NOT NULL"); n != 2 {
		t.Errorf("%d calls are noted as dropped", n)
	}
}

// heard keeps what is logged.
type heard struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (h *heard) Write(line []byte) (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.text.Write(line)
}

func TestLogsAndMetricsHoldNothingOfAPerson(t *testing.T) {
	log, usual := &heard{}, slog.Default()
	slog.SetDefault(slog.New(slog.NewJSONHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug})))
	t.Cleanup(func() { slog.SetDefault(usual) })
	r := startServer(t, Config{}, time.Now)
	const number, name, key = "+996777987654", "Kanykei-the-canary", "canary-session-key"
	for i, channel := range []string{"africastalking", "form"} {
		h := r.phone(channel, number)
		h.session.Key = key
		shows(t, send(says(t, h, request(name)[1+i:]...), func(typed string) ussd.Reply { return says(t, h, typed) }), "write it down")
	}
	posted(t, r.url+"/ussd/africastalking", formType, strings.Replace(atBody(key, number, name), "sessionId", "id", 1))
	posted(t, r.url+"/ussd/"+name, formType, atBody(key, number, name))
	posted(t, r.url+"/ussd/form", "application/json", atBody(key, number, name))
	if err := r.db.Close(); err != nil { // from here on every turn fails
		t.Fatal(err)
	}
	for _, channel := range []string{"africastalking", "form"} {
		h := r.phone(channel, number)
		h.session.Key = key + "-2"
		says(t, h, "3", "1", "2", name, "1")
	}
	log.mu.Lock()
	defer log.mu.Unlock()
	said := log.text.String() + r.metricsPage()
	if !strings.Contains(said, `"msg":"turn"`) || !strings.Contains(said, "sapar_ussd_requests_total") {
		t.Errorf("nothing was logged or counted:\n%s", said)
	}
	for _, canary := range []string{"777987654", "777 987", "700123456", "Kanykei", "canary-session"} {
		if strings.Contains(said, canary) {
			t.Errorf("logs or metrics hold %s", canary)
		}
	}
}
