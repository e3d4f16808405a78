package sessions_test

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"

	"sapar/applications"
	"sapar/database"
	"sapar/menus"
	"sapar/people"
	"sapar/sessions"
)

// the tree of these tests: small, with everything a turn can do. Every language has the same words.
const testTree = `
tree: test
codes: ["*141#"]
start: home
language: language
base: en
resume: 10m
nodes:
  home:
    title: {WORDS Home}
    menu:
      - {to: news, label: {WORDS News}}
      - {to: form, label: {WORDS Form}}
      - {to: secret, label: {WORDS Secret}}
      - {to: list, label: {WORDS List}}
      - {to: agree, label: {WORDS Agree}}
      - {to: pin, label: {WORDS Pin}}
      - {to: language, label: {WORDS Language}}
  language:
    title: {WORDS Choose}
    language: {to: home}
  news:
    title: {WORDS News}
    menu:
      - {to: news-one, label: {WORDS One}}
      - {to: news-two, label: {WORDS Two}}
  news-one:
    text: {WORDS First news}
    facts: {source: here, date: 2026-11-21, confidence: high, review: 2027-11-21}
  news-two:
    text: {WORDS Second news}
    end: true
    facts: {source: here, date: 2026-11-21, confidence: high, review: 2027-11-21}
  form:
    title: {WORDS Form}
    form:
      file: request
      resume: 72h
      questions:
        - {name: name, type: text, max: 40, label: {WORDS Name}, title: {WORDS Your name}}
        - {name: count, type: number, min: 1, max: 9, label: {WORDS Count}, title: {WORDS How many}}
      done: {WORDS "Received {number}"}
  secret:
    sensitive: true
    title: {WORDS Secret}
    menu:
      - {to: secret-form, label: {WORDS Secret form}}
  secret-form:
    sensitive: true
    title: {WORDS Secret form}
    form:
      file: secret
      resume: 72h
      questions:
        - {name: what, type: text, max: 40, label: {WORDS What}, title: {WORDS What happened}}
      done: {WORDS "Received {number}"}
  list:
    title: {WORDS List}
    checklist:
      - id: one
        label: {WORDS One}
        text: {WORDS Do one}
        facts: {source: here, date: 2026-11-21, confidence: high, review: 2027-11-21}
      - id: two
        label: {WORDS Two}
        text: {WORDS Do two}
        facts: {source: here, date: 2026-11-21, confidence: high, review: 2027-11-21}
  agree:
    title: {WORDS Agree}
    consent: {topic: news, version: 1, to: home}
  pin:
    title: {WORDS Type digits}
    ask: {name: pin, type: digits, min: 4, max: 4, to: home}
`

// treeFiles writes each wording in every language.
func treeFiles(text string) []menus.File {
	var out []string
	for line := range strings.Lines(text) {
		for {
			before, rest, found := strings.Cut(line, "WORDS ")
			if !found {
				break
			}
			words, after, _ := strings.Cut(rest, "}")
			if strings.HasPrefix(words, `"`) { // a quoted text may hold a brace itself
				end := strings.Index(rest[1:], `"`) + 2
				words, after = rest[:end], rest[end+1:]
			}
			line = before + fmt.Sprintf("ky: %s, ru: %s, uz: %s, en: %s}", words, words, words, words) + after
		}
		out = append(out, line)
	}
	return []menus.File{{Name: "test.yaml", Text: []byte(strings.Join(out, ""))}}
}

// noon is when a world begins.
var noon = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

// world is a database of its own with what sessions need around it; any number of processes may serve it.
type world struct {
	t       testing.TB
	db      *sqlx.DB
	keys    *database.Keys
	clock   atomic.Int64 // since noon
	effects sessions.Effects
	number  func() string
	desk    *applications.Desk
	away    atomic.Int64 // calls answered from memory
}

func newWorld(t testing.TB, tree string) *world {
	t.Helper()
	keys, err := database.LoadKeys(filepath.Join(t.TempDir(), "keys.json"))
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, db: database.New(t), keys: keys}
	if w.desk, err = applications.NewDesk(w.db, keys); err != nil {
		t.Fatal(err)
	}
	var drawn atomic.Uint64
	w.number = func() string { return menus.NewNumber(drawn.Add(1)) }
	w.effects = w.carryOut
	w.publish(tree)
	t.Cleanup(w.checkChains)
	return w
}

