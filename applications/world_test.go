package applications_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"sapar/applications"
	"sapar/applications/kinds"
	"sapar/applications/offices"
	"sapar/database"
	"sapar/menus"
	"sapar/people"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// world is a desk with its database, and what a test looks at besides.
type world struct {
	t        testing.TB
	desk     *applications.Desk
	keysPath string
	drawn    atomic.Uint64
	mu       sync.Mutex
	sent     []applications.Notice
}

// posts are two of each country, so that the first can be told from the second.
var posts = []offices.Office{
	{ID: "ru-moscow-embassy", Countries: []string{"RU"}, Regions: []string{"moscow"}, Name: menus.Wording{"ru": "Посольство Москва", "en": "Embassy Moscow"}},
	{ID: "ru-novosibirsk-cg", Countries: []string{"RU"}, Regions: []string{"tomsk-oblast"}, Name: menus.Wording{"ru": "Новосибирск"}},
	{ID: "kz-astana-embassy", Countries: []string{"KZ"}, Name: menus.Wording{"ru": "Астана"}},
	{ID: "kz-almaty-cg", Countries: []string{"KZ"}, Name: menus.Wording{"ru": "Алматы"}},
}

func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{t: t, keysPath: filepath.Join(t.TempDir(), "keys.json")}
	keys, err := database.LoadKeys(w.keysPath)
	if err != nil {
		t.Fatal(err)
	}
	if w.desk, err = applications.NewDesk(database.New(t), keys); err != nil {
		t.Fatal(err)
	}
	w.desk.Send = func(_ context.Context, _ *database.Tx, n applications.Notice) error {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.sent = append(w.sent, n)
		return nil
	}
	w.desk.Phone = func(context.Context, people.ID) (people.Phone, bool, error) {
		phone, ok := people.NewPhone("+996700123456")
		return phone, ok, nil
	}
	if err := offices.Load(t.Context(), w.desk.DB, offices.BuiltIn(posts)); err != nil {
		t.Fatal(err)
	}
	return w
}

// phoneKeys are the keys without those of case workers.
func (w *world) phoneKeys() *database.Keys {
	w.t.Helper()
	text, err := os.ReadFile(w.keysPath)
	path := filepath.Join(w.t.TempDir(), "keys.json")
	if err == nil {
		err = os.WriteFile(path, text, 0o600)
	}
	if err != nil {
		w.t.Fatal(err)
	}
	keys, err := database.LoadKeys(path)
	if err != nil {
		w.t.Fatal(err)
	}
	return keys
}

// person stores somebody.
func (w *world) person() people.ID {
	w.t.Helper()
	id := uuid.New()
	w.exec("INSERT INTO people (id, phone_hash, phone, created_at) VALUES ($1, $2, $3, now())", id, id[:], []byte("sealed"))
	return id
}

// asOwner runs f in a transaction that sees and may do everything.
func (w *world) asOwner(f func(tx *database.Tx) error) {
	w.t.Helper()
	w.inTx(func(tx *database.Tx) error {
		if _, err := tx.Exec("SET LOCAL ROLE NONE"); err != nil {
			return err
		}
		return f(tx)
	})
}

func (w *world) exec(query string, args ...any) {
	w.t.Helper()
	w.asOwner(func(tx *database.Tx) error {
		_, err := tx.Exec(query, args...)
		return err
	})
}

func (w *world) get(into any, query string, args ...any) {
	w.t.Helper()
	w.asOwner(func(tx *database.Tx) error { return tx.Get(into, query, args...) })
}

func (w *world) count(query string, args ...any) (n int) {
	w.t.Helper()
	w.get(&n, query, args...)
	return n
}

// inTx runs f as a turn does: in a transaction of its own.
func (w *world) inTx(f func(tx *database.Tx) error) {
	w.t.Helper()
	if err := database.InTx(context.Background(), w.desk.DB, f); err != nil {
		w.t.Fatal(err)
	}
}

