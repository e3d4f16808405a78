package smpp_test

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// long is for make faults: whole forms by fifty at once, more people in more kills.
var long = os.Getenv("SAPAR_LONG") != ""

func TestOverSMPP(t *testing.T) {
	n := newNetwork(t)
	capture := n.capture()
	n.startKannel()
	for _, test := range []struct {
		name string
		test func(*testing.T, *network)
	}{
		{"a subscriber walks to a consulate in Kyrgyz", consulate},
		{"a referral is filed, dropped and taken up", referral},
		{"what is brought twice changes nothing", broughtTwice},
		{"what cannot be understood is answered with a screen", notUnderstood},
		{"a session as TATA speaks and one as 6D", inOtherManners},
		{"fifty at once get their own screens only", fifty},
		{"a keyword is texted and a long text comes back", texted},
		{"Kannel is killed in the middle", killed},
	} {
		t.Run(test.name, func(t *testing.T) { n.t = t; test.test(t, n) })
	}
	n.t = t
	t.Run("tshark decodes all of it", capture.decode)
	n.times(t)
	if refused := strings.Count(n.log.String(), "a callback was refused"); refused != 1 {
		t.Errorf("%d callbacks were refused, not the one that was to be", refused)
	}
	if open := n.count("SELECT count(*) FROM sessions s WHERE turn <> (SELECT count(*) FROM turns WHERE session_id = s.id)"); open > 0 {
		t.Errorf("%d sessions have a gap in their turns", open)
	}
}

// pick chooses an item by its words, on whichever page it is.
func (s *subscriber) pick(screen pdu, words string) (pdu, error) {
	for range 10 {
		for line := range strings.Lines(screen.Text) {
			if key, label, ok := strings.Cut(line, " "); ok && strings.Contains(label, words) && len(key) < 3 {
				return s.answer(key)
			}
		}
		var err error
		if screen, err = s.answer("99"); err != nil {
			return screen, err
		}
	}
	return screen, fmt.Errorf("no page has an item with %s", words)
}

// picks chooses one item after the other.
func (s *subscriber) picks(screen pdu, items ...string) (pdu, error) {
	var err error
	for _, words := range items {
		if screen, err = s.pick(screen, words); err != nil {
			break
		}
	}
	return screen, err
}

func consulate(t *testing.T, n *network) {
	s := n.subscriber(1)
	screen, err := s.kyrgyz()
	if err == nil {
		screen, err = s.picks(screen, "Консулдук", "аймак", "Москва")
	}
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(screen.Text, "Москва элчилиги") || screen.Coding != 8 {
		t.Errorf("the consulate is %+v", screen)
	}
	if screen, err = s.answer("000"); err != nil || *screen.Op != 17 {
		t.Errorf("the last screen is %+v, %v", screen, err)
	}
	t.Logf("a session in Kyrgyz:\n%s", strings.Join(s.talk, "\n"))
	s = n.subscriber(1)
	s.session = 200 // the language is remembered
	if screen, err = s.dial(); err != nil || !strings.Contains(screen.Text, "Консулдук") {
		t.Errorf("the next time it begins with %+v, %v", screen, err)
	}
	if screen, err = s.answer("Каяктасың ңөү"); err != nil || screen.Coding != 8 {
		t.Errorf("letters that are typed are answered with %+v, %v", screen, err)
	}
}

// reference is the number of what was filed.
var reference = regexp.MustCompile(`\d{3}-\d{3}-\d{4}`)

// file fills in the form of a dialogue. After some of its answers the call is lost, and the next one goes on.
func (s *subscriber) file(answers []string, lost int) error {
	if _, err := s.walk(answers[:lost]...); err != nil {
		return err
	}
	s.hangUp()
	screen, err := s.dial()
	if err != nil {
		return err
	}
	if !strings.HasPrefix(screen.Text, "1 ") && !strings.Contains(screen.Text, "\n1 ") || strings.Contains(screen.Text, "Консулдук") {
		return fmt.Errorf("what was dropped is not offered: %q", screen.Text)
	}
	if screen, err = s.answer("1"); err == nil {
		screen, err = s.walk(answers[lost:]...)
	}
	if err == nil && !reference.MatchString(strings.Join(s.talk, "\n")) {
		err = fmt.Errorf("there is no number on %q", screen.Text)
	}
	return err
}

const filed = "SELECT count(*) FROM applications"

func referral(t *testing.T, n *network) {
	before := n.count(filed)
	s := n.subscriber(2)
	if _, err := s.kyrgyz(); err != nil {
		t.Fatal(err)
	}
	answers := answersOf(t, "guardian-form-ky.txt")
	if err := s.file(answers, slices.Index(answers, "Самаркандек")+1); err != nil {
		t.Fatal(err)
	}
	if now := n.count(filed); now != before+1 {
		t.Errorf("%d applications were filed", now-before)
	}
	if dropped := n.count("SELECT count(*) FROM sessions WHERE dropped_at IS NOT NULL"); dropped != 1 {
		t.Errorf("%d sessions were told to be over", dropped)
	}
	if left := n.smsc.more(dialled, s.number); left != 0 {
		t.Errorf("there were %d more screens, one for the hang-up among them", left)
	}
}

