package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"sapar/sms/testcarrier"
	"sapar/ussd"
)

// startSending runs a server that is dialled through the built-in channels and sends to a carrier of the test.
func startSending(t *testing.T, clock func() time.Time) *running {
	t.Helper()
	carrier := testcarrier.Start(t)
	dialled, err := os.ReadFile(filepath.Join(root, "ussd", "channels.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	path := channelsFile(t, string(dialled)+fmt.Sprintf(sendingChannel, carrier.URL))
	return startServer(t, Config{Channels: path}, clock)
}

// reader is somebody who reads the screens of a phone in English and presses what they say, wherever it stands.
type reader struct {
	t      testing.TB
	send   func(typed string) (ussd.Reply, error)
	screen string
	ended  bool
}

// dials begins a call at the start of the menus, in English when the phone is new.
func (r *running) dials(channel, number string) *reader {
	r.t.Helper()
	h := r.phone(channel, number)
	x := &reader{t: r.t, send: h.press}
	if x.press(""); strings.Contains(x.screen, "4 English") {
		x.press("4")
	}
	if strings.Contains(x.screen, "2 Start over") {
		x.press("2")
	}
	return x
}

func (x *reader) press(typed string) {
	x.t.Helper()
	reply, err := x.send(typed)
	if err != nil {
		x.t.Fatal(err)
	}
	x.screen, x.ended = reply.Text, reply.End
}

// choose presses the items with these labels one after the other, and turns pages to find them.
func (x *reader) choose(labels ...string) {
	x.t.Helper()
	for _, label := range labels {
		item := regexp.MustCompile(`(?m)^(\d+) \+? ?` + regexp.QuoteMeta(label) + `\b`)
		for !item.MatchString(x.screen) {
			if !x.more() {
				x.t.Fatalf("there is no %q on\n%s", label, x.screen)
			}
			x.press("99")
		}
		x.press(item.FindStringSubmatch(x.screen)[1])
	}
}

// more reports whether there is another page.
func (x *reader) more() bool {
	return strings.Contains(x.screen[strings.LastIndexByte(x.screen, '\n')+1:], "99 ")
}

var firstItem = regexp.MustCompile(`(?m)^1 (.+)$`)

// fill answers the questions of a form: the PIN where one is asked, the first of what is to choose, and else the first of some answers that
// is taken. It confirms the review, and returns the last screen.
func (x *reader) fill(pin string, answers ...string) string {
	x.t.Helper()
	next, asked := 0, ""
	for range 150 {
		item := firstItem.FindStringSubmatch(x.screen)
		switch {
		case item != nil && item[1] == "Send":
			x.press("1")
			return x.screen
		case strings.Contains(x.screen, "PIN: ****"): // of a review
			x.press("99")
		case strings.Contains(x.screen, "4-6 digits") || strings.Contains(x.screen, "same PIN"):
			x.press(pin)
		case item != nil && !strings.Contains(item[1], "skip") && !strings.Contains(item[1], "Without"):
			x.press("1")
		case x.more() && item == nil:
			x.press("99")
		default:
			if question := question(x.screen); question != asked {
				next, asked = 0, question
			}
			x.press(answers[next%len(answers)])
			next++
		}
	}
	x.t.Fatalf("the form has no end:\n%s", x.screen)
	return ""
}

// question is the line of a screen that asks.
func question(screen string) string {
	lines := slices.DeleteFunc(strings.Split(screen, "\n"), func(line string) bool { return line == "" || line[0] >= '0' && line[0] <= '9' })
	if len(lines) == 0 {
		return ""
	}
	return lines[len(lines)-1]
}

// forms are the ways to the forms of the main tree, by the kind they file.
var forms = map[string][]string{
	"guardianship":  {"Children", "Temporary guardian", "Ask a social worker"},
	"child_abroad":  {"Children", "Child left abroad", "Leave a message"},
	"rights_report": {"Rights", "Report a violation"},
	"detained":      {"Rights", "Detained", "Leave a message"},
	"complaint":     {"Rights", "Complaint: official", "Write a complaint"},
	"callback":      {"Call me back"},
}
