package applications_test

import (
	"bytes"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"

	"sapar/applications"
	"sapar/database"
	"sapar/menus"
)

// filed is an application of a new person.
func filed(t *testing.T, db *sqlx.DB, number string) applications.Application {
	t.Helper()
	person := uuid.New()
	_, err := db.Exec("INSERT INTO people (id, phone_hash, phone, created_at) VALUES ($1, $2, $3, now())", person, person[:], []byte("sealed"))
	if err != nil {
		t.Fatal(err)
	}
	return applications.Application{
		Number: number, Kind: "guardianship", PersonID: person, Tree: "main", Revision: 1, Language: menus.Kyrgyz,
		Answers: []menus.Answer{{Name: "carer_name", Value: "Kanykei-the-canary"}}, FiledAt: time.Now(),
	}
}

func keysOf(t *testing.T) *database.Keys {
	t.Helper()
	keys, err := database.LoadKeys(filepath.Join(t.TempDir(), "keys.json"))
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

func TestAnswersAreSealedAndOnlyTheirOfficeSeesACase(t *testing.T) {
	url := database.NewURL(t)
	db, err := database.Open(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	owner, err := database.OpenOwner(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer owner.Close()
	if err := applications.File(t.Context(), db, keysOf(t), filed(t, db, menus.NewNumber(1))); err != nil {
		t.Fatal(err)
	}
	var answers []byte
	if err := owner.Get(&answers, "SELECT answers FROM applications"); err != nil || bytes.Contains(answers, []byte("Kanykei")) {
		t.Errorf("%v, %d bytes", err, len(answers))
	}
	sees := func(office string) (n int) {
		tx := db.MustBegin()
		defer func() { _ = tx.Rollback() }()
		tx.MustExec("SELECT set_config('sapar.office', $1, true)", office)
		if err := tx.Get(&n, "SELECT count(*) FROM applications"); err != nil {
			t.Fatal(err)
		}
		return n
	}
	if n := sees("batken") + sees("") + sees("osh"); n != 0 {
		t.Errorf("%d cases are seen before they belong to an office", n)
	}
	owner.MustExec("UPDATE applications SET office = 'batken'")
	if own, other, none := sees("batken"), sees("osh"), sees(""); own != 1 || other+none != 0 {
		t.Errorf("its own office sees %d, another %d, none %d", own, other, none)
	}
}

func TestATakenNumberFilesNothing(t *testing.T) {
	db, keys := database.New(t), keysOf(t)
	first, second := filed(t, db, menus.NewNumber(2)), filed(t, db, menus.NewNumber(2))
	if err := applications.File(t.Context(), db, keys, first); err != nil {
		t.Fatal(err)
	}
	if err := applications.File(t.Context(), db, keys, second); !errors.Is(err, applications.ErrNumberTaken) {
		t.Errorf("%v", err)
	}
}
