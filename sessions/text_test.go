package sessions_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"sapar/database"
	"sapar/menus"
	"sapar/people"
	"sapar/sessions"
)

// texted is a text of a phone; every answer is given.
func texted(t testing.TB, number, id, text string) sessions.Call {
	t.Helper()
	phone, ok := people.NewPhone(number)
	if !ok {
		t.Fatalf("%s is no number", number)
	}
	keyword := func(_ *menus.Tree, text string) (menus.Spot, bool) {
		return menus.Spot{Node: text}, text == "form" || text == "news"
	}
	never := func(*menus.Tree, string) (menus.Spot, bool) { return menus.Spot{}, false }
	admit := func(_ context.Context, a sessions.Answering) (sessions.Talk, bool, error) {
		a.Talk.Answers++
		return a.Talk, a.Heard != "hush", nil
	}
	return sessions.Call{
		Channel: "sms/test", Phone: phone, Input: text, Tree: "test", Screen: screen,
		Text: &sessions.Texted{ID: id, Raw: []byte(text), Find: keyword, Urgent: never, Admit: admit},
	}
}

func answered(t testing.TB, s *sessions.Sessions, call sessions.Call) string {
	t.Helper()
	reply, err := s.Text(context.Background(), call)
	if err != nil {
		t.Fatal(err)
	}
	return reply.Text
}

func TestCopiesOfATextAreOneTurnWhicheverReplicaTakesThem(t *testing.T) {
	w := newWorld(t, testTree)
	replicas := []*sessions.Sessions{w.process(), w.process()}
	const number = "+996700000801"
	dialogue := []string{"hello", english, "form", "Aizada", "hush", "3", "1"}
	var first []string
	for i, text := range dialogue {
		replies := make([]string, 24)
		atOnce(len(replies), func(n int) { replies[n] = answered(t, replicas[n%2], texted(t, number, fmt.Sprint(i), text)) })
		for _, reply := range replies {
			if reply != replies[0] {
				t.Fatalf("copies of %q are answered\n%s\nand\n%s", text, reply, replies[0])
			}
		}
		first = append(first, replies[0])
	}
	w.later(time.Hour)
	for i, text := range dialogue { // long after others came, and after a restart
		for _, s := range append(replicas, w.process()) {
			if again := answered(t, s, texted(t, number, fmt.Sprint(i), text)); again != first[i] {
				t.Errorf("%q again is answered\n%s\nand not\n%s", text, again, first[i])
			}
		}
	}
	if n := w.count("SELECT count(*) FROM inbox i JOIN turns USING (session_id, turn)"); n != len(dialogue) {
		t.Errorf("%d texts are kept", n)
	}
	if got := w.rows(); got != "people 1, sessions 1, turns 7, applications 1, ticks 0, consents 0" {
		t.Error(got)
	}
}

func TestATextWhoseAnswerCannotBeQueuedIsNotStored(t *testing.T) {
	w := newWorld(t, testTree)
	s := w.process()
	sent := 0
	call := func(number, id, text string, fail error) sessions.Call {
		c := texted(t, number, id, text)
		c.Text.Send = func(_ context.Context, tx *database.Tx, turned sessions.Turned, reply string) error {
			if fail == nil {
				sent++
			}
			return fail
		}
		return c
	}
	if _, err := s.Text(context.Background(), call("+996700000802", "1", "news", errors.New("no room"))); !errors.Is(err, sessions.ErrLater) {
		t.Errorf("a text whose answer is not queued: %v", err)
	}
	if n := w.count("SELECT (SELECT count(*) FROM inbox) + (SELECT count(*) FROM turns)"); n != 0 {
		t.Errorf("%d rows are stored", n)
	}
	for range 3 {
		if reply := answered(t, s, call("+996700000802", "1", "news", nil)); reply == "" || sent != 1 {
			t.Errorf("brought again: %q, queued %d times", reply, sent)
		}
	}
	if answered(t, s, call("+996700000802", "2", "hush", nil)); sent != 1 {
		t.Error("an answer that is held back is queued")
	}
}

func TestWhatIsRememberedOfATalkGoesOnOverAllOfIt(t *testing.T) {
	w := newWorld(t, testTree)
	replicas := []*sessions.Sessions{w.process(), w.process()}
	heard := 0
	for i, text := range []string{"hello", english, "news", "1", "form", "Aizada", "3"} {
		c := texted(t, "+996700000803", fmt.Sprint(i), text)
		admit := c.Text.Admit
		c.Text.Admit = func(ctx context.Context, a sessions.Answering) (sessions.Talk, bool, error) {
			heard = a.Talk.Answers
			return admit(ctx, a)
		}
		answered(t, replicas[i%2], c)
		if heard != i {
			t.Fatalf("at text %d, %d are remembered", i, heard)
		}
	}
}
