package database

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"testing"
)

// things is a table like ours: two sealed columns, one of them also with sensitive values, and rows that are wide, so that there are many pages.
var things = []SealedTable{{Name: "things", Columns: []SealedColumn{
	{Name: "answer", Context: "convert_to('thing ' || id, 'UTF8')"},
	{Name: "note", Context: "int8send(id)"},
}}}

const makeThings = `CREATE TABLE things (id bigint PRIMARY KEY, answer bytea NOT NULL, note bytea NOT NULL, n int NOT NULL, wide text NOT NULL)`

func answerContext(id int) []byte { return fmt.Append(nil, "thing ", id) }

func noteContext(id int) []byte {
	return []byte{0, 0, 0, 0, byte(id >> 24), byte(id >> 16), byte(id >> 8), byte(id)}
}

// shop is a table of things, and the keys they are sealed with.
type shop struct {
	*testing.T
	url   string
	db    *DB
	files KeyFiles
	keys  *Keys
	rows  int
}

func openShop(t *testing.T, rows int) *shop {
	t.Helper()
	s := &shop{T: t, url: NewURL(t), files: KeyFiles{Keys: newPath(t)}, rows: rows}
	s.keys = keysIn(t, s.files.Keys)
	var err error
	if s.db, err = OpenOwner(t.Context(), s.url); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.db.Close() })
	if _, err := s.db.ExecContext(t.Context(), makeThings); err != nil {
		t.Fatal(err)
	}
	must(t, InTx(t.Context(), s.db, func(tx *Tx) error {
		for id := range rows {
			if err := s.put(tx, id, 0); err != nil {
				return err
			}
		}
		return nil
	}))
	return s
}

const sqlPutThing = `INSERT INTO things VALUES ($1, $2, $3, $4, repeat('x', 1200))
ON CONFLICT (id) DO UPDATE SET answer = excluded.answer, note = excluded.note, n = excluded.n`

// put stores the n-th version of a thing. Every tenth is sensitive; every seventh has no note.
func (s *shop) put(tx *Tx, id, n int) error {
	var note []byte
	answer := sealer(s.keys, s.setOf(id))(fmt.Append(nil, "answer ", id, n), answerContext(id))
	if note = []byte{}; id%7 > 0 {
		note = s.keys.Seal(fmt.Append(nil, "note ", id, n), noteContext(id))
	}
	_, err := tx.ExecContext(s.Context(), sqlPutThing, id, answer, note, n)
	return err
}

func (s *shop) setOf(id int) KeySet {
	if id%10 == 0 {
		return SensitiveKeys
	}
	return UsualKeys
}

// check opens everything with the keys as they are on the disk now.
func (s *shop) check() {
	s.Helper()
	rows, err := s.db.QueryxContext(s.Context(), "SELECT id, answer, note, n FROM things")
	must(s, err)
	defer rows.Close()
	keys, seen := keysIn(s, s.files.Keys), 0
	for rows.Next() {
		var id, n int
		var answer, note []byte
		must(s, rows.Scan(&id, &answer, &note, &n))
		seen++
		plain, err := keys.Open(answer, answerContext(id))
		if err != nil || string(plain) != fmt.Sprint("answer ", id, n) {
			s.Errorf("the answer of %d: %q, %v", id, plain, err)
		}
		if len(note) == 0 && id%7 == 0 {
			continue
		}
		if plain, err = keys.Open(note, noteContext(id)); err != nil || string(plain) != fmt.Sprint("note ", id, n) {
			s.Errorf("the note of %d: %q, %v", id, plain, err)
		}
	}
	if err := rows.Err(); err != nil || seen < s.rows {
		s.Errorf("%d of %d rows, %v", seen, s.rows, err)
	}
}

func (s *shop) left(set KeySet) int {
	s.Helper()
	n, err := keysIn(s, s.files.Keys).left(s.Context(), s.db, set, things)
	must(s, err)
	return n
}

func (s *shop) reseal(set KeySet) Resealed {
	s.Helper()
	done, err := keysIn(s, s.files.Keys).Reseal(s.Context(), s.db, set, things, nil)
	must(s, err)
	return done
}

func TestEverythingIsSealedAnewAndTheOldKeyCanGo(t *testing.T) {
	s := openShop(t, 300)
	for _, set := range []KeySet{UsualKeys, SensitiveKeys} {
		must(t, s.files.Rotate(set))
		want := s.left(set)
		if done := s.reseal(set); done.Done != want || want == 0 || done.Left != 0 || done.Unreadable != 0 {
			t.Errorf("%s: of %d: %+v", set, want, done)
		}
		if done := s.reseal(set); done != (Resealed{}) {
			t.Errorf("%s: a second time: %+v", set, done)
		}
		must(t, s.files.Disable(set))
		must(t, s.files.Destroy(set))
		s.check()
	}
}