const turned = "SELECT count(*) FROM turns"

func broughtTwice(t *testing.T, n *network) {
	before, filings := n.count(turned), n.count(filed)
	s := n.subscriber(3)
	s.twice = true
	answers := append([]string{"1"}, answersOf(t, "guardian-form-ky.txt")...)
	if _, err := s.dial(); err != nil {
		t.Fatal(err)
	}
	if _, err := s.walk(answers...); err != nil {
		t.Fatal(err)
	}
	if now := n.count(turned); now != before+1+len(answers) {
		t.Errorf("%d messages, each brought twice, made %d turns", 1+len(answers), now-before)
	}
	if now := n.count(filed); now != filings+1 {
		t.Errorf("%d applications were filed", now-filings)
	}
}

// notUnderstood brings an op that means nothing here. The phone gets a last screen, in its session, and nothing is stored.
func notUnderstood(t *testing.T, n *network) {
	before := n.count(turned)
	s := n.subscriber(6)
	screen, err := s.say(3, "1")
	if err != nil || *screen.Op != 17 || !strings.Contains(screen.Text, "Позже") {
		t.Errorf("the screen is %+v, %v", screen, err)
	}
	if now := n.count(turned); now != before {
		t.Errorf("%d turns were stored", now-before)
	}
}

// inOtherManners plays a session in which nothing counts the steps, and in which the end has another op.
func inOtherManners(t *testing.T, n *network) {
	for i, m := range []manner{tata, sixD} {
		s := n.subscriber(10 + i)
		s.manner = m
		screen, err := s.kyrgyz()
		if err == nil {
			screen, err = s.picks(screen, "Консулдук", "аймак")
		}
		if err == nil {
			screen, err = s.answer("000")
		}
		if err != nil || *screen.Op != m.end || screen.Info[3] != '3' {
			t.Errorf("%s: the last screen is %+v, %v", m.bind, screen, err)
		}
		s.hangUp()
		if left := n.smsc.more(m.bind, s.number); left > 0 {
			t.Errorf("%s: %d more screens", m.bind, left)
		}
	}
}

// atOnce has many people do something, each in a session of their own, and reports what went wrong.
func (n *network) atOnce(from, people int, do func(s *subscriber, i int) error) {
	n.t.Helper()
	var all sync.WaitGroup
	for i := range people {
		all.Go(func() {
			if err := do(n.subscriber(from+i), i); err != nil {
				n.t.Error(err)
			}
		})
	}
	all.Wait()
}

func fifty(t *testing.T, n *network) {
	answers := answersOf(t, "guardian-form-ky.txt")
	place := slices.Index(answers, "Самаркандек")
	if !long {
		answers = answers[:place+1] // the place stands in the review, which is far away
	}
	n.atOnce(100, 50, func(s *subscriber, i int) error {
		own := ownVillage(i)
		mine := slices.Clone(answers)
		mine[place] = own
		if _, err := s.kyrgyz(); err != nil {
			return err
		}
		if _, err := s.walk(mine...); err != nil {
			return err
		}
		s.hangUp()
		if n.smsc.more(dialled, s.number) > 0 {
			return fmt.Errorf("%s has more screens than it asked for", s.number)
		}
		return s.knows(own)
	})
}

var village = regexp.MustCompile(`Айыл-\d{6}`)

// ownVillage is as long as the one of the dialogue, so that the review has the same pages.
func ownVillage(i int) string { return fmt.Sprintf("Айыл-%06d", i) }

// knows sees that no screen but one's own was shown: whoever's place stands on it.
func (s *subscriber) knows(own string) error {
	for _, place := range village.FindAllString(strings.Join(s.talk, "\n"), -1) {
		if place != own {
			return fmt.Errorf("%s was shown %s", s.number, place)
		}
	}
	return nil
}

// times prints how long a message takes through Kannel and Sapar, and how much of it is Sapar's.
func (n *network) times(t *testing.T) {
	s := n.subscriber(4)
	if _, err := s.kyrgyz(); err != nil {
		t.Fatal(err)
	}
	n.mu.Lock()
	n.took = nil
	n.mu.Unlock()
	s.took = nil
	for range 20 {
		if _, err := s.walk("2", "00"); err != nil {
			t.Fatal(err)
		}
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	whole := median(s.took)
	var own []float64
	for _, d := range n.took {
		own = append(own, float64(d)/float64(time.Millisecond))
	}
	t.Logf("from deliver_sm to submit_sm: median %.1f ms of %d, of which Sapar %.1f ms (HTTP, turn and commit)", whole, len(s.took), median(own))
}

func median(of []float64) float64 {
	slices.Sort(of)
	return of[len(of)/2]
}
