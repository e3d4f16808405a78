package main

import (
	"context"
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base64"
	"encoding/xml"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"sapar/database"
	"sapar/menus"
	"sapar/menus/dialogues"
	"sapar/people"
	"sapar/sms"
)

var update = flag.Bool("update", false, "rewrite the texted dialogues with what the phone gets now")

// The Twilio account of these tests.
const (
	twilioAccount = "AC00000000000000000000000000000001"
	twilioToken   = "0123456789abcdef0123456789abcdef"
	twilioPublic  = "https://sapar.example"
)

// textingPhone plays a conversation by texting through a carrier's real form. A code is dialled through a carrier of calls.
type textingPhone struct {
	carrierPhone
	door string // the kind of the SMS channel, and its name
	sent int
	read uuid.UUID // the latest message of the outbox that was looked at
}

// Dial begins a call; what is typed goes there until it ends.
func (p *textingPhone) Dial(code string) (menus.Screen, error) {
	screen, err := p.carrierPhone.Dial(code)
	return p.hungUp(screen), err
}

// Later lets time pass; no call lasts as long. In a day or more what was to be reminded of is sent.
func (p *textingPhone) Later(d time.Duration) {
	p.call = nil
	p.carrierPhone.Later(d)
	if d < 24*time.Hour {
		return
	}
	if _, err := p.errands.deadlines.Remind(context.Background(), p.now()); err != nil {
		p.t.Error(err)
	}
	_, err := p.owner.Exec("UPDATE outbox SET status = 'sent', attempt = 1 WHERE key LIKE 'remind/%' AND status = 'pending' AND send_after <= $1", p.now())
	if err != nil {
		p.t.Error(err)
	}
}

func (p *textingPhone) hungUp(screen menus.Screen) menus.Screen {
	if screen.End {
		p.call = nil
	}
	return screen
}

// Type presses keys in a call, and else texts a quarter of a minute later: nobody is answered twice in ten seconds.
func (p *textingPhone) Type(input string) (menus.Screen, error) {
	if p.call != nil {
		screen, err := p.carrierPhone.Type(input)
		return p.hungUp(screen), err
	}
	p.Later(15 * time.Second)
	p.sent++
	request, err := p.request(fmt.Sprintf("SM%s%020x", p.number[1:], p.sent), input)
	if err != nil {
		return menus.Screen{}, err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return menus.Screen{}, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return menus.Screen{}, err
	}
	if response.StatusCode != http.StatusOK {
		return menus.Screen{}, fmt.Errorf("%q: status %d, %s", input, response.StatusCode, body)
	}
	text, err := p.reply(body)
	if parts := sms.Segments(text); parts > 2 {
		return menus.Screen{}, fmt.Errorf("%q is answered with %d parts of a message", input, parts)
	}
	return menus.Screen{Text: text}, err
}

// request is a text as the carrier posts it.
func (p *textingPhone) request(id, text string) (*http.Request, error) {
	path := "/sms/" + p.door
	fields := map[string]string{"id": id, "from": p.number, "to": "4141", "text": text}
	switch p.door {
	case "kannel":
		fields["charset"] = "UTF-8"
		return http.NewRequest(http.MethodGet, p.url+path+"?"+encode(fields), http.NoBody)
	case "twilio":
		fields = map[string]string{
			"MessageSid": id, "SmsMessageSid": id, "SmsSid": id, "AccountSid": twilioAccount, "ApiVersion": "2010-04-01", "From": p.number, "To": "4141",
			"FromCountry": "KG", "ToCountry": "KG", "Body": text, "NumMedia": "0", "NumSegments": "1", "SmsStatus": "received",
		}
	}
	request, err := http.NewRequest(http.MethodPost, p.url+path, strings.NewReader(encode(fields)))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Content-Type", formType)
	request.Header.Set("X-Twilio-Signature", twilioSignature(twilioPublic+path, fields))
	return request, nil
}

func encode(fields map[string]string) string {
	values := url.Values{}
	for name, value := range fields {
		values.Set(name, value)
	}
	return values.Encode()
}

