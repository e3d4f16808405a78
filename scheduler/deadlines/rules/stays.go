package rules

import (
	"strconv"
	"time"
)

// perYear counts by calendar year.
const perYear = "year"

// longestLook is how far ahead a limit is looked for: after a year abroad somebody has other questions.
const longestLook = 400

// Stay is when somebody came into a country and left it. Both days count: that is what border guards do, and at worst it is told a day early.
type Stay struct {
	In  time.Time
	Out time.Time // zero while they are there still
}

// Counted is what of a limit is used.
type Counted struct {
	Used  int       // days, up to and with the day asked about
	Left  int       // days
	There bool      // they are in the country on that day
	Limit time.Time // the last day they may be there if they stay; zero when they are not there, or no limit comes
}

// Of counts the days of several stays on a day. Stays may overlap and be in any order; a day counts once.
func (c *Count) Of(stays []Stay, on time.Time) Counted {
	out := Counted{Used: c.used(stays, on), There: present(stays, on)}
	out.Left = max(0, c.Limit-out.Used)
	if out.There {
		out.Limit = c.limit(stays, on)
	}
	return out
}

// limit is the first day of the present stay on which no day is left, if they stay from then on.
func (c *Count) limit(stays []Stay, on time.Time) time.Time {
	day := on
	for present(stays, day.AddDate(0, 0, -1)) && on.Sub(day) < longestLook*24*time.Hour {
		day = day.AddDate(0, 0, -1)
	}
	ahead := append([]Stay{{In: on}}, stays...)
	for range longestLook {
		if c.used(ahead, day) >= c.Limit {
			return day
		}
		day = day.AddDate(0, 0, 1)
	}
	return time.Time{}
}

// used are the days spent in the period that ends on a day.
func (c *Count) used(stays []Stay, on time.Time) (n int) {
	for day := c.since(on); !day.After(on); day = day.AddDate(0, 0, 1) {
		if present(stays, day) {
			n++
		}
	}
	return n
}

// since is the first day of the period that ends on a day.
func (c *Count) since(on time.Time) time.Time {
	if c.Per == perYear {
		return time.Date(on.Year(), 1, 1, 0, 0, 0, 0, time.UTC)
	}
	days, _ := strconv.Atoi(c.Per) // the files were checked
	return on.AddDate(0, 0, 1-days)
}

func present(stays []Stay, day time.Time) bool {
	for _, s := range stays {
		if !day.Before(s.In) && (s.Out.IsZero() || !day.After(s.Out)) {
			return true
		}
	}
	return false
}