// carryOut does what the program's main does with the effects.
func (w *world) carryOut(ctx context.Context, tx *sqlx.Tx, turned sessions.Turned, e menus.Effect) error {
	switch {
	case e.File != nil:
		_, err := w.desk.File(ctx, tx, applications.Application{
			Number: e.File.Number, Kind: e.File.Kind, PersonID: turned.Person, Tree: turned.Tree, Revision: turned.Revision,
			Language: turned.Language, Answers: e.File.Answers, FiledAt: turned.At,
		})
		if err == applications.ErrNumberTaken {
			return sessions.ErrAgain
		}
		return err
	case e.Speak != nil:
		return people.SetLanguage(ctx, tx, turned.Person, *e.Speak)
	case e.Tick != nil:
		return people.SetTick(ctx, tx, turned.Person, *e.Tick, turned.At)
	}
	return people.Consent(ctx, tx, turned.Person, *e.Consent, turned.Channel, turned.At)
}

func (w *world) publish(tree string) {
	w.t.Helper()
	err := database.InTx(w.t.Context(), w.db, func(tx *sqlx.Tx) error {
		problems, err := menus.Publish(w.t.Context(), tx, treeFiles(tree), "for a test", contacts)
		for _, p := range problems {
			w.t.Error(p)
		}
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) now() time.Time { return noon.Add(time.Duration(w.clock.Load())) }

func (w *world) later(d time.Duration) { w.clock.Add(int64(d)) }

// process is one replica of the program, or the program after a restart.
func (w *world) process() *sessions.Sessions {
	w.t.Helper()
	s, _ := w.processWithShelf()
	return s
}

// contacts is the directory of the tests: one line.
var contacts = &menus.Directory{Fallback: "line", Entries: []menus.Entry{{
	ID: "line", Kind: "hotline", Name: menus.Wording{"en": "Line"}, Phones: []string{"112"}, Confidence: "high",
}}}

func (w *world) processWithShelf() (*sessions.Sessions, *menus.Shelf) {
	w.t.Helper()
	shelf, err := menus.OpenShelf(w.t.Context(), w.db)
	if err != nil {
		w.t.Fatal(err)
	}
	s, err := sessions.New(w.t.Context(), w.db, sessions.Options{
		Keys: w.keys, Shelf: shelf, Directory: func() *menus.Directory { return contacts },
		Effects: func(ctx context.Context, tx *sqlx.Tx, turned sessions.Turned, e menus.Effect) error {
			return w.effects(ctx, tx, turned, e)
		},
		Now: w.now, Number: func() string { return w.number() }, CountAway: func() { w.away.Add(1) },
	})
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(s.Close)
	return s, shelf
}

// count answers a question of numbers, as somebody whom row-level security hides nothing from.
func (w *world) count(query string, args ...any) int {
	w.t.Helper()
	var n int
	w.asOwner(func(conn *sqlx.Conn) error { return conn.GetContext(context.Background(), &n, query, args...) })
	return n
}

func (w *world) asOwner(look func(*sqlx.Conn) error) {
	w.t.Helper()
	ctx := context.Background()
	conn, err := w.db.Connx(ctx)
	if err != nil {
		w.t.Fatal(err)
	}
	defer conn.Close()
	if _, err := conn.ExecContext(ctx, "SET ROLE NONE"); err != nil {
		w.t.Fatal(err)
	}
	defer func() {
		if _, err := conn.ExecContext(ctx, "SET ROLE "+database.AppRole); err != nil {
			w.t.Fatal(err)
		}
	}()
	if err := look(conn); err != nil {
		w.t.Fatal(err)
	}
}

// rows are how many rows the tables of people hold; what changes nothing changes none of them.
func (w *world) rows() string {
	w.t.Helper()
	var out []string
	for _, table := range []string{"people", "sessions", "turns", "applications", "ticks", "consents"} {
		out = append(out, fmt.Sprintf("%s %d", table, w.count("SELECT count(*) FROM "+table)))
	}
	return strings.Join(out, ", ")
}

// checkChains proves that the turns of every session are 1, 2, 3 … up to the one the session is at.
func (w *world) checkChains() {
	broken := w.count(`
SELECT count(*)
FROM sessions s
LEFT JOIN LATERAL (SELECT count(*) AS n, min(turn) AS low, max(turn) AS high FROM turns WHERE session_id = s.id) t ON true
WHERE t.n <> s.turn OR t.low <> 1 OR t.high <> s.turn`)
	orphans := w.count("SELECT count(*) FROM turns t WHERE NOT EXISTS (SELECT 1 FROM sessions s WHERE s.id = t.session_id)")
	if broken+orphans > 0 {
		w.t.Errorf("%d sessions have a gap in their turns, %d turns belong to no session", broken, orphans)
	}
}

func (w *world) get(into any, query string, args ...any) {
	w.t.Helper()
	w.asOwner(func(conn *sqlx.Conn) error { return conn.GetContext(context.Background(), into, query, args...) })
}

func (w *world) exec(query string, args ...any) {
	w.t.Helper()
	w.asOwner(func(conn *sqlx.Conn) error {
		_, err := conn.ExecContext(context.Background(), query, args...)
		return err
	})
}
