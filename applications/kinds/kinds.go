// Package kinds knows what can be filed: the questions of each kind of application, who handles it, its way to a decision, and the wording.
//
// A kind is one YAML file beside the code. What a text message says of a status is in statuses.yaml, the same for all kinds and without a
// word of what an application is about.
package kinds

import (
	"slices"
	"strings"
	"time"

	"sapar/applications/offices"
	"sapar/menus"
)

// Status is where an application stands. What it means to the person is the wording of its kind.
type Status string

// The statuses that every kind has. The others are named by the kinds and by statuses.yaml.
const (
	Received Status = "received" // filed, and nobody has taken it up
	Review   Status = "review"   // taken up; reopened applications come back here
	Expiring Status = "expiring" // of kinds that end: the decision ends soon
	Closed   Status = "closed"
	Merged   Status = "merged" // goes on as another application; only merging leads here
)

// asks is what statuses.yaml says around a question of the office.
const asks Status = "question"

// Kind is one kind of application.
type Kind struct {
	Name      string           `yaml:"kind"`
	Called    menus.Wording    `yaml:"name"`
	Sensitive bool             `yaml:"sensitive,omitempty"` // its content is sealed with the second key, and texts are sent only when asked for
	Route     offices.Route    `yaml:"route"`
	Never     *Never           `yaml:"never,omitempty"`
	Fields    []Field          `yaml:"fields,omitempty"`
	Duplicate []string         `yaml:"duplicate,omitempty"` // fields that make two open applications of a person the same
	Statuses  map[Status]State `yaml:"statuses"`
	Retention Days             `yaml:"retention"` // after it was closed, its content goes
	Expires   *Expiry          `yaml:"expires,omitempty"`
}

// Never bars kinds of offices from an application, by what it complains about: by the values of an answer.
type Never struct {
	Answer string                    `yaml:"answer"`
	Kinds  map[string][]offices.Kind `yaml:"kinds"`
}

// Field is one answer of an application. Its name is that of the question in the form.
type Field struct {
	Name      string           `yaml:"name"`
	Type      menus.AnswerType `yaml:"type"`
	Repeat    string           `yaml:"repeat,omitempty"` // the answer that says how often
	Required  bool             `yaml:"required,omitempty"`
	Sensitive bool             `yaml:"sensitive,omitempty"` // says who somebody is or where they are found: never stands in a text message
	Why       string           `yaml:"why,omitempty"`       // a sensitive field is asked
}

// State is one status of a kind.
type State struct {
	To      []Status      `yaml:"to,omitempty"`      // where it may go
	Due     Days          `yaml:"due,omitempty"`     // the office has this long, counted from the status's date where it has one
	Date    bool          `yaml:"date,omitempty"`    // needs a date: of a visit, or until when a decision holds
	Decided bool          `yaml:"decided,omitempty"` // the answer is given
	Final   bool          `yaml:"final,omitempty"`   // nothing is to be done any more
	Text    menus.Wording `yaml:"text"`              // in full, for the person's own eyes; holds {date} and {office}
}

// Expiry says which decision ends, and how long before its date the person is told.
type Expiry struct {
	Status Status `yaml:"status"`
	Before Days   `yaml:"before"`
}

// Days is a length of time in whole days.
type Days int

// Field finds the field of an answer; a repeated one is answered as children.2.birth_year.
func (k *Kind) Field(answer string) (Field, bool) {
	name := answer[strings.LastIndexByte(answer, '.')+1:]
	i := slices.IndexFunc(k.Fields, func(f Field) bool { return f.Name == name && (f.Repeat != "") == (name != answer) })
	if i < 0 {
		return Field{}, false
	}
	return k.Fields[i], true
}

// Barred are the kinds of offices that must not get an application with these answers.
func (k *Kind) Barred(answers []menus.Answer) []offices.Kind {
	if k.Never == nil {
		return nil
	}
	return k.Never.Kinds[valueOf(answers, k.Never.Answer)]
}

// Office finds the office of an application by its answers.
func (k *Kind) Office(all offices.Offices, answers []menus.Answer) string {
	return all.For(k.Route, func(name string) string { return valueOf(answers, name) }, k.Barred(answers))
}

func valueOf(answers []menus.Answer, name string) string {
	for _, a := range answers {
		if a.Name == name && name != "" {
			return a.Value
		}
	}
	return ""
}

// Same is what makes two applications the same, by their answers: nothing for a kind that does not say.
func (k *Kind) Same(answers []menus.Answer) []string {
	var out []string
	for _, a := range answers {
		if f, ok := k.Field(a.Name); ok && slices.Contains(k.Duplicate, f.Name) {
			out = append(out, f.Name+" "+menus.FoldKeyword(a.Value))
		}
	}
	slices.Sort(out)
	return out
}

// DueAt is by when an office should have done the next thing; no time for a status without a term. The date is that of the status, or no time.
func (s State) DueAt(at, date time.Time) time.Time {
	if s.Due == 0 {
		return time.Time{}
	}
	if s.Date && !date.IsZero() {
		at = date
	}
	return at.AddDate(0, 0, int(s.Due))
}

// Reopens reports whether an application in this status can be taken up again.
func (s State) Reopens() bool { return s.Decided || s.Final }

// Fill puts a date and the name of the office into a wording, in one language. A date is yyyy-mm-dd, or empty.
func (s State) Fill(lang menus.Language, date, office string) string {
	if day, err := time.Parse(time.DateOnly, date); err == nil {
		date = day.Format("02.01.2006")
	}
	return strings.NewReplacer("{date}", date, "{office}", office).Replace(s.Text.In(lang, menus.Russian))
}
