package smpp_test

import (
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"sapar/menus"
	"sapar/menus/dialogues"
)

// The binds of Kannel, by their system_id.
const dialled, texting = "sapar", "saparsms"

// manner is how an SMSC speaks.
type manner struct {
	bind        string
	steps       bool // the second octet of its_session_info counts them
	goOn, end   int  // what a submit_sm has for an op
	destination string
	source      string // of what comes back
}

var (
	standard = manner{dialled, true, 2, 17, "*141#", "*141#"}
	tata     = manner{"sapartata", false, 2, 2, "*141#", "*141#"}
	sixD     = manner{"sapar6d", false, 2, 23, "141", "141"}
)

// subscriber is a phone in the network of the SMSC.
type subscriber struct {
	manner
	n       *network
	number  string // without the plus
	session byte
	step    byte
	talk    []string // the transcript
	took    []float64
	wait    time.Duration // how long the network waits for a screen
	over    string        // the session that was lost, in hexadecimal digits
	shown   string        // what the latest screen belongs to, where the network drops one that comes again
	twice   bool          // every deliver_sm is brought twice, as after an acknowledgement that got lost
}

func (n *network) subscriber(i int) *subscriber {
	return &subscriber{manner: standard, n: n, number: fmt.Sprintf("99670%07d", i), session: byte(37 * i), wait: patience}
}

// dial begins another session.
func (s *subscriber) dial() (pdu, error) {
	s.session, s.step = s.session+1, 0
	return s.say(1, "*141#")
}

func (s *subscriber) answer(text string) (pdu, error) {
	s.step++
	return s.say(18, text)
}

// hangUp tells that the person is gone.
func (s *subscriber) hangUp() {
	s.step++
	s.deliver(129, "")
}

func (s *subscriber) deliver(op int, text string) (pdu, string) {
	p := pdu{
		ServiceType: "USSD", Source: s.number, SourceTON: 1, SourceNPI: 1, Destination: s.destination, DestNPI: 1, Text: text, Op: &op,
		Info: fmt.Sprintf("%02x%02x", s.session, s.step<<1), Reference: ref(0x1200 + int(s.session)),
	}
	if !s.steps {
		p.Info = fmt.Sprintf("%02x02", s.session)
	}
	if menus.Measure(text).Wide {
		p.Coding = 8
	}
	s.note("deliver_sm", p)
	return p, s.n.smsc.deliver(s.bind, p)
}

func ref(n int) *int { return &n }

// say brings a message and takes the screen that answers it.
func (s *subscriber) say(op int, text string) (pdu, error) {
	asked, id := s.deliver(op, text)
	if s.twice {
		s.n.smsc.deliver(s.bind, asked)
	}
	got, err := s.n.smsc.next(s.bind, s.number, s.wait)
	for err == nil && s.stale(got) {
		got, err = s.n.smsc.next(s.bind, s.number, s.wait)
	}
	if err != nil {
		return got, fmt.Errorf("step %d of %s: %w", s.step, s.number, err)
	}
	s.shown = got.Info
	s.note("submit_sm ", got)
	s.took = append(s.took, got.at-s.n.smsc.sentAt(id))
	if s.twice {
		again, err := s.n.smsc.next(s.bind, s.number, s.wait)
		if err != nil || again.Text != got.Text || again.Info != got.Info || *again.Op != *got.Op {
			return got, fmt.Errorf("brought twice, step %d was answered with %+v and %+v, %w", s.step, got, again, err)
		}
	}
	return got, s.fits(asked, got)
}

// stale reports whether the network drops a screen: its session was lost, or it was shown before Kannel was killed. Of what Kannel had sent
// when it was killed, and not yet seen acknowledged, it sends a second copy.
func (s *subscriber) stale(got pdu) bool {
	if s.over != "" && strings.HasPrefix(got.Info, s.over) {
		return true
	}
	if s.wait == patience || s.shown != got.Info {
		return false
	}
	s.n.copies.Add(1)
	return true
}

func (s *subscriber) note(what string, p pdu) {
	s.talk = append(s.talk, fmt.Sprintf("%s %s op=%d its_session_info=%s user_message_reference=%d service_type=%s dcs=%d %s/%d/%d → %s/%d/%d %q",
		what, fmt.Sprintf("%3d units", len(utf16.Encode([]rune(p.Text)))), *p.Op, p.Info, *p.Reference, p.ServiceType, p.Coding,
		p.Source, p.SourceTON, p.SourceNPI, p.Destination, p.DestTON, p.DestNPI, p.Text))
}

// fits reports what of a submit_sm does not belong to the deliver_sm it answers.
func (s *subscriber) fits(asked, got pdu) error {
	if got.Op == nil || got.Reference == nil || len(got.Info) != 4 {
		return fmt.Errorf("a submit_sm without TLVs: %+v", got)
	}
	size, coding := menus.Measure(got.Text), 0
	if size.Wide {
		coding = 8
	}
	switch {
	case !s.same(asked.Info, got), *got.Reference != *asked.Reference, got.Vendor != asked.Vendor:
		return fmt.Errorf("the session is lost: asked in %+v, answered in %+v", asked, got)
	case got.ServiceType != "USSD", got.Source != s.source, got.SourceTON != 0, got.SourceNPI != 1, got.DestTON != 1, got.DestNPI != 1, got.ESMClass != 0:
		return fmt.Errorf("a submit_sm in another form: %+v", got)
	case got.Coding != coding, got.UDH != "", !(menus.Limit{Septets: 182, Units: 80}).Holds(size), got.Text == "":
		return fmt.Errorf("a screen that does not arrive whole: %+v", got)
	}
	return nil
}

// same reports whether the session of a submit_sm is the one that asked; where it ends, its lowest bit is set.
func (s *subscriber) same(info string, got pdu) bool {
	if got.Info == info {
		return *got.Op == s.goOn
	}
	var asked, answered int
	_, err := fmt.Sscanf(info+" "+got.Info, "%x %x", &asked, &answered)
	return err == nil && answered == asked|1 && *got.Op == s.end
}

// walk types answers, and returns the last screen.
func (s *subscriber) walk(answers ...string) (pdu, error) {
	var screen pdu
	for _, typed := range answers {
		var err error
		if screen, err = s.answer(typed); err != nil {
			return screen, err
		}
	}
	return screen, nil
}

// kyrgyz dials for the first time and chooses the language.
func (s *subscriber) kyrgyz() (pdu, error) {
	if _, err := s.dial(); err != nil {
		return pdu{}, err
	}
	return s.answer("1")
}

// answersOf are what is typed in a dialogue after the dial.
func answersOf(t testing.TB, name string) []string {
	t.Helper()
	text, err := fs.ReadFile(dialogues.Files, name)
	if err != nil {
		t.Fatal(err)
	}
	var typed []string
	for line := range strings.Lines(string(text)) {
		if answer, ok := strings.CutPrefix(line, "> "); ok && answer != "*141#\n" {
			typed = append(typed, strings.TrimSuffix(answer, "\n"))
		}
	}
	return typed
}
