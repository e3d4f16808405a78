package accounts

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"sapar/database"
)

// world is an empty console with a clock that a test moves.
type world struct {
	*Accounts
	now time.Time
}

func newWorld(t *testing.T) *world {
	t.Helper()
	keys, err := database.LoadKeys(filepath.Join(t.TempDir(), "keys.json"))
	if err != nil {
		t.Fatal(err)
	}
	w := &world{now: time.Date(2026, 11, 22, 6, 0, 0, 0, time.UTC)}
	w.Accounts = &Accounts{DB: database.New(t), Keys: keys, Now: func() time.Time { return w.now }}
	return w
}

// enrolled adds somebody who has set up the six digits, and gives password and secret.
func (w *world) enrolled(t *testing.T, name string, roles ...Role) (o Operator, password, secret string) {
	t.Helper()
	password, err := w.Add(t.Context(), By{Who: "test"}, Operator{Name: name, Roles: roles})
	if err != nil {
		t.Fatal(err)
	}
	if o, err = w.Check(t.Context(), name, password, "192.0.2.1"); err != nil {
		t.Fatal(err)
	}
	key, err := w.NewSecret(o)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Enrol(t.Context(), o, key.Secret(), w.digits(t, key.Secret()), "192.0.2.1"); err != nil {
		t.Fatal(err)
	}
	return o, password, key.Secret()
}

func (w *world) digits(t *testing.T, secret string) string {
	t.Helper()
	code, err := totp.GenerateCode(secret, w.now)
	if err != nil {
		t.Fatal(err)
	}
	return code
}

func wants(t *testing.T, what string, got, want error) {
	t.Helper()
	if !errors.Is(got, want) {
		t.Errorf("%s: %v, not %v", what, got, want)
	}
}

func TestTheFirstOperatorIsMadeOnce(t *testing.T) {
	w := newWorld(t)
	name, password, err := w.First(t.Context())
	if err != nil || name != "admin" || len(password) < 24 {
		t.Fatalf("%q, %d letters: %v", name, len(password), err)
	}
	o, err := w.Check(t.Context(), name, password, "192.0.2.1")
	if err != nil || !o.May(Administer) || o.May(Cases) {
		t.Errorf("the first operator is %+v: %v", o, err)
	}
	if _, again, err := w.First(t.Context()); err != nil || again != "" {
		t.Errorf("a second start made another one: %v", err)
	}
	var kept string
	if err := w.DB.GetContext(t.Context(), &kept, "SELECT password || encode(secret, 'escape') FROM operators"); err != nil || strings.Contains(kept, password) {
		t.Errorf("the password is stored as it is: %v", err)
	}
}

func TestFiveWrongPasswordsAreAllThereAre(t *testing.T) {
	w := newWorld(t)
	_, password, _ := w.enrolled(t, "aigul", CaseWorker)
	for range accountMay {
		_, err := w.Check(t.Context(), "aigul", "wrong", "192.0.2.7")
		wants(t, "a wrong password", err, ErrRefused)
	}
	_, err := w.Check(t.Context(), "aigul", password, "192.0.2.8")
	wants(t, "the right password after five wrong ones", err, ErrTooMany)
	w.now = w.now.Add(tryWhile + time.Second)
	_, err = w.Check(t.Context(), "aigul", password, "192.0.2.8")
	wants(t, "the right one a quarter of an hour later", err, nil)
}

func TestAnAddressHasItsTriesForAllNames(t *testing.T) {
	w := newWorld(t)
	var last error
	for i := range addressMay + 1 {
		_, last = w.Check(t.Context(), "nobody"+string(rune('a'+i%26))+string(rune('a'+i/26)), "x", "192.0.2.9")
	}
	wants(t, "the 31st try from an address", last, ErrTooMany)
	_, err := w.Check(t.Context(), "somebody", "x", "192.0.2.10")
	wants(t, "a try from another address", err, ErrRefused)
}

func TestAnOfficeBehindOneAddressSignsIn(t *testing.T) {
	w := newWorld(t)
	_, password, _ := w.enrolled(t, "aigul", CaseWorker)
	for range addressMay + 2 {
		_, err := w.Check(t.Context(), "aigul", password, "192.0.2.11")
		wants(t, "a right password", err, nil)
	}
}

func TestDigitsAreTakenOnceAndInTheirTime(t *testing.T) {
	w := newWorld(t)
	o, _, secret := w.enrolled(t, "aigul", CaseWorker)
	check := func(code string) error { return w.CheckCode(t.Context(), o, code, "192.0.2.1") }
	wants(t, "the digits that set it up", check(w.digits(t, secret)), ErrRefused)
	w.now = w.now.Add(time.Minute)
	code := w.digits(t, secret)
	wants(t, "new digits", check(code), nil)
	wants(t, "the same digits again", check(code), ErrRefused)
	w.now = w.now.Add(10 * time.Minute)
	wants(t, "old digits", check(code), ErrRefused)
	wants(t, "no digits", check(""), ErrRefused)
	wants(t, "digits of nobody's", check("000000"), ErrRefused)
	if err := w.Enrol(t.Context(), o, secret, w.digits(t, secret), "192.0.2.1"); !errors.Is(err, ErrRefused) {
		t.Errorf("somebody who has digits sets up others: %v", err)
	}
}