func TestARotationThatIsCancelledGoesOn(t *testing.T) {
	s := openShop(t, 600)
	must(t, s.files.Rotate(UsualKeys))
	before := s.left(UsualKeys)
	ctx, cancel := context.WithCancel(t.Context())
	steps := 0
	_, err := keysIn(t, s.files.Keys).Reseal(ctx, s.db, UsualKeys, things, func(string, int) {
		if steps++; steps == 2 {
			cancel()
		}
	})
	if left := s.left(UsualKeys); !errors.Is(err, context.Canceled) || left == 0 || left >= before {
		t.Fatalf("cancelled with %d of %d left, %v", left, before, err)
	}
	s.check()
	if done := s.reseal(UsualKeys); done.Left != 0 {
		t.Errorf("%+v", done)
	}
	s.check()
}

func TestWhatSomebodyHoldsIsSealedAnewAfterwards(t *testing.T) {
	s := openShop(t, 50)
	must(t, s.files.Rotate(UsualKeys))
	tx, err := s.db.BeginTxx(t.Context(), nil)
	must(t, err)
	must(t, s.put(tx, 3, 1)) // still with the key of before
	var once sync.Once
	letGo := func(string, int) {
		once.Do(func() {
			if err := tx.Commit(); err != nil {
				t.Error(err)
			}
		})
	}
	done, err := keysIn(t, s.files.Keys).Reseal(t.Context(), s.db, UsualKeys, things, letGo)
	if err != nil || done.Left != 0 {
		t.Errorf("%+v, %v", done, err)
	}
	s.check()
}

func TestWhatDoesNotOpenIsCountedAndLeftAlone(t *testing.T) {
	s := openShop(t, 50)
	if _, err := s.db.ExecContext(t.Context(), "UPDATE things SET answer = (SELECT answer FROM things WHERE id = 2) WHERE id = 1"); err != nil {
		t.Fatal(err)
	}
	must(t, s.files.Rotate(UsualKeys))
	if done := s.reseal(UsualKeys); done.Unreadable != 1 || done.Left != 1 {
		t.Errorf("%+v", done)
	}
}

func TestSensitiveValuesAreSealedAnewOnlyWhereTheyCanBeOpened(t *testing.T) {
	s := openShop(t, 20)
	must(t, s.files.Rotate(SensitiveKeys))
	must(t, os.Remove(s.files.sensitive()))
	if _, err := keysIn(t, s.files.Keys).Reseal(t.Context(), s.db, SensitiveKeys, things, nil); !errors.Is(err, ErrSensitive) {
		t.Errorf("without the second file: %v", err)
	}
}

func TestRowsThatAreHiddenFromTheAccountAreNotTakenForNone(t *testing.T) {
	s := openShop(t, 20)
	owner := "sapar_owner_of_things"
	must(t, each(t.Context(), s.db,
		"DO $$ BEGIN CREATE ROLE "+owner+" LOGIN; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$",
		"ALTER TABLE things OWNER TO "+owner, "ALTER TABLE things ENABLE ROW LEVEL SECURITY", "ALTER TABLE things FORCE ROW LEVEL SECURITY"))
	must(t, s.files.Rotate(UsualKeys))
	as := pool{connections: 2, parameters: map[string]string{"role": owner}}
	db, err := as.open(t.Context(), s.url)
	must(t, err)
	defer db.Close()
	keys := keysIn(t, s.files.Keys)
	if _, err := keys.Reseal(t.Context(), db, UsualKeys, things, nil); !errors.Is(err, ErrHidden) {
		t.Fatalf("rows that are hidden: %v", err)
	}
	must(t, each(t.Context(), s.db, "CREATE POLICY reseal ON things TO "+owner+" USING (current_setting('sapar.reseal', true) = 'on')"))
	var seen int
	if err := db.GetContext(t.Context(), &seen, "SELECT count(*) FROM things"); err != nil || seen != 0 {
		t.Errorf("the owner sees %d rows by chance, %v", seen, err)
	}
	if done, err := keys.Reseal(t.Context(), db, UsualKeys, things, nil); err != nil || done.Done == 0 || done.Left != 0 {
		t.Errorf("%+v, %v", done, err)
	}
	s.check()
}

func TestSealedValuesAreCountedByTheirKeys(t *testing.T) {
	s := openShop(t, 70)
	if _, err := s.db.ExecContext(t.Context(), "UPDATE things SET note = 'in clear' WHERE id = 1"); err != nil {
		t.Fatal(err)
	}
	counts, err := CountSealed(t.Context(), s.db, things)
	must(t, err)
	got := map[string]int{}
	for _, c := range counts {
		kind := "foreign"
		for _, set := range []KeySet{UsualKeys, SensitiveKeys} {
			if keys, err := s.files.List(set); err == nil && keys[0].ID == c.Key {
				kind = string(set)
			}
		}
		got[c.Column+" "+kind] = c.Values
	}
	var out bytes.Buffer
	fmt.Fprint(&out, got)
	if out.String() != "map[answer sensitive:7 answer usual:63 note foreign:1 note usual:59]" {
		t.Error(out.String())
	}
}
