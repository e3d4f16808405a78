package main

import (
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"sapar/sms/testcarrier"
)

// loadNumbers are canaries too: phones that dial and text at random, each through one door after the other.
var loadNumbers = []string{
	"+996777313001", "+996777313112", "+996777313223", "+996777313334", "+996777313445", "+996777313556", "+79777313667", "+79777313778",
}

// everyDoor runs a server with a channel of every kind; it sends to a carrier of the test.
func everyDoor(t *testing.T) *running {
	t.Helper()
	carrier := testcarrier.Start(t)
	dialled, err := os.ReadFile(filepath.Join(root, "ussd", "channels.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	all := string(dialled) + fmt.Sprintf(sendingChannel, carrier.URL) + `  - {name: africastalking, kind: africastalking, prefixes: []}
  - {name: kannel, kind: kannel, prefixes: []}
` + fmt.Sprintf("  - {name: twilio, kind: twilio, prefixes: [], settings: {account_sid: %s, auth_token_file: token}}\n", twilioAccount)
	path := channelsFile(t, all)
	if err := os.WriteFile(filepath.Join(filepath.Dir(path), "token"), []byte(twilioToken), 0o600); err != nil {
		t.Fatal(err)
	}
	return startServer(t, Config{Channels: path, PublicURL: twilioPublic}, time.Now)
}

var textDoors = []string{"form", "africastalking", "kannel", "twilio"}

// load has hundreds of dialogues at once, dialled and texted, which type what is planted wherever they come. It returns how many there were, and
// all that was refused.
func (r *running) load(dialogues int) (had int, said string) {
	r.t.Helper()
	var mu sync.Mutex
	var group sync.WaitGroup
	for i, number := range loadNumbers {
		group.Go(func() {
			c := &crowd{running: r, number: number, random: rand.New(rand.NewPCG(7, uint64(i)))}
			for n := range dialogues / len(loadNumbers) / 2 {
				c.dials(n)
				c.texts(n)
			}
			mu.Lock()
			defer mu.Unlock()
			had, said = had+c.had, said+c.said
		})
	}
	group.Wait()
	return had, said
}

// crowd is somebody who presses and texts anything.
type crowd struct {
	*running
	number string
	random *rand.Rand
	had    int
	said   string // what was refused
}

// typed is what the crowd types besides the keys of a screen.
var typed = []string{canaryName, canaryPrivate, canaryText, canaryTyped, canaryPIN, canaryCity, "1", "2018", "01012026", "99", "0", "00"}

var itemKeys = regexp.MustCompile(`(?m)^(\d+) `)

// dials walks through the menus: now a key that is shown, now something planted; some hang up in the middle, and some callbacks come twice.
func (c *crowd) dials(n int) {
	h := c.phone([]string{"africastalking", "form"}[n%2], c.number)
	h.session.Key = fmt.Sprintf("%s-%s-%d", canarySessionKey, c.number, n)
	reply, err := h.press("")
	for step := 0; err == nil && !reply.End && step < 9; step++ {
		keys := itemKeys.FindAllStringSubmatch(reply.Text, -1)
		press := typed[c.random.IntN(len(typed))]
		if len(keys) > 0 && c.random.IntN(4) > 0 {
			press = keys[c.random.IntN(len(keys))][1]
		}
		if reply, err = h.press(press); err == nil && c.random.IntN(8) == 0 {
			_, err = c.resend(h)
		}
	}
	if err != nil {
		c.t.Errorf("dialogue %d: %v", n, err)
	}
	c.had++
}

// texts sends a text through one of the doors, and one that is broken.
func (c *crowd) texts(n int) {
	words := slices.Concat(typed, []string{"консул", "опека", "STOP", "START", "my requests", "STOP " + canaryName})
	p := &textingPhone{carrierPhone: carrierPhone{running: c.running, number: c.number}, door: textDoors[n%len(textDoors)]}
	for i := range 2 {
		id := fmt.Sprintf("SM%012d%020x", slices.Index(loadNumbers, c.number), n*2+i)
		if status, _ := c.send(p.request(id, words[c.random.IntN(len(words))])); status != http.StatusOK {
			c.t.Errorf("a text through %s: status %d", p.door, status)
		}
	}
	broken, err := p.request("", canaryForged+" "+canaryText)
	status, said := c.send(broken, err)
	if status < 400 {
		c.t.Errorf("a broken text through %s: status %d", p.door, status)
	}
	c.said += said
	c.had++
}

func (c *crowd) send(request *http.Request, err error) (status int, said string) {
	if err != nil {
		c.t.Error(err)
		return 0, ""
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		c.t.Error(err)
		return 0, ""
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		c.t.Error(err)
	}
	return response.StatusCode, strings.TrimSpace(string(text)) + "\n"
}
