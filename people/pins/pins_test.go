package pins_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"sapar/database"
	"sapar/menus"
	"sapar/people"
	"sapar/people/pins"
)

var noon = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

type world struct {
	*testing.T
	db   *database.DB
	keys *database.Keys
	pins *pins.Pins
}

func newWorld(t *testing.T) *world {
	t.Helper()
	keys, err := database.LoadKeys(filepath.Join(t.TempDir(), "keys"))
	if err != nil {
		t.Fatal(err)
	}
	db := database.New(t)
	return &world{t, db, keys, pins.New(db, keys)}
}

func (w *world) ok(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

// person stores somebody; without a phone when phone is "".
func (w *world) person(phone string) people.ID {
	w.Helper()
	id := uuid.New()
	var hash, sealed []byte
	if phone != "" {
		hash, sealed = []byte(phone), []byte{0}
	}
	_, err := w.db.Exec("INSERT INTO people (id, phone_hash, phone, created_at) VALUES ($1, $2, $3, $4)", id, hash, sealed, noon)
	w.ok(err)
	return id
}

func (w *world) set(id people.ID, phone, pin string, after time.Duration) error {
	return database.InTx(w.Context(), w.db, func(tx *database.Tx) error {
		return w.pins.Set(w.Context(), tx, id, []byte(phone), pin, noon.Add(after))
	})
}

func (w *world) check(phone, pin string, after time.Duration) pins.Verdict {
	w.Helper()
	v, err := w.pins.Check(w.Context(), []byte(phone), pin, noon.Add(after))
	w.ok(err)
	return v
}

func TestAPINOpensForItsPersonAndNobodyElse(t *testing.T) {
	w := newWorld(t)
	id := w.person("a")
	if v := w.check("a", "4827", 0); v != (pins.Verdict{First: true}) {
		t.Errorf("before there is a PIN: %+v", v)
	}
	w.ok(w.set(id, "a", "4827", 0))
	for pin, want := range map[string]pins.Verdict{"4827": {Person: id, Known: true}, "4828": {}, "": {}, "482": {}, "48270": {}} {
		if v := w.check("a", pin, 0); v != want {
			t.Errorf("%q is %+v", pin, v)
		}
		w.check("a", "4827", 0)
	}
	if v := w.check("b", "4827", 0); v != (pins.Verdict{First: true}) {
		t.Errorf("on another phone: %+v", v)
	}
	var kept string
	w.ok(w.db.Get(&kept, "SELECT pin FROM people WHERE id = $1", id))
	if !strings.HasPrefix(kept, "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Errorf("kept as %s", kept)
	}
}

func TestEveryCheckCostsTheSameHashesWhateverItFinds(t *testing.T) {
	w := newWorld(t)
	alone, holder := w.person("alone"), w.person("full")
	w.ok(w.set(alone, "alone", "4827", 0))
	w.ok(w.set(holder, "full", "2001", 0))
	for i := range 4 {
		w.ok(w.set(w.person(""), "full", fmt.Sprintf("20%d3", i), time.Duration(i)*2*time.Hour))
	}
	w.person("none")
	costs := func(f func() error) int64 {
		before := w.pins.Hashes()
		w.ok(f())
		return w.pins.Hashes() - before
	}
	for _, c := range [][2]string{{"alone", "4827"}, {"alone", "9999"}, {"full", "2033"}, {"full", "9999"}, {"none", "4827"}, {"unknown", "4827"}} {
		if n := costs(func() error { w.check(c[0], c[1], 24*time.Hour); return nil }); n != 1 {
			t.Errorf("%v costs %d hashes", c, n)
		}
	}
	for i, person := range []people.ID{alone, {}, uuid.New(), w.person("")} {
		for _, pin := range []string{"4827", "1865"} {
			n := costs(func() error {
				known, _, err := w.pins.CheckOf(t.Context(), fmt.Append(nil, "asker", i, pin), person, pin, noon)
				if known != (person == alone && pin == "4827") {
					t.Errorf("person %d with %s is known: %v", i, pin, known)
				}
				return err
			})
			if n != 1 {
				t.Errorf("by reference of person %d, %s costs %d hashes", i, pin, n)
			}
		}
	}
}

func TestAfterThreeWrongPINsAPhoneIsLockedForAnHour(t *testing.T) {
	w := newWorld(t)
	id := w.person("a")
	w.ok(w.set(id, "a", "4827", 0))
	for i := range 3 {
		if v := w.check("a", "9999", time.Duration(i)*time.Minute); v != (pins.Verdict{}) {
			t.Errorf("wrong PIN %d is %+v", i, v)
		}
	}
	hashes := w.pins.Hashes()
	for _, after := range []time.Duration{2 * time.Minute, 30 * time.Minute, 61*time.Minute + 59*time.Second} {
		if v := w.check("a", "4827", after); v != (pins.Verdict{Locked: true}) {
			t.Errorf("after %v: %+v", after, v)
		}
	}
	if w.pins.Hashes() != hashes {
		t.Error("a locked phone can have us hash")
	}
	if v := w.check("a", "4827", 62*time.Minute); !v.Known {
		t.Errorf("an hour after the third: %+v", v)
	}
	for range 2 {
		w.check("a", "9999", 63*time.Minute)
	}
	w.check("a", "4827", 63*time.Minute)
	for range 2 {
		w.check("a", "9999", 64*time.Minute)
	}
	if v := w.check("a", "4827", 64*time.Minute); !v.Known {
		t.Errorf("two wrong ones, a right one and two wrong ones: %+v", v)
	}
}

func TestOfTwentyTriesAtOnceThreeAreLookedAt(t *testing.T) {
	w := newWorld(t)
	w.ok(w.set(w.person("a"), "a", "4827", 0))
	hashes := w.pins.Hashes()
	other := pins.New(w.db, w.keys) // another replica
	var mu sync.Mutex
	var wg sync.WaitGroup
	locked := 0
	for i := range 20 {
		wg.Go(func() {
			v, err := []*pins.Pins{w.pins, other}[i%2].Check(t.Context(), []byte("a"), fmt.Sprintf("9%03d", i), noon)
			mu.Lock()
			defer mu.Unlock()
			if err != nil || v.Known {
				t.Errorf("try %d: %+v, %v", i, v, err)
			}
			if v.Locked {
				locked++
			}
		})
	}
	wg.Wait()
	if n := w.pins.Hashes() + other.Hashes() - hashes; n != 3 || locked != 17 {
		t.Errorf("%d were looked at, %d were locked", n, locked)
	}
}

func TestATryStaysCountedWhenTheTurnIsUndone(t *testing.T) {
	w := newWorld(t)
	w.ok(w.set(w.person("a"), "a", "4827", 0))
	undone := errors.New("undone")
	for range 3 {
		err := database.InTx(t.Context(), w.db, func(*database.Tx) error {
			w.check("a", "9999", 0)
			return undone
		})
		if !errors.Is(err, undone) {
			t.Fatal(err)
		}
	}
	if v := w.check("a", "4827", 0); !v.Locked {
		t.Errorf("after three turns that were undone: %+v", v)
	}
}

func TestWhoGivesUpWaitingHasUsedNoTry(t *testing.T) {
	w := newWorld(t)
	w.ok(w.set(w.person("a"), "a", "4827", 0))
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	for range 50 {
		if v, err := w.pins.Check(gone, []byte("a"), "4827", noon); err == nil && !v.Known {
			t.Fatalf("a right PIN of somebody gone is %+v", v)
		}
	}
	if v := w.check("a", "4827", 0); !v.Known {
		t.Errorf("afterwards: %+v", v)
	}
}

func TestOnASharedPhoneOnesOwnPINBuysNoGuessesAtTheOthers(t *testing.T) {
	w := newWorld(t)
	victim, other := w.person("a"), w.person("")
	w.ok(w.set(victim, "a", "4827", 0))
	w.ok(w.set(other, "a", "5161", 0))
	w.check("a", "5161", 2*time.Hour)
	guesses := 0
	for i := range 20 {
		v := w.check("a", []string{"5161", "9990"}[i%2], 2*time.Hour)
		if !v.Known && !v.Locked {
			guesses++
		}
	}
	if guesses != 3 {
		t.Errorf("%d guesses in an hour", guesses)
	}
	if err := w.set(other, "a", "7391", 2*time.Hour); !errors.Is(err, pins.ErrLocked) {
		t.Errorf("a PIN is chosen on a locked phone: %v", err)
	}
}

func TestTwoPeopleOnAPhoneNeverHaveTheSamePINAndChoosingIsNoFreeGuess(t *testing.T) {
	w := newWorld(t)
	victim, other := w.person("a"), w.person("")
	w.ok(w.set(victim, "a", "4827", 0))
	w.ok(w.set(other, "a", "5161", 0))
	if err := w.set(other, "a", "4827", 0); !errors.Is(err, pins.ErrRefused) {
		t.Errorf("the same PIN: %v", err)
	}
	if v := w.check("a", "4827", 0); v.Person != victim {
		t.Errorf("the PIN of the first is %+v", v)
	}
	w.ok(w.set(other, "a", "5162", 0))
	for _, pin := range []string{"4827", "8350"} {
		if err := w.set(other, "a", pin, 0); !errors.Is(err, pins.ErrLocked) {
			t.Errorf("a fourth choice within the hour, %s: %v", pin, err)
		}
	}
}

func TestManyPhonesGuessAReferenceNoFasterThanOneAndLearnNothing(t *testing.T) {
	w := newWorld(t)
	id := w.person("a")
	w.ok(w.set(id, "a", "4827", 0))
	of := func(phone, pin string, person people.ID) (known, locked bool) {
		known, locked, err := w.pins.CheckOf(t.Context(), []byte(phone), person, pin, noon)
		w.ok(err)
		return known, locked
	}
	for i := range 3 {
		of(fmt.Sprint("phone", i), "9999", id)
		of(fmt.Sprint("phone", i), "9999", people.ID{})
	}
	for _, person := range []people.ID{id, {}} {
		if known, locked := of("fresh", "4827", person); known || locked {
			t.Errorf("from a fresh phone, person %v: known %v, locked %v", person == id, known, locked)
		}
	}
	if v := w.check("a", "4827", 0); !v.Known {
		t.Errorf("on their own phone: %+v", v)
	}
	for range 2 {
		of("fresh", "9999", id)
	}
	if _, locked := of("fresh", "4827", id); !locked {
		t.Error("a phone has more than three tries at references")
	}
}

func TestANewPINHoldsOnEveryPhoneOfItsPerson(t *testing.T) {
	w := newWorld(t)
	id := w.person("a")
	w.ok(w.set(id, "a", "4827", 0))
	w.ok(database.InTx(t.Context(), w.db, func(tx *database.Tx) error {
		return w.pins.Join(t.Context(), tx, id, []byte("b"), "4827", noon)
	}))
	w.ok(w.set(id, "b", "7391", 0))
	for _, phone := range []string{"a", "b"} {
		if v := w.check(phone, "7391", 0); v.Person != id {
			t.Errorf("the new PIN on %s is %+v", phone, v)
		}
		if v := w.check(phone, "4827", 0); v != (pins.Verdict{}) {
			t.Errorf("the old PIN on %s is %+v", phone, v)
		}
	}
}

func TestAnOperatorsResetDrawsAPINAndForgetsTheTries(t *testing.T) {
	w := newWorld(t)
	id := w.person("a")
	w.ok(w.set(id, "a", "4827", 0))
	for range 3 {
		w.check("a", "9999", 0)
	}
	var pin string
	w.ok(database.InTx(t.Context(), w.db, func(tx *database.Tx) (err error) {
		pin, err = w.pins.Reset(t.Context(), tx, id, noon)
		return err
	}))
	if len(pin) != 6 || !menus.ValidPIN(pin) || menus.SimplePIN(pin) {
		t.Errorf("the PIN is %s", pin)
	}
	if v := w.check("a", "4827", 0); v != (pins.Verdict{}) {
		t.Errorf("the old PIN is %+v", v)
	}
	if v := w.check("a", pin, 0); v.Person != id {
		t.Errorf("the new PIN is %+v", v)
	}
	w.ok(pins.DropTries(t.Context(), w.db, noon.Add(2*time.Hour)))
	var left int
	if w.ok(w.db.Get(&left, "SELECT count(*) FROM pin_tries")); left != 0 {
		t.Errorf("%d counts of tries are left", left)
	}
}

func TestSimplePINsAreRefused(t *testing.T) {
	w := newWorld(t)
	id := w.person("a")
	for _, pin := range []string{"0000", "1111", "1234", "4321", "7890", "0123", "1212", "123123", "123456", "987654", "2580", "77777", "12a4", "123", "1234567", ""} {
		if err := w.set(id, "a", pin, 0); !errors.Is(err, pins.ErrRefused) {
			t.Errorf("%q: %v", pin, err)
		}
	}
	w.ok(w.set(id, "a", "1987", 0))
}
