package operators

import (
	"context"
	"errors"
	"net/http"
	"strconv"

	"sapar/applications"
	"sapar/applications/kinds"
	"sapar/database"
	"sapar/operators/accounts"
)

// change is something a case worker asks to be done with a case, as they saw it.
type change struct {
	visit  *visit
	worker applications.Worker
	ref    applications.Ref
}

// form is what was typed under a name.
func (c *change) form(name string) string { return c.visit.r.PostFormValue(name) }

// changing serves a change of a case: the audit is written in the same transaction.
func (c *Console) changing(said string, do func(context.Context, *change) (applications.Notice, error)) func(*visit) error {
	return func(v *visit) error {
		if err := v.r.ParseForm(); err != nil {
			return err
		}
		version, err := strconv.Atoi(v.r.PostForm.Get("version"))
		if err != nil {
			version = 0 // no case has it: it must be read again
		}
		ch := &change{visit: v, ref: applications.Ref{Number: v.r.PathValue("number"), Version: version}}
		before, err := readCaseOf(v.r.Context(), c.DB, v.Operator.Office, ch.ref.Number)
		if err != nil {
			return err
		}
		ch.worker = v.worker(false).Along(func(ctx context.Context, tx *database.Tx) error {
			after, err := readCaseNow(ctx, tx, ch.ref.Number)
			if err != nil {
				return err
			}
			return c.Accounts.Record(ctx, tx, accounts.Entry{By: v.by(), Action: "case " + said, About: ch.ref.Number, Before: before, After: after})
		})
		notice, err := do(v.r.Context(), ch)
		return v.ended(ch, said, notice, err)
	}
}

// ended goes back to the case, or, when it is another office's by now, to the queue.
func (v *visit) ended(ch *change, said string, notice applications.Notice, err error) error {
	path := "/console/cases/" + ch.ref.Number
	if err != nil {
		key, known := wrongs(err)
		if !known {
			return err
		}
		v.say(flash{Kind: "wrong", Text: v.T(key), Form: said, Typed: either(ch.form("text"), ch.form("why"))})
		return v.back(path)
	}
	f := flash{Kind: "done", Text: v.T("done." + said)}
	if notice.Key != "" {
		f.Text += " " + v.T("done.queued") + " " + notice.Text
	}
	v.say(f)
	if said == "handed over" {
		path = "/console/cases"
	}
	return v.back(path)
}

// wrongs words what a case worker can mend.
func wrongs(err error) (key string, known bool) {
	var step *applications.WrongStep
	if errors.As(err, &step) {
		return "wrong.step", true
	}
	for sentinel, key := range map[error]string{
		applications.ErrChanged: "wrong.changed", applications.ErrEmptied: "wrong.emptied", applications.ErrDate: "wrong.date",
		applications.ErrOffice: "wrong.office", applications.ErrMerge: "wrong.merge", applications.ErrText: "wrong.text",
		applications.ErrTopic: "wrong.topic", errNobody: "wrong.nobody", errSame: "wrong.merge",
	} {
		if errors.Is(err, sentinel) {
			return key, true
		}
	}
	return "", false
}

var (
	errNobody = errors.New("nobody of that name works on cases of this office")
	errSame   = errors.New("a case cannot become part of itself")
)

func move(ctx context.Context, c *change) (applications.Notice, error) {
	to := applications.Step{To: kinds.Status(c.form("to")), Date: c.form("date"), Why: c.form("why")}
	if !c.visit.c.needsDate(to.To) {
		to.Date = ""
	}
	return c.worker.Move(ctx, c.visit.c.Now(), c.ref, to)
}

// needsDate reports whether a status has a day in any kind. The field is on the page for all statuses, and is left alone for those without.
func (c *Console) needsDate(s kinds.Status) bool {
	for _, name := range c.Desk.Kinds.Names() {
		if c.Desk.Kinds.Kind(name).Statuses[s].Date {
			return true
		}
	}
	return false
}

func ask(ctx context.Context, c *change) (applications.Notice, error) {
	return c.worker.Ask(ctx, c.visit.c.Now(), c.ref, c.form("question"))
}

func note(ctx context.Context, c *change) (applications.Notice, error) {
	return applications.Notice{}, c.worker.Note(ctx, c.visit.c.Now(), c.ref.Number, c.form("text"))
}

// assign gives a case to somebody of the office, or to nobody.
func (c *Console) assign(ctx context.Context, ch *change) (applications.Notice, error) {
	who := ch.form("who")
	list, err := c.workers(ch.visit)
	if err != nil {
		return applications.Notice{}, err
	}
	known := who == ""
	for _, w := range list {
		known = known || w.Value == who
	}
	if !known {
		return applications.Notice{}, errNobody
	}
	return applications.Notice{}, ch.worker.Assign(ctx, c.Now(), ch.ref, who)
}

func handOver(ctx context.Context, c *change) (applications.Notice, error) {
	return applications.Notice{}, c.worker.HandOver(ctx, c.visit.c.Now(), c.ref, c.form("office"), c.form("why"))
}

func reopen(ctx context.Context, c *change) (applications.Notice, error) {
	return c.worker.Reopen(ctx, c.visit.c.Now(), c.ref, c.form("why"))
}

func merge(ctx context.Context, c *change) (applications.Notice, error) {
	into := digits(c.form("into"))
	if into == c.ref.Number {
		return applications.Notice{}, errSame
	}
	return c.worker.Merge(ctx, c.visit.c.Now(), c.ref, into, c.form("why"))
}

// attachment names what is sent to be kept as a file.
func attachment(w http.ResponseWriter, kind, name string) {
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Content-Disposition", `attachment; filename="`+name+`"`)
}
