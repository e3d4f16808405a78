// Package rules knows the deadlines of people abroad: what is due how long after what, and when to remind of it.
//
// It is pure: rules are data in the YAML files beside the code, dates are calendar days, and today is given. A day is a time.Time at midnight
// UTC.
package rules

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"sapar/menus"
)

// Rule says what is due when.
type Rule struct {
	ID           string        `yaml:"id"`
	Country      string        `yaml:"country"`       // ISO 3166-1 code of the host country; empty for any
	Event        string        `yaml:"event"`         // the date that is asked for, one of Events
	Offset       int           `yaml:"offset"`        // days from the event to the due date
	Months       int           `yaml:"months"`        // calendar months from the event, before the days; of a month that has no such day the last
	Reserve      int           `yaml:"reserve"`       // days that it is told earlier, since sources differ on which day is the first
	On           string        `yaml:"on"`            // of a fixed date: month and day, as 11-15
	Count        *Count        `yaml:"count"`         // of days_in_country: how many days may be spent there
	Remind       []int         `yaml:"remind"`        // days before the due date, the most first
	Late         int           `yaml:"late"`          // days after the due date that its last reminder is still of use
	Private      bool          `yaml:"private"`       // nothing that is stored or sent in clear may tell which rule it is
	Audience     string        `yaml:"audience"`      // whom it concerns
	Condition    string        `yaml:"condition"`     // when it does
	Action       string        `yaml:"action"`        // what is to be done
	Source       string        `yaml:"source"`        // a public document
	SourceDate   string        `yaml:"source_date"`   // YYYY, YYYY-MM or YYYY-MM-DD; empty when it has none
	SecondSource string        `yaml:"second_source"` // a further document
	Confidence   string        `yaml:"confidence"`    // high, medium or low
	Status       string        `yaml:"status"`        // unconfirmed, or empty
	Conflict     string        `yaml:"conflict"`      // what other sources say
	Note         string        `yaml:"note"`          // for operators
	Name         menus.Wording `yaml:"name"`          // in a list
	Text         menus.Wording `yaml:"text"`          // of the reminder; holds {date}
}

// Count is how many days somebody may spend in a country.
type Count struct {
	Limit int    `yaml:"limit"`
	Per   string `yaml:"per"` // a calendar year, or any so many days
}

// The events a rule may begin with. Two of them ask for no date.
const (
	FixedDate     = "fixed_date"
	DaysInCountry = "days_in_country"
)

// Events are all of them.
var Events = []string{
	"entry_date", "planned_entry_date", "departure_date", "medical_expiry_date", "contract_end_date", "contract_terminated_date",
	"return_certificate_issued", "visa_end_date", "passport_expiry_date", "medicine_supply_end", "guardianship_end_date", "sim_changed",
	FixedDate, DaysInCountry,
}

// usualRemind is when to remind of a rule that says nothing else, in days before.
var usualRemind = []int{7, 3, 1}

// done is how a reminder is answered once its business is done.
var done = menus.Wording{menus.Kyrgyz: "Бүттү: 1", menus.Russian: "Готово: 1", menus.Uzbek: "Bo'ldi: 1", menus.English: "Done: 1"}

// Trusted reports whether a rule may be used before an operator has confirmed it: its confidence is not low, and it is not marked as unconfirmed.
func (r *Rule) Trusted() bool { return r.Confidence != "low" && r.Status == "" }

// Version changes with everything a rule says: a confirmation is of one version.
func (r *Rule) Version() string {
	count := ""
	if r.Count != nil {
		count = fmt.Sprint(*r.Count)
	}
	plain := *r
	plain.Count = nil
	sum := sha256.Sum256(fmt.Appendf(nil, "%+v %s", plain, count)) // fmt writes maps in the order of their keys
	return hex.EncodeToString(sum[:8])
}

// Due is the day something is due, as people are told. Of a fixed date, event is the day from which on the next one is looked for.
func (r *Rule) Due(event time.Time) time.Time {
	if r.Event == FixedDate {
		return next(r.On, event)
	}
	return addMonths(event, r.Months).AddDate(0, 0, r.Offset-r.Reserve)
}

// Days are from the event to the due date, of a rule that counts in days only.
func (r *Rule) Days() int { return r.Offset - r.Reserve }

// Say words the reminder of a due date. A private rule has a neutral text in the files; it is the same for all who read it.
func (r *Rule) Say(lang menus.Language, due time.Time) string {
	text := strings.ReplaceAll(r.Text.In(lang, menus.Russian), "{date}", due.Format("02.01"))
	return text + " " + done.In(lang, menus.Russian)
}

// addMonths is the same day some calendar months later; of a month that has no such day the last one.
func addMonths(day time.Time, months int) time.Time {
	year, month, date := day.Date()
	last := time.Date(year, month+time.Month(months)+1, 0, 0, 0, 0, 0, time.UTC)
	return time.Date(last.Year(), last.Month(), min(date, last.Day()), 0, 0, 0, 0, time.UTC)
}

// next is the first day with a date (as 11-15) at or after a day. In a year without a 29 February it is the 28th.
func next(on string, from time.Time) time.Time {
	year, month, date := from.Date()
	from = time.Date(year, month, date, 0, 0, 0, 0, time.UTC)
	for ; ; year++ {
		if day := dayOf(on, year); !day.Before(from) {
			return day
		}
	}
}

func dayOf(on string, year int) time.Time {
	at, _ := time.Parse(time.DateOnly, "2024-"+on) // a leap year, so that every date is one; the files were checked
	last := time.Date(year, at.Month()+1, 0, 0, 0, 0, 0, time.UTC)
	return time.Date(year, at.Month(), min(at.Day(), last.Day()), 0, 0, 0, 0, time.UTC)
}
