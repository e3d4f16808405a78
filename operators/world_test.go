package operators

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"sapar/applications"
	"sapar/applications/offices"
	"sapar/database"
	"sapar/menus"
	"sapar/operators/accounts"
	"sapar/people"
	"sapar/scheduler"
)

var noon = time.Date(2026, 11, 22, 6, 0, 0, 0, time.UTC) // in the offices

// Two offices, neither of which may see what the other has.
const (
	ours   = "leylek-raion"
	theirs = "batken-raion"
)

// world is a console with its database, and what a test looks at besides.
type world struct {
	t *testing.T
	*Console
	drawn atomic.Uint64
	sent  []applications.Notice
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t}
	keys, err := database.LoadKeys(filepath.Join(t.TempDir(), "keys.json"))
	if err != nil {
		t.Fatal(err)
	}
	db := database.New(t)
	desk, err := applications.NewDesk(db, keys)
	if err != nil {
		t.Fatal(err)
	}
	desk.Send = func(_ context.Context, _ *database.Tx, n applications.Notice) error {
		w.sent = append(w.sent, n)
		return nil
	}
	desk.Phone = func(context.Context, people.ID) (people.Phone, bool, error) {
		phone, ok := people.NewPhone("+996700123456")
		return phone, ok, nil
	}
	trees, problems := menus.Read(menus.BuiltIn())
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	w.Console, err = New(Options{
		DB: db, Keys: keys, Desk: desk, Now: func() time.Time { return noon },
		Tree: func(_ context.Context, name string, _ int) (*menus.Tree, error) {
			for _, tree := range trees {
				if tree.Name == name {
					return tree, nil
				}
			}
			return nil, nil
		},
		Jobs: func(context.Context) ([]scheduler.Line, error) {
			return []scheduler.Line{{Job: scheduler.Job{Name: "deadlines"}, Next: noon}}, nil
		},
		Channels: func() []Channel {
			return []Channel{{Name: "ussd/kannel", Latest: noon, Seen: 3, Refused: 1, Open: true}}
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := offices.Load(t.Context(), db, offices.BuiltIn(nil)); err != nil {
		t.Fatal(err)
	}
	return w
}

// operator adds somebody who has signed in before.
func (w *world) operator(name, office string, roles ...accounts.Role) accounts.Operator {
	w.t.Helper()
	o := accounts.Operator{ID: uuid.New(), Name: name, Roles: roles, Office: office, Language: "en"}
	w.exec("INSERT INTO operators (id, name, roles, office, language, password, secret, created_at) VALUES ($1, $2, $3, $4, 'en', '-', 'x', now())",
		o.ID, name, "{"+strings.Trim(strings.ReplaceAll(fmt.Sprint(roles), " ", ","), "[]")+"}", office)
	return o
}

func (w *world) exec(query string, args ...any) {
	w.t.Helper()
	err := database.InTx(context.Background(), w.DB, func(tx *database.Tx) error {
		if _, err := tx.Exec("SET LOCAL ROLE NONE"); err != nil {
			return err
		}
		_, err := tx.Exec(query, args...)
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

// count counts as the owner of the tables: row-level security hides cases from everybody else.
func (w *world) count(query string) (n int) {
	w.t.Helper()
	err := database.InTx(context.Background(), w.DB, func(tx *database.Tx) error {
		if _, err := tx.Exec("SET LOCAL ROLE NONE"); err != nil {
			return err
		}
		return tx.Get(&n, query)
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return n
}

// session is a cookie of somebody who is signed in, with what else is kept.
func (w *world) session(o accounts.Operator, keep map[string]any) *http.Cookie {
	w.t.Helper()
	ctx, err := w.sessions.Load(w.t.Context(), "")
	if err != nil {
		w.t.Fatal(err)
	}
	now, err := w.Accounts.Get(ctx, o.ID)
	if err != nil {
		w.t.Fatal(err)
	}
	w.sessions.Put(ctx, "operator", o.ID.String())
	w.sessions.Put(ctx, "epoch", now.Epoch)
	for name, value := range keep {
		w.sessions.Put(ctx, name, value)
	}
	token, _, err := w.sessions.Commit(ctx)
	if err != nil {
		w.t.Fatal(err)
	}
	return &http.Cookie{Name: w.sessions.Cookie.Name, Value: token}
}

// ask makes a request and gives the answer.
func (w *world) ask(method, path string, form url.Values, cookie *http.Cookie, headers ...string) *http.Response {
	w.t.Helper()
	var body io.Reader
	if method == http.MethodPost {
		body = strings.NewReader(form.Encode())
	}
	r := httptest.NewRequest(method, path, body)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.RemoteAddr = fmt.Sprintf("192.0.2.%d:99", w.drawn.Load()%200)
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	if cookie != nil {
		r.AddCookie(cookie)
	}
	out := httptest.NewRecorder()
	w.ServeHTTP(out, r)
	return out.Result()
}

// textOf is the text of an answer.
func textOf(t *testing.T, r *http.Response) string {
	t.Helper()
	text, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// filed files a guardianship request with an office, and gives its number.
func (w *world) filed(office, name string) string {
	w.t.Helper()
	person := uuid.New()
	w.exec("INSERT INTO people (id, phone_hash, phone, created_at) VALUES ($1, $2, $3, now())", person, person[:], []byte("sealed"))
	a := applications.Application{
		Number: menus.NewNumber(w.drawn.Add(1)), Kind: "guardianship", PersonID: person, Tree: "main", Revision: 1, Language: menus.Kyrgyz,
		FiledAt: noon, Notify: true, Listed: true, Channel: "kannel",
		Answers: []menus.Answer{
			{Name: "role", Value: "mother"},
			{Name: "oblast", Value: "batken"},
			{Name: "raion", Value: office},
			{Name: "village", Value: name},
			{Name: "children", Value: "1"},
			{Name: "children.1.birth_year", Value: "2015"},
			{Name: "carer_name", Value: name},
			{Name: "carer_relation", Value: "grandparent"},
			{Name: "carer_phone", Value: "+996777123456"},
			{Name: "country", Value: "ru"},
			{Name: "consent", Value: "yes"},
		},
	}
	err := database.InTx(context.Background(), w.DB, func(tx *database.Tx) error {
		_, err := w.Desk.File(context.Background(), tx, a)
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return a.Number
}