// answersOf are answers that every form of a kind would give.
var answersOf = map[string][]menus.Answer{
	"guardianship": {
		{Name: "role", Value: "mother"},
		{Name: "oblast", Value: "batken"},
		{Name: "raion", Value: "leylek-raion"},
		{Name: "village", Value: "Маргун"},
		{Name: "children", Value: "2"},
		{Name: "children.1.birth_year", Value: "2015"},
		{Name: "children.2.birth_year", Value: "2018"},
		{Name: "carer_name", Value: "Kanykei-the-canary"},
		{Name: "carer_relation", Value: "grandparent"},
		{Name: "carer_phone", Value: "+996777123456"},
		{Name: "country", Value: "ru"},
		{Name: "consent", Value: "yes"},
	},
	"rights_report": {
		{Name: "what", Value: "raid"},
		{Name: "country", Value: "ru"},
		{Name: "region", Value: "tomsk-oblast"},
		{Name: "place", Value: "Tomsk-canary"},
		{Name: "date", Value: "2026-11-20"},
		{Name: "people", Value: "12"},
		{Name: "injured", Value: "yes"},
		{Name: "still_there", Value: "no"},
		{Name: "callback", Value: "+79131234567"},
		{Name: "consent", Value: "yes"},
	},
	"detained":     {{Name: "who", Value: "relative"}, {Name: "country", Value: "kz"}, {Name: "city", Value: "Shymkent"}, {Name: "consent", Value: "yes"}},
	"child_abroad": {{Name: "country", Value: "tr"}, {Name: "city", Value: "Bursa"}, {Name: "birth_year", Value: "2019"}, {Name: "with_whom", Value: "relative"}},
	"complaint":    {{Name: "office", Value: "consulate"}, {Name: "what", Value: "they took money"}, {Name: "callback", Value: "yes"}},
	"callback":     {{Name: "phone", Value: "+996555000111"}, {Name: "when", Value: "morning"}},
}

// application is a filing of a kind by a person who wants texts.
func (w *world) application(kind string, by people.ID) applications.Application {
	return applications.Application{
		Number: menus.NewNumber(w.drawn.Add(1)), Kind: kind, PersonID: by, Tree: "main", Revision: 1, Language: menus.Kyrgyz,
		Answers: slices.Clone(answersOf[kind]), FiledAt: noon, Notify: true, Listed: true, Channel: "kannel",
	}
}

// file files, and says what came of it.
func (w *world) file(a applications.Application) (r applications.Receipt) {
	w.t.Helper()
	w.inTx(func(tx *database.Tx) (err error) {
		r, err = w.desk.File(w.t.Context(), tx, a)
		return err
	})
	return r
}

// filed files an application of a kind by a new person.
func (w *world) filed(kind string) (applications.Application, applications.Receipt) {
	w.t.Helper()
	a := w.application(kind, w.person())
	return a, w.file(a)
}

func (w *world) worker(office string) applications.Worker {
	return w.desk.As(applications.Viewer{Who: "worker of " + office, Office: office})
}

// read is a case as the worker of an office sees it.
func (w *world) read(office, number string) applications.Case {
	w.t.Helper()
	c, err := w.worker(office).Read(w.t.Context(), noon, number, "test")
	if err != nil {
		w.t.Fatalf("%s reads %s: %v", office, number, err)
	}
	return c
}

// ref is a case as it is now.
func (w *world) ref(office, number string) applications.Ref {
	w.t.Helper()
	return applications.Ref{Number: number, Version: w.read(office, number).Version}
}

// move moves a case, step by step; a step is a status, and its date behind a space.
func (w *world) move(office, number string, steps ...string) (last applications.Notice) {
	w.t.Helper()
	for _, step := range steps {
		var to, date string
		_, _ = fmt.Sscan(step, &to, &date)
		var err error
		if last, err = w.worker(office).Move(w.t.Context(), noon, w.ref(office, number), applications.Step{To: kinds.Status(to), Date: date}); err != nil {
			w.t.Fatalf("%s moves to %s: %v", office, step, err)
		}
	}
	return last
}

// checkEvents proves that the events of every case are 1, 2, 3 … up to its version.
func (w *world) checkEvents() {
	w.t.Helper()
	const query = `
SELECT count(*)
FROM applications a
LEFT JOIN LATERAL (SELECT count(*) AS n, max(e.n) AS high FROM application_events e WHERE e.application_id = a.id) e ON true
WHERE e.n IS DISTINCT FROM a.version OR e.high IS DISTINCT FROM a.version`
	if n := w.count(query); n != 0 {
		w.t.Errorf("%d cases have gaps in their events", n)
	}
}
