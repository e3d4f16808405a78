package rules

import (
	"time"

	"sapar/scheduler/hours"
)

const (
	// nine is when a reminder comes, on the clock of where its reader is.
	nine = 9
	// mostLate is how many days after its own a reminder may still come, where the next one is far.
	mostLate = 7
)

// Reminder is one reminder of a due date.
type Reminder struct {
	Before int       // days before
	At     time.Time // nine in the morning
	Until  time.Time // no longer of use: the evening before the next reminder, a week later, or the evening of the due date
}

// Plan are the reminders of a due date for somebody in a zone, the earliest first. Their times of use do not overlap.
func (r *Rule) Plan(due time.Time, zone *time.Location) []Reminder {
	out := make([]Reminder, len(r.Remind))
	for i, before := range r.Remind {
		day := due.AddDate(0, 0, -before)
		last := due.AddDate(0, 0, r.Late)
		if i+1 < len(r.Remind) {
			last = due.AddDate(0, 0, -r.Remind[i+1]-1)
		}
		if week := day.AddDate(0, 0, mostLate); r.Late == 0 && week.Before(last) {
			last = week
		}
		_, until := hours.Window(last, zone)
		out[i] = Reminder{Before: before, At: hours.At(day, nine, zone), Until: until}
	}
	return out
}

// Place is where somebody is reminded.
type Place struct {
	Zone    *time.Location
	Country string
}

// Sending is when a message may leave.
type Sending struct{ After, Until time.Time }

// Send finds the first decent hours from a moment on in which a reminder is still of use: by day and on no holiday, else on a holiday. It is
// false where there are none. A message leaves in the hours of one day only: the outbox knows no nights.
func (p Place) Send(from, until time.Time) (Sending, bool) {
	for _, after := range []time.Time{hours.Next(from, p.Zone, p.Country, false), hours.Awake(from, p.Zone)} {
		if _, night := hours.Window(after.In(p.Zone), p.Zone); after.Before(until) {
			if night.After(until) {
				night = until
			}
			return Sending{After: after, Until: night}, true
		}
	}
	return Sending{}, false
}

// Day is the calendar day of a moment in a zone.
func Day(at time.Time, zone *time.Location) time.Time {
	year, month, day := at.In(zone).Date()
	return time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
}
