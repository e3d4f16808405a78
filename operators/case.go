package operators

import (
	"strings"
	"time"

	"sapar/applications"
	"sapar/applications/kinds"
	"sapar/menus"
	"sapar/sms"
)

// file is what the page of a case shows.
type file struct {
	applications.Case
	Told     []answer
	Steps    []step
	Dated    []string // names of the next statuses that need a day
	Reopens  bool
	Open     bool // something can be done with it
	Workers  []choice
	Offices  []choice
	Office   string // name
	Unmasked bool
	Asking   asking
	Purpose  string
}

// step is a status a case can move to, and the text the person gets then.
type step struct {
	Status kinds.Status
	SMS    message
}

// message is a text before it is sent.
type message struct {
	Text  string // "" where none is sent
	Parts int
}

// asking is a question that was typed and is looked at before it is sent.
type asking struct {
	Number   string
	Version  int
	Question string
	SMS      message
	Wrong    string // why it cannot be sent
	Notify   bool
}

func sent(text string) message { return message{text, sms.Segments(text)} }

// purposes are offered to whoever opens a case.
var purposes = []string{"new", "work", "called", "due", "other"}

// showCase shows a case to somebody who has said what for; else it asks.
func (c *Console) showCase(v *visit) error {
	number, ctx := v.r.PathValue("number"), v.r.Context()
	purpose := c.sessions.GetString(ctx, "purpose "+number)
	if purpose == "" {
		return v.show("open", struct {
			Number   string
			Purposes []string
		}{number, purposes})
	}
	unmask := c.sessions.PopBool(ctx, "unmask "+number) && v.Operator.May("unmask")
	read, err := v.worker(unmask).Read(ctx, c.Now(), number, purpose)
	if err != nil {
		return err
	}
	data, err := c.file(v, read)
	if err != nil {
		return err
	}
	data.Unmasked, data.Purpose = unmask, purpose
	return v.show("case", data)
}

// file brings together what the page of a case shows.
func (c *Console) file(v *visit, read applications.Case) (f file, err error) {
	kind := c.Desk.Kinds.Kind(read.Kind)
	f = file{Case: read, Told: v.answers(read), Reopens: !read.Emptied && kind.Statuses[read.Status].Reopens()}
	f.Open = !read.Emptied && read.ClosedAt.IsZero()
	for _, to := range read.Next {
		s := step{Status: to}
		if read.Notify {
			s.SMS = sent(c.Desk.Kinds.Neutral(to, read.Language, read.Number))
		}
		f.Steps = append(f.Steps, s)
		if kind.Statuses[to].Date {
			f.Dated = append(f.Dated, v.StatusName(to))
		}
	}
	if f.Workers, err = c.workers(v); err != nil {
		return f, err
	}
	if f.Offices, err = c.officeChoices(v); err != nil {
		return f, err
	}
	f.Asking = asking{Number: read.Number, Version: read.Version, Notify: read.Notify}
	f.Office, err = c.officeName(v, read.Office)
	return f, err
}

// workers are those who work on the cases of the visitor's office.
func (c *Console) workers(v *visit) (out []choice, err error) {
	all, err := c.Accounts.List(v.r.Context())
	for _, o := range all {
		if o.Office == v.Operator.Office && o.May("cases") {
			out = append(out, choice{o.Name, o.Name})
		}
	}
	return out, err
}

// openCase keeps what a case is read for, as long as the visitor stays signed in.
func (c *Console) openCase(v *visit) error {
	number := v.r.PathValue("number")
	if purpose := v.purpose(); purpose != "" {
		c.sessions.Put(v.r.Context(), "purpose "+number, purpose)
	} else {
		v.say(flash{Kind: "wrong", Text: v.T("wrong.purpose")})
	}
	return v.back("/console/cases/" + number)
}

// purpose is what a form says that a case is read for: one of those offered, or in words.
func (v *visit) purpose() string {
	words := strings.TrimSpace(v.r.PostFormValue("words"))
	chosen := v.r.PostFormValue("purpose")
	if text := v.T("purpose." + chosen); chosen != "" && chosen != "other" && text != "purpose."+chosen {
		return strings.TrimSpace(text + " " + words)
	}
	return words
}

// unmask shows the phones of a case, once. The look is kept as one that saw them.
func (c *Console) unmask(v *visit) error {
	number := v.r.PathValue("number")
	c.sessions.Put(v.r.Context(), "unmask "+number, true)
	return v.back("/console/cases/" + number)
}

// preview shows the text that a question becomes, before it is sent.
func (c *Console) preview(v *visit) error {
	number, ctx := v.r.PathValue("number"), v.r.Context()
	read, err := v.worker(false).Read(ctx, c.Now(), number, either(c.sessions.GetString(ctx, "purpose "+number), v.T("purpose.work")))
	if err != nil {
		return err
	}
	a := asking{Number: number, Version: read.Version, Question: strings.TrimSpace(menus.Fold(v.r.PostFormValue("question"))), Notify: read.Notify}
	a.weigh(v, read.Language)
	if part, err := v.partial("case", "asking", a); part {
		return err
	}
	data, err := c.file(v, read)
	if err != nil {
		return err
	}
	data.Asking = a
	return v.show("case", data)
}

// weigh says what is wrong with a question, or what it looks like on the phone.
func (a *asking) weigh(v *visit, lang menus.Language) {
	word, found := kinds.Topic(a.Question)
	switch n := len([]rune(a.Question)); {
	case n == 0 || n > 160:
		a.Wrong = v.T("wrong.question")
	case found && a.Notify:
		a.Wrong = v.T("wrong.topic") + " " + word
	case a.Notify:
		a.SMS = sent(v.c.Desk.Kinds.Asks(lang, a.Number, a.Question))
	}
}

func either(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// Since tells for how long a case has been there, in days.
func (v *visit) Since(at time.Time) int { return days(v.c.Now()) - days(at) }
