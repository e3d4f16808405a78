package sessions_test

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"testing"
	"time"

	"sapar/database"
	"sapar/menus"
	"sapar/people"
	"sapar/sessions"
)

func TestAOneIsTheAnswerToWhatCameAfterTheLastText(t *testing.T) {
	w := newWorld(t, testTree)
	s := w.process()
	var ended []string
	carry := w.effects
	w.effects = func(ctx context.Context, tx *database.Tx, turned sessions.Turned, e menus.Effect) error {
		if e.End != nil {
			ended = append(ended, e.End.ID)
			return nil
		}
		return carry(ctx, tx, turned, e)
	}
	var reminders []time.Time // when each came
	s.Reminded = func(_ context.Context, _ people.ID, since time.Time, lang menus.Language) (menus.Ending, string, bool, error) {
		if n := len(reminders); n > len(ended) && reminders[n-1-len(ended)].After(since) {
			return menus.Ending{ID: strconv.Itoa(n - len(ended)), Done: true}, "Thing", true, nil
		}
		return menus.Ending{}, "", false, nil
	}
	const number = "+996700000811"
	id := 0
	says := func(text string) string {
		t.Helper()
		id++
		w.later(15 * time.Second)
		return answered(t, s, texted(t, number, strconv.Itoa(id), text))
	}
	says("hello")
	says(english)
	menu := says("1") // an item: nobody was reminded of anything
	says("form")      // asks a name
	w.later(time.Minute)
	reminders = []time.Time{w.now(), w.now()}
	if got := says("1"); len(ended) > 0 {
		t.Errorf("within minutes of the last answer it is the form's: %q", got)
	}
	w.later(time.Hour)
	reminders = []time.Time{w.now(), w.now()}
	for n := range 2 {
		if got := says("1"); got != "Thing. No more reminders." || len(ended) != n+1 {
			t.Errorf("it answers %q, and %v ended", got, ended)
		}
	}
	if got := says("3"); !strings.Contains(got, "Send") {
		t.Errorf("the form goes on with %q", got)
	}
	if got := says("1"); got == menu || len(ended) != 2 || !strings.Contains(got, "Received") {
		t.Errorf("it is sent with %q", got)
	}
	s.Reminded = func(context.Context, people.ID, time.Time, menus.Language) (menus.Ending, string, bool, error) {
		return menus.Ending{}, "", false, errors.New("the database is ill")
	}
	w.later(time.Hour)
	if _, err := s.Text(t.Context(), texted(t, number, "last", "1")); !errors.Is(err, sessions.ErrLater) {
		t.Errorf("when it cannot be looked up: %v", err)
	}
}
