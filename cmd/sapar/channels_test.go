package main

import (
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"sapar/callbacks"
	"sapar/ussd/carriers"
)

// shownChannels are the built-in channels and every example, as docs/carriers.md speaks of them.
func shownChannels(t *testing.T) (path string, names []string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, "ussd", "channels.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	examples, err := filepath.Glob(filepath.Join(root, "ussd", "carriers", "examples", "*.yaml"))
	if err != nil || len(examples) < 8 {
		t.Fatalf("%d examples, %v", len(examples), err)
	}
	for _, example := range examples {
		more, err := os.ReadFile(example)
		if err != nil {
			t.Fatal(err)
		}
		_, list, _ := bytes.Cut(more, []byte("\nussd:\n"))
		text = append(append(text, '\n'), list...)
		names = append(names, strings.TrimSuffix(filepath.Base(example), ".yaml"))
	}
	texted, err := os.ReadFile(filepath.Join(root, "sms", "channels.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	return channelsFile(t, string(append(append(text, '\n'), texted...))), names
}

var shellBlock = regexp.MustCompile("(?s)```sh\n(.*?)```")

// Whoever connects a carrier pastes these lines: each must be answered, and there must be one for every kind and example.
func TestEveryLineOfTheCarriersDocumentWorksWhenPasted(t *testing.T) {
	path, names := shownChannels(t)
	r := startServer(t, Config{Channels: path}, time.Now)
	admin := httptest.NewServer(r.adminServer().Handler)
	defer admin.Close()
	binary, err := built()
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(root, "docs", "carriers.md"))
	if err != nil {
		t.Fatal(err)
	}
	var all string
	for _, block := range shellBlock.FindAllSubmatch(text, -1) {
		all += string(block[1])
	}
	here := strings.NewReplacer("http://127.0.0.1:8080", r.url, "curl ", "curl -sS -f ", "bin/sapar", binary)
	for line := range strings.Lines(all) {
		command := exec.Command("sh", "-c", here.Replace(line))
		command.Env = append(os.Environ(), "SAPAR_URL="+r.url, "SAPAR_ADMIN_URL="+admin.URL, "SAPAR_CHANNELS="+path)
		if out, err := command.CombinedOutput(); err != nil {
			t.Errorf("%s%v\n%s", line, err, out)
		}
	}
	for _, name := range append(names, carriers.Kinds()...) {
		if !strings.HasPrefix(name, "kannel-") && !regexp.MustCompile(`8080/ussd/`+name+`\b`).MatchString(all) {
			t.Errorf("docs/carriers.md has no line for %s", name)
		}
	}
}

const secondSecret = "next-abcdefgh-12345678"

// twoSecrets is a channels file whose channels have a secret that is being changed.
func twoSecrets(t *testing.T, more string) string {
	t.Helper()
	path := channelsFile(t, "ussd:\n  - {name: ib, kind: infobip, secret_file: two, settings: {code: '*141#'}"+more+"}\n"+
		"sms:\n  - {name: at, kind: africastalking, secret_file: two, prefixes: []"+more+"}\n")
	if err := os.WriteFile(filepath.Join(filepath.Dir(path), "two"), []byte(secret+"\n"+secondSecret+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestTwoSecretsOpenAChannelAndOnlyItsAddressesMayCall(t *testing.T) {
	for _, c := range []struct {
		name, more, forwarded string
		status                int
	}{
		{"no list", "", "", 200},
		{"on the list", ", allow: [192.0.2.1, 127.0.0.0/8]", "", 200},
		{"not on the list", ", allow: [192.0.2.0/24]", "", 403},
		{"a proxy nobody trusts", ", allow: [192.0.2.0/24]", "192.0.2.7", 403},
		{"a trusted proxy", ", allow: [192.0.2.0/24], trusted_proxies: [127.0.0.1]", "198.51.100.1, 192.0.2.7", 200},
		{"a caller who says more than the proxy", ", allow: [192.0.2.0/24], trusted_proxies: [127.0.0.1]", "192.0.2.7, 198.51.100.1", 403},
		{"a trusted proxy that says nothing", ", allow: [192.0.2.0/24], trusted_proxies: [127.0.0.1]", "", 403},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := startServer(t, Config{Channels: twoSecrets(t, c.more)}, time.Now)
			for _, given := range []string{secret, secondSecret} {
				if got := r.forwarded(c.forwarded, "/ussd/ib/"+given+"/session/k/start", callbacks.JSONType, `{"msisdn":"996700000001","text":"*141#"}`); got != c.status {
					t.Errorf("dialled: %d, want %d", got, c.status)
				}
				if got := r.forwarded(c.forwarded, "/sms/at/"+given, formType, "id="+given+"&from=%2B996700000001&to=4040&text=MENU"); got != c.status {
					t.Errorf("texted: %d, want %d", got, c.status)
				}
			}
			if got := r.forwarded(c.forwarded, "/ussd/ib/session/k/start", callbacks.JSONType, `{}`); got != http.StatusNotFound {
				t.Errorf("without a secret: %d", got)
			}
		})
	}
}

// forwarded is the status a POST gets whose proxy, if there is one, says where it came from.
func (r *running) forwarded(from, path, contentType, body string) int {
	r.t.Helper()
	request, err := http.NewRequest(http.MethodPost, r.url+path, strings.NewReader(body))
	if err != nil {
		r.t.Fatal(err)
	}
	request.Header.Set("Content-Type", contentType)
	if from != "" {
		request.Header.Set("X-Forwarded-For", from)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		r.t.Fatal(err)
	}
	response.Body.Close()
	return response.StatusCode
}

func TestInfobipAsksForASessionAndEndsIt(t *testing.T) {
	r := startServer(t, Config{}, time.Now)
	at := r.url + "/ussd/infobip/session/k%201"
	for i, c := range []struct{ method, address, body, want string }{
		{"GET", at + "/status", "", `{"sessionActive":false,`},
		{"POST", at + "/start", `{"msisdn":"996700000001","text":"*141#"}`, `{"shouldClose":false,`},
		{"GET", at + "/status", "", `{"sessionActive":true,`},
		{"PUT", at + "/end", `{"exitCode":500,"reason":"user"}`, `{"responseExitCode":200,"responseMessage":""}`},
		{"GET", at + "/status", "", `{"sessionActive":false,`},
		{"PUT", at + "/end", `{}`, `{"responseExitCode":200,`},
		{"POST", at + "/status", "", "method: must be GET"},
		{"POST", at + "/begin", `{"msisdn":"996700000001","text":"1"}`, "address: must end in /start"},
		{"GET", r.url + "/ussd/form/session/k/status", "", "404"},
	} {
		request, err := http.NewRequest(c.method, c.address, strings.NewReader(c.body))
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Content-Type", callbacks.JSONType)
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(response.Body)
		response.Body.Close()
		if err != nil || !strings.HasPrefix(string(got), c.want) {
			t.Errorf("%d: %s %s got %q, %v; want %s", i, c.method, c.address[len(r.url):], got, err, c.want)
		}
	}
	if n := r.count("SELECT count(*) FROM sessions WHERE dropped_at IS NOT NULL"); n != 1 {
		t.Errorf("%d sessions were dropped", n)
	}
}

func TestExchangesAreShownMaskedAndNeverLogged(t *testing.T) {
	log, usual := &heard{}, slog.Default()
	slog.SetDefault(slog.New(slog.NewJSONHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug})))
	t.Cleanup(func() { slog.SetDefault(usual) })
	r := startServer(t, Config{Channels: twoSecrets(t, "")}, time.Now)
	at := "/ussd/ib/" + secret + "/session/996777313729"
	r.forwarded("", at+"/start", callbacks.JSONType, `{"msisdn":"996777313729","text":"*141*2*739158#","shortCode":"*141*739158#"}`)
	r.forwarded("", at+"/response", callbacks.JSONType, `{"msisdn":"996777313729","text":"739158"}`)
	r.forwarded("", at+"/response", callbacks.JSONType, `{"msisdn":"Kanykei","text":"1"}`)
	r.forwarded("", "/sms/at/"+secondSecret, formType, "id=m1&from=%2B996777313729&to=4040&text=739158")
	r.forwarded("", "/sms/at/"+secret+"x", formType, "id=m1&from=%2B996777313729&to=4040&text=739158")
	var shown string
	for channel, want := range map[string]int{"ussd/ib": 3, "sms/at": 2} {
		page := httptest.NewRecorder()
		r.adminServer().Handler.ServeHTTP(page, httptest.NewRequest(http.MethodGet, "/channels/"+channel, nil))
		var list []callbacks.Exchange
		if err := json.Unmarshal(page.Body.Bytes(), &list); err != nil || len(list) != want {
			t.Fatalf("%s: %d exchanges, %v", channel, len(list), err)
		}
		var printed bytes.Buffer
		for _, x := range list {
			slog.Info("an exchange", "exchange", x)
			printExchange(&printed, x)
		}
		shown += page.Body.String() + printed.String()
	}
	for _, want := range []string{"refused: phone: not a phone number", "refused: no such channel", "phone …29", "code *141*…#", "typed 6 letters", "session …29", "session m1"} {
		if !strings.Contains(shown, want) {
			t.Errorf("nothing shows %q:\n%s", want, shown)
		}
	}
	for _, hidden := range []string{"777313729", "739158", "Kanykei", secret, secondSecret} {
		if strings.Contains(shown, hidden) {
			t.Errorf("%s is shown", hidden)
		}
	}
	log.mu.Lock()
	logged := log.text.String()
	log.mu.Unlock()
	if strings.Contains(logged, "…29") || !strings.Contains(logged, "an exchange") {
		t.Errorf("logged: %s", logged)
	}
	page := httptest.NewRecorder()
	r.adminServer().Handler.ServeHTTP(page, httptest.NewRequest(http.MethodGet, "/channels/ussd/nobody", nil))
	if page.Code != http.StatusNotFound {
		t.Errorf("a channel that is not there: %d", page.Code)
	}
}

