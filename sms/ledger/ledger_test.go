package ledger_test

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/uuid"

	"sapar/database"
	"sapar/people"
	"sapar/people/numbers"
	"sapar/people/pins"
	"sapar/sms"
	"sapar/sms/ledger"
)

var noon = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

type world struct {
	*testing.T
	db      *database.DB
	keys    *database.Keys
	numbers *numbers.Numbers
}

func newWorld(t *testing.T) *world {
	t.Helper()
	keys, err := database.LoadKeys(filepath.Join(t.TempDir(), "keys.json"))
	if err != nil {
		t.Fatal(err)
	}
	w := &world{T: t, db: database.New(t), keys: keys}
	w.numbers = &numbers.Numbers{Keys: keys, Pins: pins.New(w.db, keys)}
	w.numbers.Readdress = append(w.numbers.Readdress, func(ctx context.Context, tx *database.Tx, person people.ID, phone []byte) error {
		return ledger.Follow(ctx, tx, keys, person, phone, func(person people.ID) (people.ID, people.Phone, bool, error) {
			reached, ok, err := numbers.Reach(ctx, tx, keys, person)
			return reached.Holder, reached.Phone, ok, err
		})
	})
	return w
}

func (w *world) tx(do func(tx *database.Tx) error) {
	w.Helper()
	if err := database.InTx(w.Context(), w.db, do); err != nil {
		w.Fatal(err)
	}
}

func (w *world) hash(number string) []byte { return w.keys.Hash("phone", number) }

func phoneOf(number string) people.Phone {
	phone, _ := people.NewPhone(number)
	return phone
}

// holder stores whoever has just dialled from a number.
func (w *world) holder(number, pin string) people.ID {
	w.Helper()
	id := uuid.New()
	w.tx(func(tx *database.Tx) error {
		_, err := tx.Exec("INSERT INTO people (id, phone_hash, phone, created_at, agreed_at) VALUES ($1, $2, $3, $4, $4)",
			id, w.hash(number), w.keys.Seal([]byte(number), id[:]), noon)
		if err != nil || pin == "" {
			return err
		}
		return w.numbers.Pins.Set(w.Context(), tx, id, w.hash(number), pin, noon)
	})
	return id
}

func (w *world) member(number, pin string) (id people.ID) {
	w.Helper()
	w.tx(func(tx *database.Tx) (err error) {
		id, err = w.numbers.AddMember(w.Context(), tx, w.hash(number), pin, noon)
		return err
	})
	return id
}

// notice queues a text about somebody's case, as the program does.
func (w *world) notice(key string, to people.ID, class sms.Priority) {
	w.Helper()
	w.tx(func(tx *database.Tx) error {
		reached, ok, err := numbers.Reach(w.Context(), tx, w.keys, to)
		if err != nil || !ok {
			w.Fatal(ok, err)
		}
		err = sms.Queue(w.Context(), tx, w.keys, nil, sms.Draft{Key: key, Person: reached.Holder, Phone: reached.Phone, Text: "of " + key, Priority: class})
		if err == nil && reached.Holder != to {
			err = ledger.Mean(w.Context(), tx, reached.Holder, key, to)
		}
		return err
	})
}

// goes says where a message goes and what it reads, once opened for whom its row names, or why it does not leave.
func (w *world) goes(key string) string {
	w.Helper()
	var row struct {
		Person people.ID `db:"person_id"`
		Phone  []byte    `db:"phone"`
		Text   []byte    `db:"text"`
		Status string    `db:"status"`
		Reason string    `db:"reason"`
	}
	if err := w.db.Get(&row, "SELECT person_id, phone, text, status, reason FROM outbox WHERE key = $1", key); err != nil {
		w.Fatal(err)
	}
	if row.Status != "pending" {
		return row.Status + ": " + row.Reason
	}
	phone, err := w.keys.Open(row.Phone, row.Person[:])
	if err != nil {
		w.Fatal(err)
	}
	text, err := w.keys.Open(row.Text, row.Person[:])
	if err != nil {
		w.Fatal(err)
	}
	return fmt.Sprintf("%s: %s", phone, text)
}

func (w *world) moves(person people.ID, number, pin string) {
	w.Helper()
	w.tx(func(tx *database.Tx) error {
		return w.numbers.Change(w.Context(), tx, numbers.Proof{Person: person, Phone: phoneOf(number), PIN: pin, At: noon})
	})
}

const (
	home, abroad, neighbour = "+996700111222", "+79991112233", "+996555000111"
)

