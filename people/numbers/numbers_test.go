package numbers_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"sapar/database"
	"sapar/menus"
	"sapar/people"
	"sapar/people/numbers"
	"sapar/people/pins"
)

var noon = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

const (
	home   = "+996700111222"
	abroad = "+79991112233"
)

type world struct {
	*testing.T
	db   *database.DB
	keys *database.Keys
	*numbers.Numbers
	merged    [][2]people.ID
	addressed []string
}

func newWorld(t *testing.T) *world {
	t.Helper()
	keys, err := database.LoadKeys(filepath.Join(t.TempDir(), "keys"))
	if err != nil {
		t.Fatal(err)
	}
	db := database.New(t)
	w := &world{T: t, db: db, keys: keys}
	w.Numbers = &numbers.Numbers{
		Keys: keys, Pins: pins.New(db, keys),
		Merge: []func(context.Context, *database.Tx, people.ID, people.ID) error{func(_ context.Context, _ *database.Tx, from, to people.ID) error {
			w.merged = append(w.merged, [2]people.ID{from, to})
			return nil
		}},
		Readdress: []func(context.Context, *database.Tx, people.ID, []byte) error{func(_ context.Context, _ *database.Tx, person people.ID, phone []byte) error {
			e164, err := keys.Open(phone, person[:])
			w.addressed = append(w.addressed, string(e164))
			return err
		}},
	}
	return w
}