func TestACheckOfChannelsNamesEveryProblemWithItsPlace(t *testing.T) {
	path := channelsFile(t, `ussd:
  - {name: open, kind: hubtel}
  - {name: a, kind: infobop}
  - {name: b, kind: hubtel, timeout: 9s}
  - {name: c, kind: hubtel, allow: [10.0.0.1/8]}
sms:
  - {name: d, kind: twilio}
  - {name: log, kind: log, timeout: 1m}
`)
	var out bytes.Buffer
	check := program(t, []string{"SAPAR_LISTEN=0.0.0.0:80"}, "channels", "check", path)
	check.Stdout = &out
	if err := check.Run(); err == nil {
		t.Error("it did not exit with 1")
	}
	for _, want := range []string{
		":3:15: no such kind of carrier; there are ", ":4:29: a timeout is 1.5s to 3s here", ":5:37: is neither an address nor a network", ":7:", ":8:28: a timeout is 1s to 20s here",
	} {
		if !strings.Contains(out.String(), path+want) {
			t.Errorf("nothing is said of %s:\n%s", want, out.String())
		}
	}
	good := channelsFile(t, "ussd:\n  - {name: open, kind: hubtel}\n")
	for listen, ok := range map[string]bool{"127.0.0.1:80": true, "0.0.0.0:80": false} {
		check := program(t, []string{"SAPAR_LISTEN=" + listen, "SAPAR_CHANNELS=" + good}, "channels", "check")
		if out, err := check.CombinedOutput(); (err == nil) != ok || !ok && !strings.Contains(string(out), ":2:6: the channel has no secret") {
			t.Errorf("%s: %v\n%s", listen, err, out)
		}
	}
}

func TestATryShowsWhatTravelsWithoutTheSecret(t *testing.T) {
	path := twoSecrets(t, "")
	r := startServer(t, Config{Channels: path}, time.Now)
	settings := []string{"SAPAR_URL=" + r.url, "SAPAR_CHANNELS=" + path}
	out, err := program(t, settings, "channels", "try", "ib").CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, want := range []string{"POST /ussd/ib/‹secret›/session/", `"text":"*141#"`, "### answered after ", `{"shouldClose":true,`, "4 exchanges, the slowest took "} {
		if !strings.Contains(string(out), want) {
			t.Errorf("it does not show %s:\n%s", want, out)
		}
	}
	if strings.Contains(string(out), secret) || strings.Contains(string(out), "as recorded") {
		t.Errorf("the secret is shown, or the screens of a new phone were not as recorded:\n%s", out)
	}
	if out, err := program(t, settings, "channels", "try", "nobody").CombinedOutput(); err == nil {
		t.Errorf("a channel that is not there: %s", out)
	}
}
