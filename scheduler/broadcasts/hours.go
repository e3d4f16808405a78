package broadcasts

import (
	"time"

	"sapar/scheduler/broadcasts/crowd"
	"sapar/scheduler/hours"
	"sapar/sms"
)

// hours say when a broadcast leaves to people in each of some places; the first one is for everywhere else.
func (b *Broadcast) hours(now time.Time, places []crowd.Place) []sms.Hour {
	out := []sms.Hour{b.hour(now, crowd.Place{})}
	for _, p := range places {
		if p != (crowd.Place{}) {
			out = append(out, b.hour(now, p))
		}
	}
	return out
}

// hour is the earliest decent moment of a place. An urgent one leaves at once, and at night.
func (b *Broadcast) hour(now time.Time, p crowd.Place) sms.Hour {
	zone := hours.Of(p.Zone, p.Country, "")
	after, until := now, b.Ends
	if local := in(b.Local, zone); !b.Local.IsZero() && local.After(after) {
		after = local
	}
	if local := in(b.Until, zone); !b.Until.IsZero() && local.Before(until) {
		until = local
	}
	h := sms.Hour{Country: p.Country, Zone: p.Zone, Until: until, Night: -1, After: hours.Next(after, zone, p.Country, b.Urgent)}
	if !b.Urgent {
		h.Night = night(h.After, zone)
	}
	return h
}

// in is the moment at which clocks in a zone show what t shows.
func in(t time.Time, zone *time.Location) time.Time {
	y, m, d := t.Date()
	return time.Date(y, m, d, t.Hour(), t.Minute(), 0, 0, zone)
}

// night is the minute of the day (UTC) at which the night of a day begins in a zone.
func night(day time.Time, zone *time.Location) int {
	_, until := hours.Window(day.In(zone), zone)
	until = until.UTC()
	return until.Hour()*60 + until.Minute()
}