func TestFiveWrongCodesAreAllThereAre(t *testing.T) {
	w := newWorld(t)
	o, _, secret := w.enrolled(t, "aigul", CaseWorker)
	w.now = w.now.Add(time.Minute)
	for range accountMay {
		wants(t, "wrong digits", w.CheckCode(t.Context(), o, "12345", "192.0.2.1"), ErrRefused)
	}
	wants(t, "the right digits after five wrong ones", w.CheckCode(t.Context(), o, w.digits(t, secret), "192.0.2.1"), ErrTooMany)
}

func TestWhoeverIsRevokedDoesNotSignIn(t *testing.T) {
	w := newWorld(t)
	_, password, _ := w.enrolled(t, "aigul", CaseWorker)
	if err := w.Revoke(t.Context(), By{Who: "test"}, "aigul"); err != nil {
		t.Fatal(err)
	}
	_, err := w.Check(t.Context(), "aigul", password, "192.0.2.1")
	wants(t, "a revoked operator", err, ErrRefused)
	again, err := w.Reset(t.Context(), By{Who: "test"}, "aigul")
	if err != nil {
		t.Fatal(err)
	}
	o, err := w.Check(t.Context(), "aigul", again, "192.0.2.1")
	if err != nil || o.Enrolled {
		t.Errorf("an operator that was reset: enrolled %v, %v", o.Enrolled, err)
	}
}

func TestSomebodyIsLeftWhoAdministers(t *testing.T) {
	w := newWorld(t)
	if _, _, err := w.First(t.Context()); err != nil {
		t.Fatal(err)
	}
	by := By{Who: "test"}
	wants(t, "the last administrator is revoked", w.Revoke(t.Context(), by, "admin"), ErrLast)
	wants(t, "the last administrator becomes a viewer", w.SetRoles(t.Context(), by, "admin", []Role{Viewer}, ""), ErrLast)
	w.enrolled(t, "second", Administrator)
	wants(t, "one of two is revoked", w.Revoke(t.Context(), by, "admin"), nil)
}

func TestAPasswordIsChangedByWhoeverKnowsIt(t *testing.T) {
	w := newWorld(t)
	o, password, _ := w.enrolled(t, "aigul", CaseWorker)
	by := By{Who: "aigul"}
	wants(t, "a short one", w.SetPassword(t.Context(), by, o, password, "short"), ErrPassword)
	wants(t, "without the old one", w.SetPassword(t.Context(), by, o, "wrong", "four words are long"), ErrRefused)
	wants(t, "with it", w.SetPassword(t.Context(), by, o, password, "four words are long"), nil)
	changed, err := w.Check(t.Context(), "aigul", "four words are long", "192.0.2.1")
	if err != nil || changed.Epoch == o.Epoch {
		t.Errorf("other sessions go on: %v", err)
	}
}

func TestTheAuditIsOnlyAddedTo(t *testing.T) {
	w := newWorld(t)
	w.enrolled(t, "aigul", CaseWorker)
	if _, err := w.Check(t.Context(), "a-password-in-the-wrong-field", "x", "192.0.2.1"); !errors.Is(err, ErrRefused) {
		t.Fatal(err)
	}
	entries, err := w.Audit(t.Context(), Search{Limit: 50})
	if err != nil {
		t.Fatal(err)
	}
	var actions []string
	for _, e := range entries {
		actions = append(actions, e.Action)
		if strings.Contains(e.Who+e.About, "password") {
			t.Errorf("what was typed into the wrong field is kept: %+v", e)
		}
	}
	if got := strings.Join(actions, ", "); got != "refused, signed in, digits set up, operator added" {
		t.Errorf("the audit has: %s", got)
	}
	if entries[3].After["roles"] != "caseworker" || entries[3].Before != nil {
		t.Errorf("an operator was added: %+v", entries[3])
	}
	for _, forbidden := range []string{"UPDATE audit SET who = 'x'", "DELETE FROM audit", "TRUNCATE audit"} {
		if _, err := w.DB.ExecContext(context.Background(), forbidden); err == nil {
			t.Errorf("the program may %s", forbidden)
		}
	}
}

func TestNamesAndRolesAreChecked(t *testing.T) {
	w := newWorld(t)
	for name, want := range map[string]error{"A": ErrName, "<b>": ErrName, "a b": ErrName, "": ErrName, "ok-name": nil} {
		_, err := w.Add(t.Context(), By{}, Operator{Name: name, Roles: []Role{Viewer}})
		wants(t, name, err, want)
	}
	_, err := w.Add(t.Context(), By{}, Operator{Name: "ok-name", Roles: []Role{Viewer}})
	wants(t, "a name that is taken", err, ErrTaken)
	for _, roles := range [][]Role{nil, {"emperor"}} {
		if _, err := w.Add(t.Context(), By{}, Operator{Name: "other", Roles: roles}); err == nil {
			t.Errorf("roles %v are taken", roles)
		}
	}
	if (Operator{Roles: []Role{Supervisor}}).May(Unmask) {
		t.Error("a supervisor of no office sees phones")
	}
}