func (w *world) ok(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

func (w *world) tx(f func(tx *database.Tx) error) error {
	return database.InTx(w.Context(), w.db, f)
}

func phone(e164 string) people.Phone {
	p, _ := people.NewPhone(e164)
	return p
}

func (w *world) hash(e164 string) []byte { return w.keys.Hash("phone", e164) }

// dials makes the row that the first turn of a phone makes, and reads whom the phone leads to as a turn does.
func (w *world) dials(e164 string) people.ID {
	w.Helper()
	var id people.ID
	const find = `SELECT id FROM people WHERE phone_hash = $1 UNION ALL
		SELECT person_id FROM numbers WHERE phone_hash = $1 AND agreed_at IS NOT NULL LIMIT 1`
	if w.db.Get(&id, find, w.hash(e164)) == nil {
		return id
	}
	id = uuid.New()
	_, err := w.db.Exec("INSERT INTO people (id, phone_hash, phone, created_at, agreed_at) VALUES ($1, $2, $3, $4, $4)",
		id, w.hash(e164), w.keys.Seal([]byte(e164), id[:]), noon)
	w.ok(err)
	return id
}

func (w *world) pin(id people.ID, e164, pin string) {
	w.Helper()
	w.ok(w.tx(func(tx *database.Tx) error { return w.Pins.Set(w.Context(), tx, id, w.hash(e164), pin, noon) }))
}

func (w *world) whose(e164, pin string) people.ID {
	w.Helper()
	v, err := w.Pins.Check(w.Context(), w.hash(e164), pin, noon.Add(24*time.Hour))
	w.ok(err)
	return v.Person
}

func (w *world) proof(id people.ID, e164, pin string) numbers.Proof {
	return numbers.Proof{Person: id, Phone: phone(e164), PIN: pin, At: noon.Add(time.Hour)}
}

func (w *world) change(id people.ID, e164, pin string) error {
	return w.tx(func(tx *database.Tx) error { return w.Change(w.Context(), tx, w.proof(id, e164, pin)) })
}

func (w *world) add(id people.ID, e164, pin string) error {
	return w.tx(func(tx *database.Tx) error { return w.Add(w.Context(), tx, w.proof(id, e164, pin)) })
}

func (w *world) reached(id people.ID) string {
	w.Helper()
	r, _, err := numbers.Reach(w.Context(), w.db, w.keys, id)
	w.ok(err)
	return r.Phone.E164()
}

func (w *world) standing(e164 string) people.Standing {
	w.Helper()
	s, err := people.ReadStanding(w.Context(), w.db, w.hash(e164), "")
	w.ok(err)
	return s
}

func (w *world) count(query string, args ...any) (n int) {
	w.Helper()
	w.ok(w.db.Get(&n, query, args...))
	return n
}

func TestAChangedNumberLeadsToThePersonAndTheOldOneToNobody(t *testing.T) {
	w := newWorld(t)
	id := w.dials(home)
	w.pin(id, home, "4827")
	w.ok(people.MarkNumber(t.Context(), w.db, id, people.NumberBad))
	newcomer := w.dials(abroad)
	w.ok(people.SetTick(t.Context(), w.db, newcomer, menus.Tick{Item: "prep-ru/ban", Done: true}, noon))
	w.ok(people.Consent(t.Context(), w.db, newcomer, menus.Agreement{Topic: "rules", Version: 2, Agreed: true}, "kannel", noon))
	w.ok(people.Keep(t.Context(), w.db, w.keys, newcomer, people.Said{Field: "city", Value: "Москва", Zone: "Europe/Moscow"}))
	w.ok(w.change(id, abroad, "4827"))
	if w.dials(abroad) != id || w.whose(abroad, "4827") != id {
		t.Error("the new number does not lead to the person")
	}
	if len(w.merged) != 1 || w.merged[0] != [2]people.ID{newcomer, id} {
		t.Errorf("merged %v", w.merged)
	}
	if w.reached(id) != abroad || len(w.addressed) != 1 || w.addressed[0] != abroad {
		t.Error("messages do not go to the new number")
	}
	if n := w.count("SELECT (SELECT count(*) FROM ticks WHERE person_id = $1) * 10 + (SELECT count(*) FROM consents WHERE person_id = $1)", id); n != 11 {
		t.Errorf("ticks and consents of the newcomer: %d", n)
	}
	var city []byte
	w.ok(w.db.Get(&city, "SELECT city FROM people WHERE id = $1 AND city_hash = $2 AND zone = 'Europe/Moscow'", id, people.CityHash(w.keys, "москва")))
	if opened, err := people.OpenCity(w.keys, id, city); err != nil || opened != "Москва" {
		t.Errorf("the city is %q, %v", opened, err)
	}
	if n := w.count("SELECT count(*) FROM people WHERE id = $1 AND number_state = '' AND agreed_at IS NOT NULL", id); n != 1 {
		t.Error("the profile of the newcomer is lost, or the new number stands as the old one did")
	}
	if s := w.standing(home); s.Agreed {
		t.Errorf("the old number stands as %+v", s)
	}
	if stranger := w.dials(home); stranger == id || w.whose(home, "4827") == id {
		t.Error("the old number opens what is the person's")
	}
	if n := w.count("SELECT count(*) FROM number_history WHERE person_id = $1", id); n != 2 {
		t.Errorf("%d numbers in the history", n)
	}
}

func TestAStopOnEitherNumberIsAStop(t *testing.T) {
	for name, stopper := range map[string]string{"the old": home, "the new": abroad} {
		for _, byCarrier := range []bool{false, true} {
			w := newWorld(t)
			id, newcomer := w.dials(home), w.dials(abroad)
			w.pin(id, home, "4827")
			who := map[string]people.ID{home: id, abroad: newcomer}[stopper]
			if byCarrier {
				w.ok(people.MarkNumber(t.Context(), w.db, who, people.NumberOptedOut))
			} else {
				_, err := people.Stop(t.Context(), w.db, who, people.Wish{Channel: "kannel", At: noon})
				w.ok(err)
			}
			w.ok(w.change(id, abroad, "4827"))
			if s := w.standing(abroad); !s.Stopped || !s.Agreed {
				t.Errorf("%s number, by its carrier %v: %+v", name, byCarrier, s)
			}
			if n := w.count("SELECT count(*) FROM stops WHERE topic = '' AND person_id IN ($1, $2)", id, newcomer); n != 2 {
				t.Errorf("%s number: what waits for one of both is still sent", name)
			}
			changed, err := people.Start(t.Context(), w.db, id, people.Wish{Channel: "kannel", At: noon.Add(2 * time.Hour)})
			if w.ok(err); !changed || w.standing(abroad).Stopped {
				t.Errorf("%s number: a start does not take the stop back", name)
			}
		}
	}
}

func TestAStopLaterMutesWhatStillWaitsForTheNewcomer(t *testing.T) {
	w := newWorld(t)
	id, newcomer := w.dials(home), w.dials(abroad)
	w.pin(id, home, "4827")
	w.ok(w.change(id, abroad, "4827"))
	for i, want := range []bool{true, false} {
		changed, err := people.Stop(t.Context(), w.db, id, people.Wish{Channel: "kannel", At: noon})
		if w.ok(err); changed != want {
			t.Errorf("stop %d is new: %v", i, changed)
		}
	}
	if n := w.count("SELECT count(*) FROM stops WHERE person_id = $1", newcomer); n != 1 {
		t.Error("the newcomer is not stopped")
	}
}

func TestASecondSIMLeadsToItsPersonAndMessagesGoToTheFirst(t *testing.T) {
	w := newWorld(t)
	id := w.dials(home)
	w.pin(id, home, "4827")
	w.dials(abroad)
	w.ok(w.add(id, abroad, "4827"))
	w.ok(w.add(id, abroad, "4827")) // again
	w.ok(w.add(id, home, "4827"))   // the main one
	if w.dials(home) != id || w.dials(abroad) != id || w.whose(abroad, "4827") != id || w.reached(id) != home {
		t.Error("two numbers do not lead to one person")
	}
	if s := w.standing(abroad); !s.Agreed {
		t.Errorf("a second SIM that has dialled stands as %+v", s)
	}
	for state, want := range map[people.NumberState]people.NumberState{people.NumberBad: people.NumberFine, people.NumberOptedOut: people.NumberOptedOut} {
		w.ok(people.MarkNumber(t.Context(), w.db, id, state))
		if s := w.standing(abroad); s.State != want {
			t.Errorf("a second SIM whose first is %s stands as %+v", state, s)
		}
	}
	w.ok(people.MarkNumber(t.Context(), w.db, id, people.NumberFine))
	w.ok(w.change(id, abroad, "4827"))
	w.ok(w.change(id, abroad, "4827"))
	if w.reached(id) != abroad || w.dials(home) == id {
		t.Error("the second SIM does not become the main number")
	}
	w.ok(w.change(id, home, "4827")) // and back, although somebody has dialled from it since
	if w.reached(id) != home || w.dials(home) != id || w.whose(home, "4827") != id {
		t.Error("an old number does not become the main one again")
	}
}

func TestNobodyGetsAnothersCasesByMovingToTheirPhone(t *testing.T) {
	w := newWorld(t)
	wife, husband := w.dials(home), w.dials(abroad)
	w.pin(wife, home, "4827")
	w.pin(husband, abroad, "7391")
	w.ok(w.change(husband, home, "7391"))
	if len(w.merged) != 0 || w.dials(home) != wife || w.whose(home, "4827") != wife || w.whose(home, "7391") != husband {
		t.Error("two people with PINs do not share a phone")
	}
	r, ok, err := numbers.Reach(t.Context(), w.db, w.keys, husband)
	if !ok || err != nil || r.Holder != wife || r.Phone.E164() != home {
		t.Errorf("whoever shares a phone is reached: %v, %v", ok, err)
	}
	w.ok(w.change(husband, abroad, "7391"))
	if w.reached(husband) != abroad || w.reached(wife) != home {
		t.Error("who moved out is not reached at their own number")
	}
}

func TestANumberThatIsLeftIsLeftByItsWholeHousehold(t *testing.T) {
	w := newWorld(t)
	holder := w.dials(home)
	w.pin(holder, home, "4827")
	var members []people.ID
	for i := range 4 {
		w.ok(w.tx(func(tx *database.Tx) error {
			member, err := w.AddMember(t.Context(), tx, w.hash(home), fmt.Sprintf("739%d", i), noon.Add(time.Duration(i)*2*time.Hour))
			members = append(members, member)
			return err
		}))
	}
	w.dials(abroad)
	w.ok(w.change(holder, abroad, "4827"))
	stranger := w.dials(home)
	v, err := w.Pins.Check(t.Context(), w.hash(home), "7391", noon.Add(24*time.Hour))
	if w.ok(err); !v.First {
		t.Errorf("a PIN of before on the stranger's phone: %+v", v)
	}
	w.pin(stranger, home, "7391")
	for i, member := range members {
		if to := w.reached(member); to != "" {
			t.Errorf("member %d is texted at %s", i, to)
		}
		known, _, err := w.Pins.CheckOf(t.Context(), w.hash(home), member, fmt.Sprintf("739%d", i), noon.Add(24*time.Hour))
		if !known || err != nil {
			t.Errorf("member %d cannot prove themselves any more: %v", i, err)
		}
	}
}

func TestTheSamePINMakesNoTwoPeopleOne(t *testing.T) {
	w := newWorld(t)
	wife, husband := w.dials(home), w.dials(abroad)
	w.pin(wife, home, "2007")
	w.pin(husband, abroad, "2007")
	for _, try := range []error{w.change(husband, home, "2007"), w.add(husband, home, "2007")} {
		if !errors.Is(try, pins.ErrRefused) {
			t.Errorf("the same PIN: %v", try)
		}
	}
	if w.whose(home, "2007") != wife || w.whose(abroad, "2007") != husband || w.reached(husband) != abroad {
		t.Error("a refusal has changed something")
	}
}

func TestAHouseholdOfFiveSharesAPhoneAndSeesOnlyItsOwn(t *testing.T) {
	w := newWorld(t)
	holder := w.dials(home)
	w.ok(people.SetLanguage(t.Context(), w.db, holder, menus.Speech{Language: menus.Kyrgyz}))
	w.pin(holder, home, "1001")
	members := map[string]people.ID{"1001": holder}
	join := func(i int, pin string) (id people.ID, err error) {
		err = w.tx(func(tx *database.Tx) error {
			id, err = w.AddMember(t.Context(), tx, w.hash(home), pin, noon.Add(time.Duration(i)*2*time.Hour))
			return err
		})
		return id, err
	}
	for i := 2; i <= 5; i++ {
		pin := fmt.Sprintf("100%d", i)
		id, err := join(i, pin)
		w.ok(err)
		members[pin] = id
	}
	if _, err := join(9, "1006"); !errors.Is(err, numbers.ErrFull) {
		t.Errorf("a sixth: %v", err)
	}
	for pin, id := range members {
		if w.whose(home, pin) != id || w.reached(id) != home {
			t.Errorf("%s is not its own", pin)
		}
	}
	if n := w.count("SELECT count(DISTINCT id) FROM people WHERE language = 'ky'"); n != 5 {
		t.Errorf("%d read Kyrgyz", n)
	}
	if w.dials(home) != holder {
		t.Error("the phone leads to somebody else than its holder")
	}
}

func TestManyWhoJoinAtOnceAreNeverMoreThanFive(t *testing.T) {
	w := newWorld(t)
	w.pin(w.dials(home), home, "1001")
	for i := range 3 {
		_, err := w.db.Exec(`WITH p AS (INSERT INTO people (id, created_at) VALUES (gen_random_uuid(), $1) RETURNING id)
			INSERT INTO members (phone_hash, person_id, pin, joined_at) SELECT $2, id, $3, $1 FROM p`, noon, w.hash(home), fmt.Sprint(i))
		w.ok(err)
	}
	var wg sync.WaitGroup
	var joined atomic.Int32
	for i := range 4 {
		wg.Go(func() {
			err := w.tx(func(tx *database.Tx) error {
				_, err := w.AddMember(t.Context(), tx, w.hash(home), fmt.Sprintf("200%d", i+1), noon)
				return err
			})
			if err == nil {
				joined.Add(1)
			} else if !errors.Is(err, numbers.ErrFull) {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if n := w.count("SELECT count(*) FROM members"); n != 5 || joined.Load() != 1 {
		t.Errorf("%d share the phone, %d joined", n, joined.Load())
	}
}

func TestAReassignedNumberLeadsToNobodyOfBefore(t *testing.T) {
	w := newWorld(t)
	id := w.dials(home)
	w.pin(id, home, "4827")
	w.ok(w.tx(func(tx *database.Tx) error { return numbers.Reassigned(t.Context(), tx, w.hash(home), noon) }))
	if s := w.standing(home); s.Agreed || w.reached(id) != "" {
		t.Errorf("messages go on: %+v", s)
	}
	stranger := w.dials(home)
	v, err := w.Pins.Check(t.Context(), w.hash(home), "4827", noon)
	if w.ok(err); stranger == id || !v.First {
		t.Errorf("the old PIN on the stranger's phone: %+v", v)
	}
	if known, _, err := w.Pins.CheckOf(t.Context(), w.hash(abroad), id, "4827", noon); !known || err != nil {
		t.Error("the person cannot prove themselves any more", err)
	}
	w.dials(abroad)
	w.ok(w.change(id, abroad, "4827"))
	if w.reached(id) != abroad || !w.standing(abroad).Agreed || w.standing(abroad).State != people.NumberFine {
		t.Error("the person has no number again")
	}
}

func TestAChangeThatFailsChangesNothing(t *testing.T) {
	w := newWorld(t)
	id, newcomer := w.dials(home), w.dials(abroad)
	w.pin(id, home, "4827")
	broken := errors.New("broken")
	w.Readdress = append(w.Readdress, func(context.Context, *database.Tx, people.ID, []byte) error { return broken })
	if err := w.change(id, abroad, "4827"); !errors.Is(err, broken) {
		t.Fatal(err)
	}
	if w.dials(home) != id || w.dials(abroad) != newcomer || w.count("SELECT count(*) FROM numbers") != 0 || w.whose(home, "4827") != id {
		t.Error("half a change is stored")
	}
}
