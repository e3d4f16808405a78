package applications_test

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/lib/pq"

	"sapar/applications"
	"sapar/database"
	"sapar/people"
)

// caseTables are the tables that hold a case: applications, and whatever points to it. They are asked of Postgres, so that a new one cannot be
// forgotten here.
const caseTables = `
SELECT DISTINCT c.oid::regclass::text
FROM pg_class c LEFT JOIN pg_constraint f ON f.conrelid = c.oid AND f.contype = 'f' LEFT JOIN pg_attribute a ON a.attrelid = c.oid
WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace
    AND (c.relname = 'applications' OR f.confrelid = 'applications'::regclass OR a.attname = 'application_id')
ORDER BY 1`

func (w *world) caseTables() (tables []string) {
	w.t.Helper()
	w.asOwner(func(tx *database.Tx) error { return tx.Select(&tables, caseTables) })
	return tables
}

func TestEveryTableThatHoldsACaseIsWalledForItsOwnerToo(t *testing.T) {
	w := newWorld(t)
	for _, table := range w.caseTables() {
		if n := w.count("SELECT count(*) FROM pg_class WHERE oid = $1::regclass AND relrowsecurity AND relforcerowsecurity", table); n != 1 {
			t.Errorf("%s has no forced row-level security", table)
		}
		for _, command := range []string{"r", "a", "w"} {
			if w.count("SELECT count(*) FROM pg_policy WHERE polrelid = $1::regclass AND polcmd = $2", table, command) == 0 {
				t.Errorf("%s has no policy for %s", table, command)
			}
		}
		if n := w.count("SELECT count(*) FROM pg_policy WHERE polrelid = $1::regclass AND polcmd IN ('*', 'd')", table); n != 0 {
			t.Errorf("%s has a policy for deleting, or one for everything", table)
		}
	}
}

// who is somebody who looks at the tables: what a transaction says of itself.
type who struct{ name, office, person string }

// cell is one try: somebody does something to one table's rows of one case.
type cell struct {
	who   who
	own   string // whose case: its office
	table string
	does  string
}

// allowed is the rule that the matrix is held against, written a second time without SQL.
func (c cell) allowed() bool {
	office := c.who.office == c.own
	filer := c.who.name == "filer of "+c.own
	switch c.does {
	case "select":
		return office || filer && slices.Contains([]string{"applications", "application_questions"}, c.table)
	case "insert": // whoever files makes the row; an office adds to its own only
		return office && c.table != "applications" || filer && c.table == "applications"
	case "update":
		return office
	}
	return false
}

// inserts and updates are what is tried on each table, for the case $1. A table without a line here fails the test.
var inserts = map[string]string{
	"applications": `
INSERT INTO applications (id, number, kind, person_id, office, tree, revision, language, answers, filed_at)
SELECT gen_random_uuid(), '9999999999', 'callback', $2::uuid, $3, 'main', 1, 'ky', '', now() WHERE $1::uuid IS NOT NULL`,
	"application_events": `
INSERT INTO application_events (application_id, n, at, who, office, action) SELECT $1::uuid, 99, now(), 'x', $3, 'x' WHERE $2::text <> 'x'`,
	"application_notes": `
INSERT INTO application_notes (id, application_id, at, who, text) SELECT gen_random_uuid(), $1::uuid, now(), $3, $2::text::bytea`,
	"application_questions": `
INSERT INTO application_questions (id, application_id, asked_at, who, question) SELECT gen_random_uuid(), $1::uuid, now(), $3, $2::text::bytea`,
	"application_reads": `
INSERT INTO application_reads (id, application_id, at, who, office, unmasked, purpose)
SELECT gen_random_uuid(), $1::uuid, now(), 'x', $3, false, $2::text::bytea`,
}

var updates = map[string]string{
	"applications":          "UPDATE applications SET assignee = 'x' WHERE id = $1",
	"application_events":    "UPDATE application_events SET why = '' WHERE application_id = $1",
	"application_notes":     "UPDATE application_notes SET text = '' WHERE application_id = $1",
	"application_questions": "UPDATE application_questions SET answer = 'x' WHERE application_id = $1",
	"application_reads":     "UPDATE application_reads SET purpose = '' WHERE application_id = $1",
}

