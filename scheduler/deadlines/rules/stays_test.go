package rules_test

import (
	"strings"
	"testing"
	"time"

	"sapar/scheduler/deadlines/rules"
)

func TestDaysOfSeveralStaysAreCounted(t *testing.T) {
	all := builtIn(t)
	russia, kazakhstan := all.Find("ru-90-per-year").Count, all.Find("kz-90-180").Count
	for _, c := range []struct {
		name  string
		count *rules.Count
		stays string
		on    string
		used  int
		left  int
		limit string
	}{
		{"the first day is a day", russia, "2026-12-01/", "2026-12-01", 1, 89, "2027-03-31"},
		{"a new year begins anew", russia, "2026-12-01/", "2027-01-01", 1, 89, "2027-03-31"},
		{"a trip home stops the count", russia, "2026-12-01/2027-02-10 2027-02-24/", "2027-03-01", 47, 43, "2027-04-13"},
		{"whoever is at home has no limit", russia, "2026-12-01/2027-02-10", "2027-02-15", 41, 49, ""},
		{"the ninetieth day", russia, "2027-01-01/", "2027-03-31", 90, 0, "2027-03-31"},
		{"the limit that was passed is told still", russia, "2027-01-01/", "2027-04-10", 100, 0, "2027-03-31"},
		{"stays that overlap count once", russia, "2027-01-01/2027-01-10 2027-01-05/2027-01-12", "2027-01-20", 12, 78, ""},
		{"a leap year has a day more", russia, "2028-01-01/", "2028-02-29", 60, 30, "2028-03-30"},
		{"a year too short to fill goes on in the next", russia, "2026-11-01/", "2026-12-31", 61, 29, "2027-03-31"},
		{"ninety of a hundred and eighty", kazakhstan, "2027-01-01/", "2027-01-31", 31, 59, "2027-03-31"},
		{"what is half a year ago no longer counts", kazakhstan, "2026-07-01/2026-09-28 2027-01-10/", "2027-01-10", 77, 13, "2027-04-09"},
		{"what is less than that does", kazakhstan, "2026-10-01/2026-12-19 2027-01-10/", "2027-01-10", 81, 9, "2027-01-19"},
	} {
		var stays []rules.Stay
		for text := range strings.FieldsSeq(c.stays) {
			in, out, _ := strings.Cut(text, "/")
			stay := rules.Stay{In: day(in)}
			if out != "" {
				stay.Out = day(out)
			}
			stays = append(stays, stay)
		}
		got := c.count.Of(stays, day(c.on))
		limit := ""
		if !got.Limit.IsZero() {
			limit = got.Limit.Format(time.DateOnly)
		}
		if got.Used != c.used || got.Left != c.left || limit != c.limit {
			t.Errorf("%s: %d used, %d left, until %q; not %d, %d, %q", c.name, got.Used, got.Left, limit, c.used, c.left, c.limit)
		}
	}
}
