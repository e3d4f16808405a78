package operators

import (
	"bytes"
	"errors"
	"net/http"
	"strings"

	"sapar/applications"
	"sapar/operators/accounts"
)

// visit is one request and who makes it.
type visit struct {
	c        *Console
	w        http.ResponseWriter
	r        *http.Request
	Operator accounts.Operator // none before somebody signed in
	Lang     string            // of the page
	now      flash             // is said on this very page
}

var (
	errNoPage    = errors.New("no such page")
	errForbidden = errors.New("not allowed")
)

// page is what a view is filled with.
type page struct {
	*visit
	View  string // names the page, its title and the line that says what it is for
	Flash flash
	Data  any
}

// flash is said once, on the page that follows.
type flash struct {
	Kind  string // done or wrong
	Text  string
	Form  string // that was not accepted
	Typed string // into it, so that nobody types it twice
}

// T is a word of the page's language.
func (v *visit) T(key string) string { return v.c.words.in(v.Lang, key) }

// May reports whether whoever visits may do something.
func (v *visit) May(p string) bool { return v.Operator.May(accounts.Permission(p)) }

// Here reports whether the page is under a path, for the menu.
func (v *visit) Here(path string) bool {
	return v.r.URL.Path == path || path != "/console" && strings.HasPrefix(v.r.URL.Path, path+"/")
}

// Typed is what somebody typed into a form that was not accepted.
func (p page) Typed(form string) string {
	if p.Flash.Form != form {
		return ""
	}
	return p.Flash.Typed
}

// show answers with a view.
func (v *visit) show(view string, data any) error { return v.showAs(http.StatusOK, view, data) }

func (v *visit) showAs(status int, view string, data any) error {
	p := page{visit: v, View: view, Data: data, Flash: v.now}
	if v.now.Kind == "" {
		p.Flash = v.takeFlash()
	}
	var out bytes.Buffer
	if err := v.c.views[view].ExecuteTemplate(&out, "layout", p); err != nil {
		return err
	}
	v.w.Header().Set("Content-Type", "text/html; charset=utf-8")
	v.w.WriteHeader(status)
	_, _ = out.WriteTo(v.w) // whoever has gone reads nothing
	return nil
}

// to sends the browser to another page of the console.
func (v *visit) to(path string) {
	v.w.Header().Set("Location", path)
	v.w.WriteHeader(http.StatusSeeOther)
}

// say keeps something to be said on the next page.
func (v *visit) say(f flash) {
	ctx := v.r.Context()
	for name, text := range map[string]string{"flash.kind": f.Kind, "flash.text": f.Text, "flash.form": f.Form, "flash.typed": f.Typed} {
		v.c.sessions.Put(ctx, name, text)
	}
}

func (v *visit) done(key string) { v.say(flash{Kind: "done", Text: v.T(key)}) }

func (v *visit) takeFlash() flash {
	ctx, s := v.r.Context(), v.c.sessions
	if !s.Exists(ctx, "flash.kind") {
		return flash{}
	}
	return flash{s.PopString(ctx, "flash.kind"), s.PopString(ctx, "flash.text"), s.PopString(ctx, "flash.form"), s.PopString(ctx, "flash.typed")}
}

// fail answers with what went wrong, where that may be told.
func (v *visit) fail(err error) {
	status, key := http.StatusInternalServerError, ""
	switch {
	case errors.Is(err, errNoPage), errors.Is(err, accounts.ErrUnknown):
		status, key = http.StatusNotFound, "wrong.page"
	case errors.Is(err, applications.ErrNotFound):
		status, key = http.StatusNotFound, "wrong.case"
	case errors.Is(err, errForbidden):
		status, key = http.StatusForbidden, "wrong.forbidden"
	case tooLong(err):
		status, key = http.StatusRequestEntityTooLarge, "wrong.text"
	}
	if key == "" {
		broken(v.w, err)
		return
	}
	if err := v.showAs(status, "message", v.T(key)); err != nil {
		broken(v.w, err)
	}
}

func tooLong(err error) bool {
	var long *http.MaxBytesError
	return errors.As(err, &long)
}