// errUndo takes back what a try did.
var errUndo = errors.New("undo")

// try does it as the role that the program serves with, and reports whether it had any effect.
func (w *world) try(c cell, id uuid.UUID, filer people.ID) (done bool) {
	w.t.Helper()
	err := database.InTx(w.t.Context(), w.desk.DB, func(tx *database.Tx) error {
		if _, err := tx.Exec("SELECT set_config('sapar.office', $1, true), set_config('sapar.person', $2, true)", c.who.office, c.who.person); err != nil {
			return err
		}
		n, err := act(tx, c, id, filer)
		if err != nil {
			return err
		}
		done = n > 0
		return errUndo
	})
	var refused *pq.Error
	if errors.As(err, &refused) && refused.Code == "42501" { // insufficient_privilege: no grant, or a row that the policy refuses
		return false
	}
	if !errors.Is(err, errUndo) {
		w.t.Errorf("%+v: %v", c, err)
	}
	return done
}

func act(tx *database.Tx, c cell, id uuid.UUID, filer people.ID) (n int64, err error) {
	column := "application_id"
	if c.table == "applications" {
		column = "id"
	}
	if c.does == "select" {
		return n, tx.Get(&n, "SELECT count(*) FROM "+c.table+" WHERE "+column+" = $1", id)
	}
	query, args := map[string]string{
		"insert": inserts[c.table], "update": updates[c.table], "delete": "DELETE FROM " + c.table + " WHERE " + column + " = $1",
	}[c.does], []any{id}
	if c.does == "insert" {
		args = append(args, filer, c.own)
	}
	result, err := tx.Exec(query, args...)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

// The wall itself: everybody who may come, at every table of every case, trying everything, as the program's role and past its code.
func TestTheMatrixOfOfficesRolesCasesAndTables(t *testing.T) {
	w := newWorld(t)
	owners := []string{"leylek-raion", "batken", "ru-novosibirsk-cg", "national"}
	cases, filers := map[string]uuid.UUID{}, map[string]people.ID{}
	whos := []who{{name: "no office"}, {name: "an office that does not exist", office: "nowhere"}, {name: "stranger", person: w.person().String()}}
	for _, office := range owners {
		filers[office] = w.person()
		cases[office] = w.full(office, filers[office])
		whos = append(whos, who{"worker of " + office, office, ""}, who{"filer of " + office, "", filers[office].String()})
	}
	tried, wrong := map[string]int{}, 0
	for _, table := range w.caseTables() {
		if inserts[table] == "" || updates[table] == "" {
			t.Errorf("the matrix does not know what to try on %s", table)
			continue
		}
		for own, id := range cases {
			for _, who := range whos {
				for _, does := range []string{"select", "insert", "update", "delete"} {
					c := cell{who, own, table, does}
					got := w.try(c, id, filers[own])
					if got != c.allowed() {
						wrong++
						t.Errorf("%s, case of %s, %s %s: %v", who.name, own, does, table, got)
					}
					tried[fmt.Sprint(does, " ", got)]++
				}
			}
		}
	}
	total := 0
	for _, n := range tried {
		total += n
	}
	var counts []string
	for _, key := range slices.Sorted(maps.Keys(tried)) {
		counts = append(counts, fmt.Sprint(key, " ", tried[key]))
	}
	t.Logf("%d who × %d cases × %d tables × 4 = %d tries, %d wrong: %s", len(whos), len(cases), len(w.caseTables()), total, wrong, strings.Join(counts, ", "))
}

// full is a case of an office that has a row in every table.
func (w *world) full(office string, filer people.ID) (id uuid.UUID) {
	w.t.Helper()
	a := w.application("guardianship", filer)
	w.file(a)
	w.exec("UPDATE applications SET office = $2 WHERE number = $1", a.Number, office)
	worker, ctx := w.worker(office), w.t.Context()
	if err := worker.Note(ctx, noon, a.Number, "a note"); err != nil {
		w.t.Fatal(err)
	}
	if _, err := worker.Ask(ctx, noon, w.ref(office, a.Number), "May we call?"); err != nil {
		w.t.Fatal(err)
	}
	w.get(&id, "SELECT id FROM applications WHERE number = $1", a.Number)
	return id
}

// What hand-over opens: the row that the case becomes, to the office that hands it over, when it names that case; not its notes, not later.
func TestAnOfficeThatHandedACaseOverSeesNoMoreOfIt(t *testing.T) {
	w := newWorld(t)
	id := w.full("leylek-raion", w.person())
	other := w.full("leylek-raion", w.person())
	var number string
	w.get(&number, "SELECT number FROM applications WHERE id = $1", id)
	if err := w.worker("leylek-raion").HandOver(t.Context(), noon, w.ref("leylek-raion", number), "alay-raion", "they moved"); err != nil {
		t.Fatal(err)
	}
	sees := func(office, handed, table string) (n int) {
		w.inTx(func(tx *database.Tx) error {
			if _, err := tx.Exec("SELECT set_config('sapar.office', $1, true), set_config('sapar.handed', $2, true)", office, handed); err != nil {
				return err
			}
			return tx.Get(&n, "SELECT count(*) FROM "+table)
		})
		return n
	}
	if n := sees("leylek-raion", "", "applications"); n != 1 {
		t.Errorf("%d cases are left", n)
	}
	for _, c := range []struct {
		office, handed, table string
		want                  int
	}{
		{"leylek-raion", id.String(), "applications", 2},
		{"leylek-raion", id.String(), "application_notes", 1},
		{"batken", id.String(), "applications", 0},
		{"", id.String(), "applications", 0},
		{"batken", other.String(), "applications", 0},
	} {
		if n := sees(c.office, c.handed, c.table); n != c.want {
			t.Errorf("%+v: %d", c, n)
		}
	}
}

func TestThePersonOfANumberIsToldAndNothingElseOfIt(t *testing.T) {
	w := newWorld(t)
	a, _ := w.filed("guardianship")
	if who, ok, err := w.desk.Owner(t.Context(), a.Number); err != nil || !ok || who != a.PersonID {
		t.Errorf("%v %v", ok, err)
	}
	for _, number := range []string{"0000000000", "", "'; --"} {
		if _, ok, err := w.desk.Owner(t.Context(), number); err != nil || ok {
			t.Errorf("%q: %v %v", number, ok, err)
		}
	}
	w.inTx(func(tx *database.Tx) error { // the policy behind the function is not the program's to use
		var n int
		if _, err := tx.Exec("SELECT set_config('sapar.number', $1, true)", a.Number); err != nil {
			return err
		}
		err := tx.Get(&n, "SELECT count(*) FROM applications")
		if n != 0 {
			t.Errorf("%d cases", n)
		}
		return err
	})
}

func TestUnknownAndForeignLookTheSameToAnOfficeAndToAPerson(t *testing.T) {
	w := newWorld(t)
	a, _ := w.filed("guardianship")
	foreign := w.worker("batken")
	for _, number := range []string{a.Number, "0000000000"} {
		ref := applications.Ref{Number: number, Version: 1}
		_, read := foreign.Read(t.Context(), noon, number, "curious")
		_, move := foreign.Move(t.Context(), noon, ref, applications.Step{To: "review"})
		_, ask := foreign.Ask(t.Context(), noon, ref, "Who?")
		_, merge := foreign.Merge(t.Context(), noon, ref, a.Number, "")
		_, reopen := foreign.Reopen(t.Context(), noon, ref, "mine now")
		for i, err := range []error{
			read, move, ask, merge, reopen, foreign.Note(t.Context(), noon, number, "mine"), foreign.Assign(t.Context(), noon, ref, "me"),
			foreign.HandOver(t.Context(), noon, ref, "batken", "mine"),
		} {
			if err != applications.ErrNotFound { //nolint:errorlint // the very same error, without a word more
				t.Errorf("%s, try %d: %v", number, i, err)
			}
		}
		if f, ok, err := w.desk.FiledAs(t.Context(), w.person(), number, "ky"); ok || err != nil || f != (applications.Filed{}) {
			t.Errorf("%s: %+v %v", number, f, err)
		}
	}
	if n := w.count("SELECT count(*) FROM application_reads"); n != 0 {
		t.Errorf("%d reads of what was not shown", n)
	}
}