func TestWhatWaitsForAMemberDoesNotGoWithTheHoldersNumber(t *testing.T) {
	w := newWorld(t)
	holder, member, twice := w.holder(home, "482715"), w.member(home, "739158"), w.member(home, "648201")
	w.holder(neighbour, "571903")
	w.notice("case/A/1", holder, sms.Case)
	w.notice("case/B/1", member, sms.Case)
	w.notice("case/C/1", twice, sms.Case)
	w.tx(func(tx *database.Tx) error { // this one can also be reached next door
		return w.numbers.Add(w.Context(), tx, numbers.Proof{Person: twice, Phone: phoneOf(neighbour), PIN: "648201", At: noon.Add(time.Hour)})
	})
	w.moves(holder, abroad, "482715")
	for key, want := range map[string]string{
		"case/A/1": abroad + ": of case/A/1", "case/B/1": "cancelled: " + ledger.ReasonNoNumber, "case/C/1": neighbour + ": of case/C/1",
	} {
		if got := w.goes(key); got != want {
			t.Errorf("%s: %s, not %s", key, got, want)
		}
	}
	if reached, ok, err := numbers.Reach(t.Context(), w.db, w.keys, member); ok || err != nil {
		t.Errorf("whoever shared the phone is reached on %v, %v", reached, err)
	}
}

func TestWhatWaitsForAMemberGoesToTheirFirstOwnNumber(t *testing.T) {
	w := newWorld(t)
	holder, member := w.holder(home, "482715"), w.member(home, "739158")
	w.notice("case/A/1", holder, sms.Case)
	w.notice("case/B/1", member, sms.Case)
	w.moves(member, abroad, "739158")
	if a, b := w.goes("case/A/1"), w.goes("case/B/1"); a != home+": of case/A/1" || b != abroad+": of case/B/1" {
		t.Errorf("%s, %s", a, b)
	}
	var whose people.ID
	if err := w.db.Get(&whose, "SELECT person_id FROM outbox WHERE key = 'case/B/1' AND meant_for IS NULL"); err != nil || whose != member {
		t.Errorf("the message is of %s, %v", whose, err)
	}
}

func TestWhatAMemberWasTextedIsForgottenWithThem(t *testing.T) {
	w := newWorld(t)
	holder, member := w.holder(home, "482715"), w.member(home, "739158")
	w.notice("case/A/1", holder, sms.Case)
	w.notice("case/B/1", member, sms.Case)
	w.tx(func(tx *database.Tx) error { return ledger.Forget(t.Context(), tx, member) })
	var left []string
	if err := w.db.Select(&left, "SELECT key FROM outbox WHERE length(text) > 0 OR length(phone) > 0 OR status = 'pending'"); err != nil || fmt.Sprint(left) != "[case/A/1]" {
		t.Errorf("%v, %v", left, err)
	}
}

func TestNumberAndWordsLeaveWhatWasKeptLongEnoughAndTheRowStays(t *testing.T) {
	w := newWorld(t)
	person := w.holder(home, "")
	now := time.Now()
	for _, status := range []string{"delivered", "pending", "submitting", "unknown", "parked", "cancelled", "broadcast"} {
		w.notice(status, person, sms.Case)
	}
	exec := func(query string, args ...any) {
		t.Helper()
		if _, err := w.db.Exec(query, args...); err != nil {
			t.Fatal(err)
		}
	}
	exec(`UPDATE outbox SET status = CASE key WHEN 'parked' THEN 'unknown' WHEN 'broadcast' THEN 'sent' ELSE key END, attempt = 1, reason = 'test',
		lease_until = now(), ask_after = now(), parked_at = CASE key WHEN 'parked' THEN now() END`)
	exec("UPDATE outbox SET text = NULL WHERE key = 'broadcast'")
	expires := func(at time.Time, want int) {
		t.Helper()
		for _, want := range []int{want, 0} { // the second replica finds nothing
			if n, err := ledger.Expire(t.Context(), w.db, at); err != nil || n != want {
				t.Errorf("%d were emptied, not %d, %v", n, want, err)
			}
		}
	}
	over := now.Add(sms.Useful + ledger.Kept)
	expires(over.Add(-time.Hour), 0)
	expires(over.Add(time.Hour), 4)
	var left []string
	if err := w.db.Select(&left, "SELECT key FROM outbox WHERE length(phone) > 0 OR length(text) > 0 ORDER BY key"); err != nil || fmt.Sprint(left) != "[pending submitting unknown]" {
		t.Errorf("%v have number or words, %v", left, err)
	}
	exec("UPDATE outbox SET status = 'failed' WHERE length(phone) > 0")
	expires(over.Add(2*time.Hour), 3) // what ended late is not missed
	var rows, bad int
	if err := w.db.QueryRow("SELECT total, unaccounted FROM outbox_identity").Scan(&rows, &bad); err != nil || rows != 7 || bad != 0 {
		t.Errorf("%d rows, %d unaccounted, %v", rows, bad, err)
	}
}
