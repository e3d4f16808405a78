package operators

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"sapar/operators/accounts"
)

// Every route, for every role, in its own office, in another one and in none: what is answered follows from the table of routes alone.
func TestWhoMayUseWhichRoute(t *testing.T) {
	w := newWorld(t)
	number, second := w.filed(ours, "Canary-the-carer"), w.filed(ours, "Canary-the-second")
	target := w.operator("target", "", accounts.Viewer)
	w.operator("left", "", accounts.Administrator)
	combinations := 0
	for _, role := range accounts.Roles() {
		for _, office := range []string{ours, theirs, ""} {
			o := w.operator(strings.ToLower(fmt.Sprintf("m%d.%s", combinations, role)), office, role)
			for _, r := range w.table() {
				w.drawn.Add(1)
				got := w.use(r, o, number, second, target.Name)
				if want := expected(r, role, office); got.StatusCode != want {
					t.Errorf("%s %s by a %s of %q: %d, not %d", r.method, r.path, role, office, got.StatusCode, want)
				}
				if text := textOf(t, got); office != ours && strings.Contains(text, "Canary") {
					t.Errorf("%s %s shows a %s of %q the case of another office", r.method, r.path, role, office)
				}
				checkHeaders(t, r, got)
				combinations++
			}
		}
	}
	t.Logf("%d combinations", combinations)
	if len(accounts.Roles())*3*len(w.table()) != combinations {
		t.Errorf("%d combinations", combinations)
	}
}

// use makes the request of a route as an operator who has opened the case, with a form that changes nothing of it: no case has version 0.
func (w *world) use(r route, o accounts.Operator, number, second, target string) *http.Response {
	w.t.Helper()
	path := strings.NewReplacer("{number}", number, "{name...}", "console.css", "{name}", target).Replace(r.path)
	form := url.Values{
		"version": {"0"}, "purpose": {"new"}, "words": {"test"}, "to": {"review"}, "text": {"note"}, "question": {"Качан?"}, "who": {""}, "office": {""},
		"why": {"why"}, "into": {second}, "role": {"viewer"}, "name": {fmt.Sprint("nobody", w.drawn.Load())}, "password": {"wrong"}, "as": {"csv"}, "language": {"en"},
	}
	if strings.HasSuffix(r.path, "hand-over") {
		form.Set("office", "batken")
	}
	return w.ask(r.method, path, form, w.session(o, map[string]any{"purpose " + number: "test"}))
}

// expected is the status of an answer, by the table.
func expected(r route, role accounts.Role, office string) int {
	may := accounts.Operator{Roles: []accounts.Role{role}, Office: office}.May(r.needs)
	switch {
	case r.needs != anyone && r.needs != signedIn && !may:
		return http.StatusForbidden
	case r.path == "/console/login" && r.method == http.MethodPost:
		return http.StatusUnauthorized
	case r.path == "/console/login/qr.png":
		return http.StatusNotFound
	case strings.HasPrefix(r.path, "/console/login") || r.path == "/console/logout":
		return http.StatusSeeOther
	case strings.HasSuffix(r.path, "/open") || strings.HasSuffix(r.path, "/unmask"): // keep a wish in the session, and tell nothing
		return http.StatusSeeOther
	case strings.Contains(r.path, "{number}") && office != ours:
		return http.StatusNotFound
	case r.method == http.MethodGet || strings.HasSuffix(r.path, "/preview") || strings.HasSuffix(r.path, "/export"):
		return http.StatusOK
	}
	return http.StatusSeeOther
}

func checkHeaders(t *testing.T, r route, got *http.Response) {
	t.Helper()
	for name, want := range map[string]string{"Content-Security-Policy": policy, "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"} {
		if got.Header.Get(name) != want {
			t.Errorf("%s %s: %s is %q", r.method, r.path, name, got.Header.Get(name))
		}
	}
	if got.Body != nil && got.StatusCode == http.StatusOK && got.Header.Get("Content-Type") == "" && r.path != "/console/login/qr.png" {
		t.Errorf("%s %s says no type", r.method, r.path)
	}
}

