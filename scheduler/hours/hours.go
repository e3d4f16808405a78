// Package hours knows the recipient's time: their zone, when they sleep, and the holidays of where they are.
//
// It is pure: no clock of its own, no database. The zones are carried within the program, so that a server without a zone database, or with
// an old one, sends at the same minute.
package hours

import (
	"time"
	_ "time/tzdata" // the zones themselves
)

// The waking hours of a day, on the clock of where somebody is: nobody is written to from Night until Morning, unless it is urgent.
const (
	Morning = 8
	Night   = 21
)

// longestRest bounds the search for a working day; the longest row of holidays known has eight.
const longestRest = 31

// Quiet says whether a moment falls into the night of a zone.
func Quiet(t time.Time, zone *time.Location) bool {
	hour := t.In(zone).Hour()
	return hour < Morning || hour >= Night
}

// Window is the waking part of a day: it may be sent from the first moment on, and no more at the second. Of day only the date counts, as it
// stands in day's own zone.
func Window(day time.Time, zone *time.Location) (from, until time.Time) {
	return At(day, Morning, zone), At(day, Night, zone)
}

// At is an hour of a day on the clock of a zone. Of day only the date counts, as it stands in day's own zone. An hour that the clocks skip
// becomes the one after.
func At(day time.Time, hour int, zone *time.Location) time.Time {
	year, month, date := day.Date()
	return time.Date(year, month, date, hour, 0, 0, 0, zone)
}

// Awake is the earliest moment at or after t outside the night, on a holiday too.
func Awake(t time.Time, zone *time.Location) time.Time {
	from, until := Window(t.In(zone), zone)
	switch {
	case t.Before(from):
		return from
	case t.Before(until):
		return t
	}
	next, _ := Window(t.In(zone).AddDate(0, 0, 1), zone)
	return next
}

// Next is the earliest decent moment at or after t for somebody in a country: by day and on no holiday. What is urgent does not wait.
func Next(t time.Time, zone *time.Location, country string, urgent bool) time.Time {
	if urgent {
		return t
	}
	t = Awake(t, zone)
	for range longestRest {
		if _, rests := Holiday(t, zone, country); !rests {
			break
		}
		t, _ = Window(t.In(zone).AddDate(0, 0, 1), zone)
	}
	return t
}