// twilioSignature is made after twilio.com/docs/usage/security (2026-11-21): the address, then every field by its name.
func twilioSignature(address string, fields map[string]string) string {
	mac := hmac.New(sha1.New, []byte(twilioToken))
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		address += name + fields[name]
	}
	mac.Write([]byte(address))
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// reply is what the phone gets: it stands in the carrier's answer, or in the outbox.
func (p *textingPhone) reply(body []byte) (string, error) {
	switch p.door {
	case "form":
		return string(body), nil
	case "twilio":
		var twiml struct {
			Messages []string `xml:"Message"`
		}
		err := xml.Unmarshal(body, &twiml)
		return strings.Join(twiml.Messages, ""), err
	}
	texts, err := p.outgoing("reply/")
	return strings.Join(texts, ""), err
}

// Inbox reads what was sent to the phone beside the answers to texts.
func (p *textingPhone) Inbox() ([]string, error) { return p.outgoing("asked/", "remind/") }

// outgoing are the messages to this phone that were queued since it was last looked, in clear.
func (p *textingPhone) outgoing(keys ...string) ([]string, error) {
	var rows []struct {
		ID       uuid.UUID `db:"id"`
		PersonID people.ID `db:"person_id"`
		Key      string    `db:"key"`
		Text     []byte    `db:"text"`
	}
	err := p.owner.Select(&rows, `SELECT o.id, o.person_id, o.key, o.text FROM outbox o JOIN people p ON p.id = o.person_id
		WHERE p.phone_hash = $1 AND o.status <> 'cancelled' AND o.id > $2 ORDER BY o.id`, p.keys.Hash("phone", p.number), p.read)
	var texts []string
	for _, row := range rows {
		p.read = row.ID
		if !slices.ContainsFunc(keys, func(key string) bool { return strings.HasPrefix(row.Key, key) }) {
			continue
		}
		text, err := p.keys.Open(row.Text, sms.TextContext(row.PersonID, sms.Reply))
		if err != nil {
			return nil, err
		}
		texts = append(texts, string(text))
	}
	return texts, err
}

// textedChannels writes a channels file: the built-in ones, and Twilio's with a token of these tests.
func textedChannels(t *testing.T) string {
	t.Helper()
	var all []byte
	for _, path := range []string{"../../ussd/channels.yaml", "../../sms/channels.yaml"} {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, text...)
	}
	all = fmt.Appendf(all, "  - {name: twilio, kind: twilio, prefixes: [], settings: {account_sid: %s, auth_token_file: token}}\n", twilioAccount)
	path := filepath.Join(t.TempDir(), "channels.yaml")
	for name, text := range map[string][]byte{path: all, filepath.Join(filepath.Dir(path), "token"): []byte(twilioToken)} {
		if err := os.WriteFile(name, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return path
}

func TestTextedDialoguesThroughEveryCarrier(t *testing.T) {
	var clock atomic.Int64
	config := Config{Channels: textedChannels(t), PublicURL: twilioPublic, DatabaseURL: database.NewURL(t)}
	r := startServer(t, config, func() time.Time { return dialogues.Day.Add(time.Duration(clock.Load())) })
	names, err := fs.Glob(dialogues.Files, "sms/*.txt")
	if err != nil || len(names) < 25 {
		t.Fatalf("%d texted dialogues, %v", len(names), err)
	}
	doors := []string{"form", "africastalking", "kannel", "twilio"}
	if *update {
		doors = doors[:1]
	}
	for d, door := range doors {
		for i, name := range names {
			t.Run(door+"/"+strings.TrimSuffix(filepath.Base(name), ".txt"), func(t *testing.T) {
				clock.Store(0)
				number := fmt.Sprintf("+9967%02d0000%02d", i, d) // a range of numbers of its own, so that no daily cap counts them together
				phone := &textingPhone{carrierPhone: carrierPhone{running: r, clock: &clock, channel: "africastalking", number: number}, door: door}
				replay(t, name, phone)
			})
		}
	}
	r.checkChains()
}

// replay plays a texted dialogue and compares it with its file, or writes the file.
func replay(t *testing.T, name string, phone dialogues.Phone) {
	t.Helper()
	want, err := fs.ReadFile(dialogues.Files, name)
	if err != nil {
		t.Fatal(err)
	}
	got, err := dialogues.Play(string(want), phone)
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(filepath.Join("../../menus/dialogues", name), []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if got != string(want) {
		t.Errorf("the phone shows:\n%s\nthe file says:\n%s", got, want)
	}
}
