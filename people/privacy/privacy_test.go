package privacy_test

import (
	"context"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"sapar/database"
	"sapar/menus"
	"sapar/people"
	"sapar/people/numbers"
	"sapar/people/pins"
	"sapar/people/privacy"
)

var noon = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

const (
	home   = "+996700111222"
	abroad = "+79991112233"
	canary = "Канарейкабек"
)

type world struct {
	*testing.T
	db, owner *database.DB
	keys      *database.Keys
	pins      *pins.Pins
}

func newWorld(t *testing.T) *world {
	t.Helper()
	keys, err := database.LoadKeys(filepath.Join(t.TempDir(), "keys"))
	if err != nil {
		t.Fatal(err)
	}
	url := database.NewURL(t)
	w := &world{T: t, keys: keys}
	for role, open := range map[**database.DB]func(context.Context, string) (*database.DB, error){&w.db: database.Open, &w.owner: database.OpenOwner} {
		db, err := open(t.Context(), url)
		w.ok(err)
		t.Cleanup(func() { _ = db.Close() })
		*role = db
	}
	w.pins = pins.New(w.db, keys)
	return w
}

func (w *world) ok(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

func (w *world) exec(query string, args ...any) {
	w.Helper()
	_, err := w.db.Exec(query, args...)
	w.ok(err)
}

func (w *world) tx(f func(tx *database.Tx) error) {
	w.Helper()
	w.ok(database.InTx(w.Context(), w.db, f))
}

func (w *world) hash(e164 string) []byte { return w.keys.Hash("phone", e164) }

// newcomer makes the row that the first turn of a phone makes.
func (w *world) newcomer(e164 string) people.ID {
	w.Helper()
	id := uuid.New()
	w.exec("INSERT INTO people (id, phone_hash, phone, created_at, agreed_at) VALUES ($1, $2, $3, $4, $4)",
		id, w.hash(e164), w.keys.Seal([]byte(e164), id[:]), noon)
	return id
}

// talk stores what a conversation and its messages leave: a session with a turn and a text, and a message in every state.
func (w *world) talk(id people.ID, e164 string) {
	w.Helper()
	session := uuid.UUID(w.keys.Hash("session", "sms", "texts", e164))
	secret := func(context []byte) []byte { return w.keys.Seal([]byte(canary+" "+e164), context) }
	w.exec(`INSERT INTO sessions (id, person_id, channel, tree, revision, turn, state, started_at, last_seen_at) VALUES ($1, $2, 'kannel', 'main', 1, 1, $3, $4, $4)`,
		session, id, secret(session[:]), noon)
	w.exec(`INSERT INTO turns (session_id, turn, callback, node, reply, at) VALUES ($1, 1, '', 'start', $2, $3)`, session, secret(session[:]), noon)
	w.exec(`INSERT INTO inbox (channel, message, person_id, session_id, turn, raw, text, at) VALUES ('kannel', $1, $2, $3, 1, $4, $4, $5)`,
		uuid.New(), id, session, secret(id[:]), noon)
	for _, status := range []string{"pending", "submitting", "unknown", "delivered", "failed"} {
		w.exec(`INSERT INTO outbox (id, key, person_id, phone, text, class, priority, segments, status, attempt, send_after, send_until, lease_until, ask_after, reason, language)
			VALUES ($1, $2, $3, $4, $5, 'once', 1, 1, $6, 1, $7, $7, $7, $7, CASE WHEN $6 = 'failed' THEN 'refused' ELSE '' END, 'ky')`,
			uuid.New(), "asked/"+session.String()+"/"+status, id, w.keys.Seal([]byte(e164), id[:]), secret(id[:]), status, noon)
	}
}

// The erasers of the packages above this one: what they do is their own, what is left of it is looked for here.
var erasers = []privacy.Eraser{
	deleting(`DELETE FROM turns WHERE session_id IN (SELECT id FROM sessions WHERE person_id = $1)`),
	deleting(`DELETE FROM inbox WHERE person_id = $1`),
	deleting(`DELETE FROM sessions WHERE person_id = $1`),
	deleting(`UPDATE outbox
		SET phone = '', text = CASE WHEN text IS NULL THEN NULL ELSE ''::bytea END, key = CASE WHEN text IS NULL THEN key ELSE 'forgotten/' || id END,
			status = CASE status WHEN 'pending' THEN 'cancelled' ELSE status END, reason = CASE status WHEN 'pending' THEN 'forgotten' ELSE reason END,
			language = '', script = ''
		WHERE person_id = $1`),
}

func deleting(query string) privacy.Eraser {
	return func(ctx context.Context, tx *database.Tx, person people.ID) error {
		_, err := tx.ExecContext(ctx, query, person)
		return err
	}
}

func (w *world) forget(id people.ID) {
	w.Helper()
	w.tx(func(tx *database.Tx) error {
		return privacy.Forget(w.Context(), tx, id, noon.Add(time.Hour), erasers...)
	})
}

// known is a person of whom everything there is, is held: two numbers, one of before, a newcomer merged into them, a PIN, wrong tries.
func (w *world) known() people.ID {
	w.Helper()
	ctx := w.Context()
	id := w.newcomer("+996555000111")
	n := &numbers.Numbers{Keys: w.keys, Pins: w.pins}
	proof := func(e164 string) numbers.Proof {
		phone, _ := people.NewPhone(e164)
		return numbers.Proof{Person: id, Phone: phone, PIN: "4827", At: noon}
	}
	w.tx(func(tx *database.Tx) error { return w.pins.Set(ctx, tx, id, w.hash("+996555000111"), "4827", noon) })
	merged := w.newcomer(home)
	w.talk(merged, home)
	w.tx(func(tx *database.Tx) error { return n.Change(ctx, tx, proof(home)) })
	w.newcomer(abroad)
	w.tx(func(tx *database.Tx) error { return n.Add(ctx, tx, proof(abroad)) })
	w.talk(id, abroad)
	for _, field := range []string{"country", "city", "oblast", "raion"} {
		w.ok(people.Keep(ctx, w.db, w.keys, id, people.Said{Field: field, Value: canary + " " + field}))
	}
	w.ok(people.SetLanguage(ctx, w.db, id, menus.Speech{Language: menus.Kyrgyz}))
	w.ok(people.SetTick(ctx, w.db, id, menus.Tick{Item: canary + "/ban", Done: true}, noon))
	w.ok(people.Consent(ctx, w.db, id, menus.Agreement{Topic: "rules", Version: 2, Agreed: true}, "kannel", noon))
	_, err := people.Stop(ctx, w.db, id, people.Wish{Topic: people.Elections, Version: 1, Channel: "kannel", At: noon})
	w.ok(err)
	_, err = w.pins.Check(ctx, w.hash(home), "9999", noon)
	w.ok(err)
	return id
}

func TestWhatIsForgottenIsInNoColumnOfNoTable(t *testing.T) {
	w := newWorld(t)
	id := w.known()
	before := w.traces()
	for _, table := range []string{
		"people", "numbers", "members", "number_history", "pin_tries", "ticks", "sessions", "turns", "inbox", "outbox",
	} {
		if !slices.ContainsFunc(before, func(where string) bool { return strings.HasPrefix(where, table+".") }) {
			t.Errorf("the search finds nothing in %s, where something is", table)
		}
	}
	total := w.count("SELECT total FROM outbox_identity")
	w.forget(id)
	w.forget(id)
	if after := w.traces(); !slices.Equal(after, []string{"optouts.phone_hash: a number's hash", "pin_tries.name: a number's hash"}) {
		t.Errorf("left for the hour of its wrong tries are %v", after)
	}
	w.ok(pins.DropTries(t.Context(), w.db, noon.Add(2*time.Hour)))
	if after := w.traces(); !slices.Equal(after, []string{"optouts.phone_hash: a number's hash"}) {
		t.Errorf("left are %v", after)
	}
	if n := w.count("SELECT total FROM outbox_identity WHERE unaccounted = 0 AND pending = 0 AND cancelled = 2"); n != total {
		t.Errorf("of %d messages %d are accounted for", total, n)
	}
	if n := w.count("SELECT count(*) FROM people WHERE forgotten_at IS NOT NULL AND language || country || pin || zone = '' AND phone IS NULL AND merged_into IS NULL"); n != 3 {
		t.Errorf("%d rows are empty", n)
	}
}

func TestForgettingKeepsTheCounts(t *testing.T) {
	w := newWorld(t)
	w.forget(w.known())
	w.forget(w.newcomer(home))
	var counts []struct {
		What string
		N    int
	}
	w.ok(w.db.Select(&counts, "SELECT what, n FROM forgotten_counts ORDER BY what"))
	got := map[string]int{}
	for _, c := range counts {
		got[c.What] = c.N
	}
	for what, n := range map[string]int{"people": 2, "ticks": 1, "rules v2 yes": 1, "messages/elections v1 no": 1} {
		if got[what] != n {
			t.Errorf("%s: %d, want %d", what, got[what], n)
		}
	}
}

func TestWhoeverComesBackIsNewAndWhatTheyStoppedIsStoppedStill(t *testing.T) {
	w := newWorld(t)
	id := w.known()
	w.ok(people.MarkNumber(t.Context(), w.db, id, people.NumberOptedOut))
	w.forget(id)
	for _, e164 := range []string{home, abroad} {
		if back := w.newcomer(e164); back == id {
			t.Error("who comes back is not new")
		}
		s, err := people.ReadStanding(t.Context(), w.db, w.hash(e164), people.Elections)
		if w.ok(err); !s.Stopped || !s.StoppedTopic || s.State != people.NumberFine {
			t.Errorf("stands as %+v", s)
		}
		if v, err := w.pins.Check(t.Context(), w.hash(e164), "4827", noon); !v.First || err != nil {
			t.Errorf("the PIN of before is %+v, %v", v, err)
		}
	}
	if n := w.count("SELECT count(*) FROM optouts"); n != 0 {
		t.Errorf("%d stops are kept twice", n)
	}
	back := w.newcomer("+996700999999")
	if n := w.count("SELECT count(*) FROM stops WHERE person_id = $1", back); n != 0 {
		t.Error("somebody else is stopped")
	}
}

func TestWhoSharesAPhoneIsForgottenAlone(t *testing.T) {
	w := newWorld(t)
	n := &numbers.Numbers{Keys: w.keys, Pins: w.pins}
	holder := w.newcomer(home)
	var member people.ID
	w.tx(func(tx *database.Tx) error { return w.pins.Set(t.Context(), tx, holder, w.hash(home), "4827", noon) })
	w.tx(func(tx *database.Tx) (err error) {
		member, err = n.AddMember(t.Context(), tx, w.hash(home), "7391", noon)
		return err
	})
	w.forget(member)
	for pin, want := range map[string]people.ID{"4827": holder, "7391": {}} {
		if v, err := w.pins.Check(t.Context(), w.hash(home), pin, noon); v.Person != want || err != nil {
			t.Errorf("%s is %+v, %v", pin, v, err)
		}
	}
	if r, ok, err := numbers.Reach(t.Context(), w.db, w.keys, holder); !ok || err != nil || r.Phone.E164() != home {
		t.Error("the holder is forgotten too", err)
	}
	if n := w.count("SELECT count(*) FROM pin_tries"); n != 1 {
		t.Error("to forget one of a household gives the others' PINs new tries")
	}
}

func TestToForgetWinsNoNewTries(t *testing.T) {
	w := newWorld(t)
	id := w.newcomer(home)
	w.tx(func(tx *database.Tx) error { return w.pins.Set(t.Context(), tx, id, w.hash(home), "4827", noon) })
	for range 3 {
		_, err := w.pins.Check(t.Context(), w.hash(home), "9999", noon)
		w.ok(err)
	}
	w.forget(id)
	if v, err := w.pins.Check(t.Context(), w.hash(home), "4827", noon.Add(time.Minute)); !v.Locked || err != nil {
		t.Errorf("a fourth try within the hour: %+v, %v", v, err)
	}
}

func TestAnExportSeesWhatItsTransactionChanged(t *testing.T) {
	w := newWorld(t)
	id := w.newcomer(home)
	w.tx(func(tx *database.Tx) error {
		w.ok(people.Keep(t.Context(), tx, w.keys, id, people.Said{Field: "city", Value: "Bursa"}))
		held, err := privacy.Export(t.Context(), tx, w.keys, id)
		if held.Profile.City != "Bursa" {
			t.Errorf("the city is %q", held.Profile.City)
		}
		return err
	})
}

func TestAnExportTellsWhatIsHeld(t *testing.T) {
	w := newWorld(t)
	id := w.known()
	held, err := privacy.Export(t.Context(), w.db, w.keys, id)
	w.ok(err)
	want := []privacy.Phone{{E164: home, Main: true}, {E164: abroad}, {E164: "+996555000111", Old: true}}
	if !slices.Equal(held.Phones, want) {
		t.Errorf("%d numbers are told", len(held.Phones))
	}
	if held.Language != "ky" || held.Profile.City != canary+" city" || !held.PIN || !held.Since.Equal(noon) ||
		!slices.Equal(held.Ticks, []string{canary + "/ban"}) || !slices.Equal(held.Stops, []string{people.Elections}) || len(held.Consents) != 2 {
		t.Error("something is not told")
	}
	n := &numbers.Numbers{Keys: w.keys, Pins: w.pins}
	var member people.ID
	w.tx(func(tx *database.Tx) (err error) {
		member, err = n.AddMember(t.Context(), tx, w.hash(home), "7391", noon)
		return err
	})
	held, err = privacy.Export(t.Context(), w.db, w.keys, member)
	if w.ok(err); !slices.Equal(held.Phones, []privacy.Phone{{Shared: true}}) {
		t.Errorf("to whoever shares a phone %d numbers are told", len(held.Phones))
	}
	w.forget(id)
	held, err = privacy.Export(t.Context(), w.db, w.keys, id)
	if w.ok(err); len(held.Phones)+len(held.Ticks)+len(held.Consents)+len(held.Stops) != 0 || held.PIN || held.Language != "" {
		t.Error("something is told of somebody forgotten")
	}
}
