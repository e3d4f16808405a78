package smpp_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// networkWaits is how long a person looks at an empty screen before the network ends the session. Kannel is back before that.
const networkWaits = 6 * time.Second

// through reports whether texts were answered, and Kannel has reported that the SMSC took every message: what it holds of them when it is killed
// it may send twice. What smsbox has just taken from bearerbox and not yet brought to Sapar is lost with it, and so was, now and then, what came
// between the starts of the two: Kannel had acknowledged it. So texts are let through before a kill, and others come when both boxes are there.
func (n *network) through(replies int) bool {
	return n.count(replied) == replies && n.count("SELECT count(*) FROM outbox WHERE status IN ('pending', 'submitting', 'accepted')") == 0
}

// killed kills Kannel while people fill in a form, and while texts wait for their reports.
func killed(t *testing.T, n *network) {
	people, kills := 5, 1
	if long {
		people, kills = 30, 5
	}
	n.smsc.receipts(false)
	before := n.count(replied)
	n.textAll(people, 1000)
	n.eventually("all texts are answered", func() bool { return n.through(before + people) })
	turns, filings := n.count(turned), n.count(filed)
	var all sync.WaitGroup
	all.Go(func() { n.fillIn(people) })
	for i := range kills {
		reached := turns + (i+1)*people*20/(kills+1)
		n.eventually(fmt.Sprintf("turns and texts before kill %d", i+1), func() bool { return n.count(turned) >= reached && n.through(before+people*(1+i)) })
		n.kill()
		n.smsc.await("unbound", dialled, i+1)
		n.startKannel()
		n.textAll(people, 2000+100*i)
	}
	all.Wait()
	t.Logf("%d kills in the middle of %d sessions: %d screens were lost with smsbox, and their people dialled again; Kannel sent %d screens twice", kills, people, n.lost.Load(), n.copies.Load())
	if now := n.count(filed) - filings; now != people {
		t.Errorf("%d people filed %d applications", people, now)
	}
	n.eventually("all texts are answered", func() bool { return n.count(replied) == before+people*(1+kills) })
	n.smsc.receipts(true)
	n.delivered(before + people*(1+kills))
	for i := range kills {
		n.hearAll(people, 2000+100*i)
	}
	n.hearAll(people, 1000)
}

// textAll has people text a keyword.
func (n *network) textAll(people, from int) {
	for i := range people {
		n.subscriber(from + i).text("SOS")
	}
}

// hearAll sees that each of them got one answer, whole, and no second one.
func (n *network) hearAll(people, from int) {
	n.t.Helper()
	for i := range people {
		s := n.subscriber(from + i)
		text, _, err := s.receive()
		if err != nil || !strings.Contains(text, "112") {
			n.t.Errorf("a text was answered with %q, %v", text, err)
		}
		if more := n.smsc.more(texting, s.number); more > 0 {
			n.t.Errorf("a text was answered %d times too often", more)
		}
	}
}

// fillIn has people file a form, each in a village of their own.
func (n *network) fillIn(people int) {
	answers := append([]string{"1"}, answersOf(n.t, "guardian-form-ky.txt")...)
	place := slices.Index(answers, "Самаркандек")
	n.atOnce(3000, people, func(s *subscriber, i int) error {
		mine := slices.Clone(answers)
		own := ownVillage(i)
		mine[place] = own
		s.wait = networkWaits
		if err := s.patiently(mine); err != nil {
			return err
		}
		if !reference.MatchString(strings.Join(s.talk, "\n")) {
			return fmt.Errorf("nothing was filed:\n%s", strings.Join(s.talk, "\n"))
		}
		return s.knows(own)
	})
}

// patiently dials and types answers. When no screen comes the call is lost; the person dials again, takes up what was offered, and types the
// answer once more if the question is still the same.
func (s *subscriber) patiently(answers []string) error {
	screen, err := s.dial()
	for errors.Is(err, errSilence) {
		screen, err = s.dial()
	}
	for i := 0; i < len(answers) && err == nil; i++ {
		asked := screen.Text
		screen, err = s.answer(answers[i])
		if !errors.Is(err, errSilence) {
			continue
		}
		s.n.lost.Add(1)
		if screen, err = s.takeUp(); err == nil && screen.Text == asked {
			i--
		}
	}
	return err
}

// takeUp dials again and goes on where the call was lost; that call may be lost as well. Before anything was chosen nothing is offered.
func (s *subscriber) takeUp() (screen pdu, err error) {
	err = errSilence
	for try := 0; try < 10 && errors.Is(err, errSilence); try++ {
		s.hangUp()
		s.over = fmt.Sprintf("%02x", s.session)
		screen, err = s.dial()
		if err == nil && !strings.HasPrefix(screen.Text, "Тил/") && !strings.Contains(screen.Text, "Консулдук") {
			screen, err = s.answer("1")
		}
	}
	return screen, err
}