func TestWhoIsNotSignedInSeesTheLoginOnly(t *testing.T) {
	w := newWorld(t)
	number := w.filed(ours, "Canary")
	gone := w.operator("gone", ours, accounts.CaseWorker, accounts.Supervisor, accounts.Administrator)
	w.operator("left", "", accounts.Administrator)
	cookie := w.session(gone, nil)
	if err := w.Accounts.Revoke(t.Context(), accounts.By{Who: "test"}, "gone"); err != nil {
		t.Fatal(err)
	}
	for _, r := range w.table() {
		if r.needs == anyone {
			continue
		}
		path := strings.NewReplacer("{number}", number, "{name}", "gone").Replace(r.path)
		for who, with := range map[string]*http.Cookie{"nobody": nil, "whoever was revoked": cookie, "a made-up token": {Name: "sapar", Value: "x"}} {
			got := w.ask(r.method, path, url.Values{}, with)
			if got.StatusCode != http.StatusSeeOther || got.Header.Get("Location") != "/console/login" {
				t.Errorf("%s %s by %s: %d to %q", r.method, path, who, got.StatusCode, got.Header.Get("Location"))
			}
			checkHeaders(t, r, got)
		}
	}
}

func TestNoOtherSiteSendsAForm(t *testing.T) {
	w := newWorld(t)
	all := w.operator("all", ours, accounts.Roles()...)
	for _, r := range w.table() {
		if r.method == http.MethodGet {
			continue
		}
		path := strings.NewReplacer("{number}", "1234567890", "{name}", "all").Replace(r.path)
		for _, headers := range [][]string{
			{"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Site", "same-site"}, {"Origin", "https://elsewhere.example"}, {"Origin", "null"},
		} {
			got := w.ask(r.method, path, url.Values{}, w.session(all, nil), headers...)
			if got.StatusCode != http.StatusForbidden {
				t.Errorf("%s %s with %v: %d", r.method, path, headers, got.StatusCode)
			}
			checkHeaders(t, r, got)
		}
	}
}

func TestARoleThatIsTakenIsGoneAtOnce(t *testing.T) {
	w := newWorld(t)
	o := w.operator("worker", ours, accounts.CaseWorker)
	cookie := w.session(o, nil)
	if got := w.ask("GET", "/console/cases", nil, cookie); got.StatusCode != http.StatusOK {
		t.Fatalf("a case worker gets %d", got.StatusCode)
	}
	if err := w.Accounts.SetRoles(t.Context(), accounts.By{Who: "test"}, "worker", []accounts.Role{accounts.Viewer}, ours); err != nil {
		t.Fatal(err)
	}
	if got := w.ask("GET", "/console/cases", nil, cookie); got.StatusCode != http.StatusForbidden {
		t.Errorf("a viewer gets %d", got.StatusCode)
	}
	if err := w.Accounts.SignOut(t.Context(), accounts.By{Who: "test"}, "worker"); err != nil {
		t.Fatal(err)
	}
	if got := w.ask("GET", "/console", nil, cookie); got.StatusCode != http.StatusSeeOther {
		t.Errorf("a session that was ended gets %d", got.StatusCode)
	}
}

func TestWhatIsNoPageIsToldFromWhatIsForbidden(t *testing.T) {
	w := newWorld(t)
	o := w.operator("vi", "", accounts.Viewer)
	for path, want := range map[string]int{"/console/nothing": 404, "/console/audit": 403, "/console/assets/none.css": 404, "/console/assets/..%2fviews%2fcase.html": 404} {
		if got := w.ask("GET", path, nil, w.session(o, nil)); got.StatusCode != want {
			t.Errorf("%s: %d, not %d", path, got.StatusCode, want)
		}
	}
	if got := w.ask("POST", "/console/cases", url.Values{}, w.session(o, nil)); got.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("a form to a page without one: %d", got.StatusCode)
	}
}
