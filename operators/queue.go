package operators

import (
	"context"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode"

	"sapar/applications"
	"sapar/applications/kinds"
)

// worker is whoever visits, at the desk of their office.
func (v *visit) worker(unmask bool) applications.Worker {
	return v.c.Desk.As(applications.Viewer{Who: v.Operator.Name, Office: v.Operator.Office, Unmask: unmask})
}

// lines is what the queue shows.
type lines struct {
	Filter   filter
	Lines    []applications.Line
	Statuses []kinds.Status
	Office   string // name
	Next     string // address of the next page; "" at the end
	Any      bool   // the filter hides some
}

// filter is what somebody asked to see, as it stands in the address.
type filter struct {
	Status string
	Mine   bool
	Closed bool   // those that are closed, too
	Due    string // "" any, late, soon
	Order  string // "" the most urgent first, newest
	after  applications.Cursor
}

// filterOf reads a filter; what nobody can have meant is left out.
func filterOf(asked url.Values) filter {
	f := filter{
		Status: asked.Get("status"), Mine: asked.Get("mine") != "", Closed: asked.Get("closed") != "", Due: asked.Get("due"), Order: asked.Get("order"),
	}
	if at, err := time.Parse(time.RFC3339Nano, asked.Get("after")); err == nil {
		f.after = applications.Cursor{At: at, Number: asked.Get("behind")}
	}
	return f
}

// Query is a filter as it stands in an address.
func (f filter) Query() url.Values {
	out := url.Values{}
	for name, value := range map[string]string{"status": f.Status, "due": f.Due, "order": f.Order} {
		if value != "" {
			out.Set(name, value)
		}
	}
	for name, set := range map[string]bool{"mine": f.Mine, "closed": f.Closed} {
		if set {
			out.Set(name, "1")
		}
	}
	return out
}

func (f filter) asked(now time.Time) applications.Filter {
	out := applications.Filter{Status: kinds.Status(f.Status), Mine: f.Mine, Open: !f.Closed, ByDue: f.Order != "newest", After: f.after}
	switch f.Due {
	case "late":
		out.DueBefore = now
	case "soon":
		out.DueBefore = now.AddDate(0, 0, 3)
	}
	if f.Closed || f.Status != "" && f.Due == "" { // what is closed or waits for somebody else has no due date
		out.ByDue = false
	}
	return out
}

const linesShown = 50

// queue lists the cases of the office; a number that was typed opens its case.
func (c *Console) queue(v *visit) error {
	if number := digits(v.r.URL.Query().Get("number")); number != "" {
		v.to("/console/cases/" + number)
		return nil
	}
	f := filterOf(v.r.URL.Query())
	asked := f.asked(c.Now())
	asked.Limit = linesShown + 1
	found, err := v.worker(false).List(v.r.Context(), asked)
	if err != nil {
		return err
	}
	name, err := c.officeName(v, v.Operator.Office)
	if err != nil {
		return err
	}
	data := lines{Filter: f, Lines: found, Statuses: c.statuses(), Office: name, Any: len(f.Query()) > 0 || !f.after.At.IsZero()}
	if len(found) > linesShown {
		data.Lines = found[:linesShown]
		data.Next = f.next(found[linesShown-1], asked.ByDue)
	}
	return v.show("queue", data)
}

// next is the address of the page behind a line.
func (f filter) next(last applications.Line, byDue bool) string {
	at := last.FiledAt
	if byDue {
		at = last.DueAt
	}
	q := f.Query()
	q.Set("after", at.UTC().Format(time.RFC3339Nano))
	q.Set("behind", last.Number)
	return "/console/cases?" + q.Encode()
}

// digits are those of a number as it was typed.
func digits(typed string) string {
	return strings.Map(func(r rune) rune {
		if r < unicode.MaxASCII && unicode.IsDigit(r) {
			return r
		}
		return -1
	}, typed)
}

// statuses are those of all kinds.
func (c *Console) statuses() []kinds.Status {
	all := map[kinds.Status]bool{}
	for _, name := range c.Desk.Kinds.Names() {
		for status := range c.Desk.Kinds.Kind(name).Statuses {
			all[status] = true
		}
	}
	return slices.Sorted(maps.Keys(all))
}

// officeName is what an office is called; its id where it is closed.
func (c *Console) officeName(v *visit, id string) (string, error) {
	all, err := c.officeChoices(v)
	for _, o := range all {
		if o.Value == id {
			return o.Label, err
		}
	}
	return id, err
}

// everyLine walks through all that a filter finds, page by page, up to so many.
func everyLine(ctx context.Context, w applications.Worker, f applications.Filter, most int, do func(applications.Line) error) error {
	f.Limit = 200
	for done := 0; ; {
		found, err := w.List(ctx, f)
		if err != nil || len(found) == 0 {
			return err
		}
		for _, l := range found {
			if done++; done > most {
				return errMany
			}
			if err := do(l); err != nil {
				return err
			}
		}
		last := found[len(found)-1]
		f.After = applications.Cursor{At: last.FiledAt, Number: last.Number}
		if f.ByDue {
			f.After.At = last.DueAt
		}
	}
}

// back goes to where a form was sent from.
func (v *visit) back(path string) error {
	v.to(path)
	return nil
}

// partial reports whether htmx asked, and shows a part of a page only.
func (v *visit) partial(view, name string, data any) (bool, error) {
	if v.r.Header.Get("HX-Request") == "" {
		return false, nil
	}
	v.w.Header().Set("Content-Type", "text/html; charset=utf-8")
	v.w.WriteHeader(http.StatusOK)
	return true, v.c.views[view].ExecuteTemplate(v.w, name, page{visit: v, View: view, Data: data})
}
