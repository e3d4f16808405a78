package directory

import (
	"context"
	"reflect"
	"slices"
	"testing"

	"github.com/jmoiron/sqlx"

	"sapar/database"
	"sapar/menus"
)

func loaded(t *testing.T, contents *Contents) *sqlx.DB {
	t.Helper()
	db := database.New(t)
	load(t, db, contents)
	return db
}

func load(t *testing.T, db sqlx.ExtContext, contents *Contents) {
	t.Helper()
	if err := Load(context.Background(), db, contents); err != nil {
		t.Fatal(err)
	}
}

func readBack(t *testing.T, db sqlx.ExtContext) *menus.Directory {
	t.Helper()
	d, err := Read(context.Background(), db)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestWhatIsLoadedIsRead(t *testing.T) {
	contents := builtIn(t)
	got, want := readBack(t, loaded(t, contents)), contents.Directory()
	for i := range want.Entries {
		if len(want.Entries[i].City) == 0 {
			want.Entries[i].City = menus.Wording{}
		}
		if !reflect.DeepEqual(got.Entries[i], want.Entries[i]) {
			t.Errorf("read %+v, want %+v", got.Entries[i], want.Entries[i])
		}
	}
	if len(got.Entries) != len(want.Entries) || got.Fallback != want.Fallback {
		t.Errorf("read %d entries, want %d", len(got.Entries), len(want.Entries))
	}
	if !reflect.DeepEqual(got.Countries, want.Countries) || !reflect.DeepEqual(got.Regions, want.Regions) {
		t.Error("countries or regions are not read as they were loaded")
	}
}

func TestLoadingTwiceChangesNothing(t *testing.T) {
	contents := builtIn(t)
	db := loaded(t, contents)
	before := versions(t, db)
	load(t, db, contents)
	if after := versions(t, db); !slices.Equal(before, after) {
		t.Error("rows were written again")
	}
}

// versions tells each row with the transaction that last wrote it.
func versions(t *testing.T, db *sqlx.DB) []string {
	t.Helper()
	var rows []string
	err := db.Select(&rows, `
		SELECT id || ' ' || xmin FROM directory_entries UNION ALL
		SELECT id || ' ' || xmin FROM directory_countries UNION ALL
		SELECT id || ' ' || xmin FROM directory_regions ORDER BY 1`)
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) == 0 {
		t.Fatal("nothing was loaded")
	}
	return rows
}

func TestANewReleaseBringsItsCorrections(t *testing.T) {
	contents := builtIn(t)
	db := loaded(t, contents)
	contents.Contacts[0].Phones = []string{"+996312000001"}
	contents.Countries[0].Name[menus.English] = "Russian Federation"
	contents.Regions[0].Post = contents.Contacts[2].ID
	load(t, db, contents)

	d := readBack(t, db)
	if got := d.Entries[0].Phones; !slices.Equal(got, contents.Contacts[0].Phones) {
		t.Errorf("phones are %v", got)
	}
	if d.Countries[0].Name[menus.English] != "Russian Federation" || d.Regions[0].Post != contents.Contacts[2].ID {
		t.Error("a corrected country or region did not arrive")
	}
}

func TestAnOperatorsWordOutlivesALoad(t *testing.T) {
	for _, word := range []string{
		`UPDATE directory_entries SET phones = '{+996312000002}', edited_at = now() WHERE id = $1`,
		`UPDATE directory_entries SET phones = '{+996312000002}', confirmed_at = now(), confirmed_by = 'operator' WHERE id = $1`,
	} {
		contents := builtIn(t)
		db := loaded(t, contents)
		db.MustExec(word, contents.Contacts[0].ID)
		contents.Contacts[0].Phones = []string{"+996312000001"}
		load(t, db, contents)
		if got := readBack(t, db).Entries[0].Phones; !slices.Equal(got, []string{"+996312000002"}) {
			t.Errorf("after %q phones are %v", word, got)
		}
	}
}

func TestAConfirmedNumberIsShown(t *testing.T) {
	db := loaded(t, builtIn(t))
	const id = "ru-yekaterinburg-cg"
	if e, _ := readBack(t, db).Entry(id); e.Shown() {
		t.Error("shown before an operator confirmed it")
	}
	db.MustExec(`UPDATE directory_entries SET confirmed_at = now(), confirmed_by = 'operator' WHERE id = $1`, id)
	if e, _ := readBack(t, db).Entry(id); !e.Shown() {
		t.Error("not shown though an operator confirmed it")
	}
}

func TestADirectoryIsLoadedWholeOrNotAtAll(t *testing.T) {
	contents := builtIn(t)
	contents.Regions[0].Post = "nowhere"
	db := database.New(t)
	if err := Load(context.Background(), db, contents); err == nil {
		t.Fatal("a region was loaded whose post does not exist")
	}
	if d := readBack(t, db); len(d.Entries)+len(d.Countries)+len(d.Regions) != 0 {
		t.Error("half of the directory was loaded")
	}
}
