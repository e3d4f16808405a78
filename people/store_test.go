package people_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"sapar/database"
	"sapar/people"
)

var noon = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

// person stores somebody whose number is known by a hash.
func person(t *testing.T, db *database.DB, hash string) people.ID {
	t.Helper()
	id := uuid.New()
	if _, err := db.Exec("INSERT INTO people (id, phone_hash, phone, created_at) VALUES ($1, $2, '', $3)", id, []byte(hash), noon); err != nil {
		t.Fatal(err)
	}
	return id
}

func standing(t *testing.T, db *database.DB, hash, topic string) people.Standing {
	t.Helper()
	s, err := people.ReadStanding(t.Context(), db, []byte(hash), topic)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func wish(topic string, after time.Duration) people.Wish {
	return people.Wish{Topic: topic, Version: 3, Channel: "kannel", At: noon.Add(after)}
}

func must(t *testing.T) func(changed bool, err error) bool {
	return func(changed bool, err error) bool {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return changed
	}
}

func TestANumberTypedBySomebodyElseHasNotAgreedUntilItsPhoneDials(t *testing.T) {
	db := database.New(t)
	id := person(t, db, "carer")
	for _, hash := range []string{"carer", "nobody"} {
		if s := standing(t, db, hash, ""); s != (people.Standing{}) {
			t.Errorf("%s stands as %+v", hash, s)
		}
	}
	for range 2 {
		if err := people.Agreed(t.Context(), db, id, []byte("carer"), noon); err != nil {
			t.Fatal(err)
		}
	}
	if s := standing(t, db, "carer", ""); !s.Agreed {
		t.Errorf("a phone that dialled stands as %+v", s)
	}
}

func TestAStopIsNewOnceAndAStartTakesItBack(t *testing.T) {
	db, ok := database.New(t), must(t)
	id, other := person(t, db, "a"), person(t, db, "b")
	for i, want := range []bool{true, false, false} {
		if got := ok(people.Stop(t.Context(), db, id, wish("", time.Duration(i)*time.Second))); got != want {
			t.Errorf("stop %d is new: %v", i, got)
		}
	}
	if s := standing(t, db, "a", people.Elections); !s.Stopped {
		t.Errorf("after a stop: %+v", s)
	}
	if s := standing(t, db, "b", people.Elections); s.Stopped {
		t.Errorf("somebody else after a stop: %+v", s)
	}
	if !ok(people.Start(t.Context(), db, id, wish("", time.Minute))) || ok(people.Start(t.Context(), db, other, wish("", time.Minute))) {
		t.Error("start restores whoever stopped, and nobody else")
	}
	if s := standing(t, db, "a", people.Elections); s.Stopped || s.StoppedTopic {
		t.Errorf("after a start: %+v", s)
	}
}

func TestATopicStopsAndStartsAlone(t *testing.T) {
	db, ok := database.New(t), must(t)
	id := person(t, db, "a")
	stopped := func() (topics []string) {
		for _, topic := range append([]string{""}, people.Topics...) {
			if s := standing(t, db, "a", topic); s.StoppedTopic || s.Stopped {
				topics = append(topics, topic)
			}
		}
		return topics
	}
	ok(people.Stop(t.Context(), db, id, wish(people.Elections, 0)))
	if got := stopped(); !slices.Equal(got, []string{people.Elections}) {
		t.Errorf("after a stop of elections: %v", got)
	}
	ok(people.Stop(t.Context(), db, id, wish("", 0)))
	if got := stopped(); len(got) != 4 {
		t.Errorf("after a stop of everything: %v", got)
	}
	ok(people.Start(t.Context(), db, id, wish(people.Reminders, 0)))
	if got := stopped(); !slices.Equal(got, []string{people.Elections, people.Broadcasts}) {
		t.Errorf("after a start of reminders alone: %v", got)
	}
	ok(people.Start(t.Context(), db, id, wish("", 0)))
	if got := stopped(); got != nil {
		t.Errorf("after a start of everything: %v", got)
	}
}

func TestEveryStopAndStartIsKeptWithTimeChannelAndWording(t *testing.T) {
	db, ok := database.New(t), must(t)
	id := person(t, db, "a")
	ok(people.Stop(t.Context(), db, id, wish("", 0)))
	ok(people.Start(t.Context(), db, id, wish("", time.Hour)))
	ok(people.Stop(t.Context(), db, id, wish(people.Elections, 2*time.Hour)))
	var kept []struct {
		Topic   string
		Version int
		Agreed  bool
		Channel string
		At      time.Time `db:"given_at"`
	}
	if err := db.Select(&kept, "SELECT topic, version, agreed, channel, given_at FROM consents WHERE person_id = $1 ORDER BY given_at", id); err != nil {
		t.Fatal(err)
	}
	for i, want := range []struct {
		topic  string
		agreed bool
	}{{"messages", false}, {"messages", true}, {"messages/elections", false}} {
		k := kept[i]
		if k.Topic != want.topic || k.Agreed != want.agreed || k.Version != 3 || k.Channel != "kannel" || !k.At.Equal(noon.Add(time.Duration(i)*time.Hour)) {
			t.Errorf("wish %d is kept as %+v", i, k)
		}
	}
}

func TestWhatACarrierSaysOfANumberHoldsUntilItsPhoneSaysOtherwise(t *testing.T) {
	db, ok := database.New(t), must(t)
	id := person(t, db, "a")
	mark := func(state people.NumberState) {
		t.Helper()
		if err := people.MarkNumber(t.Context(), db, id, state); err != nil {
			t.Fatal(err)
		}
	}
	agree := func() people.NumberState {
		t.Helper()
		if err := people.Agreed(t.Context(), db, id, []byte("a"), noon); err != nil {
			t.Fatal(err)
		}
		return standing(t, db, "a", "").State
	}
	mark(people.NumberBad)
	if s := standing(t, db, "a", ""); s.State != people.NumberBad {
		t.Errorf("a bad number stands as %+v", s)
	}
	if got := agree(); got != people.NumberFine {
		t.Errorf("a number that texts us is %q", got)
	}
	mark(people.NumberOptedOut)
	if got := agree(); got != people.NumberOptedOut {
		t.Errorf("a number that stopped at the carrier and texts us is %q", got)
	}
	if !ok(people.Start(t.Context(), db, id, wish("", 0))) {
		t.Error("a start after a stop at the carrier restores nothing")
	}
	if s := standing(t, db, "a", ""); s.State != people.NumberFine {
		t.Errorf("after a start: %+v", s)
	}
}

func TestCountersNeverGoOverTheirLimitHoweverManyCount(t *testing.T) {
	db := database.New(t)
	count := people.Count{Day: "2026-11-21", Scope: "answers", Name: []byte("a")}
	var wg sync.WaitGroup
	var mu sync.Mutex
	fits := 0
	for range 8 {
		wg.Go(func() {
			for i := range 25 {
				err := database.InTx(t.Context(), db, func(tx *database.Tx) error {
					ok, err := people.CountUp(t.Context(), tx, count, 3, 100)
					if !ok || err != nil {
						return err
					}
					if i%5 == 0 {
						return errBack
					}
					mu.Lock()
					defer mu.Unlock()
					fits++
					return nil
				})
				if err != nil && !errors.Is(err, errBack) {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	n, err := people.Counted(t.Context(), db, count.Day, count.Scope)
	if err != nil || n != 3*fits || fits != 33 {
		t.Errorf("%d fitted and %d are counted: %v", fits, n, err)
	}
}

var errBack = errors.New("rolled back")

func TestWhatWasCountedIsGivenBackAndForgotten(t *testing.T) {
	db, ok := database.New(t), must(t)
	ctx := context.Background()
	old := people.Count{Day: "2026-11-19", Scope: "answers", Name: []byte("a")}
	today := people.Count{Day: "2026-11-21", Scope: "answers", Name: []byte("a")}
	for _, c := range []people.Count{old, today} {
		if !ok(people.CountUp(ctx, db, c, 2, 2)) || ok(people.CountUp(ctx, db, c, 1, 2)) {
			t.Errorf("a counter of 2 on %s does not hold 2", c.Day)
		}
	}
	if err := people.CountDown(ctx, db, today, 1); err != nil {
		t.Fatal(err)
	}
	if !ok(people.CountUp(ctx, db, today, 1, 2)) {
		t.Error("what was given back cannot be taken")
	}
	if ok(people.CountUp(ctx, db, people.Count{Day: "2026-11-21", Scope: "other", Name: []byte{}}, 1, 0)) {
		t.Error("a limit of nothing lets something through")
	}
	if err := people.DropCounts(ctx, db, noon.Add(-24*time.Hour)); err != nil {
		t.Fatal(err)
	}
	var left int
	if err := db.Get(&left, "SELECT count(*) FROM send_counts"); err != nil || left != 1 {
		t.Errorf("%d are left: %v", left, err)
	}
}
