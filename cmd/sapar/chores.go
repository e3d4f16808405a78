package main

import (
	"context"
	"log/slog"
	"time"

	"sapar/directory"
	"sapar/scheduler"
	"sapar/sms"
)

const (
	dueWithin  = 24 * time.Hour      // how long before an office should have acted it is alarmed
	countsKept = 14 * 24 * time.Hour // counters of what was sent on a day
	mostLooked = 100                 // different cases a worker reads in a day before somebody is told
)

// alarmDue logs, for each office, the cases that are due within a day or overdue.
func (s *server) alarmDue(ctx context.Context, now time.Time) (scheduler.Counts, error) {
	due, err := s.countDue(ctx, now)
	cases := 0
	for office, n := range due {
		cases += n
		slog.WarnContext(ctx, "cases are due within a day, or overdue", "office", office, "cases", n)
	}
	return scheduler.Counts{"cases": cases, "offices": len(due)}, err
}

// alarmLooks tells of case workers who read more cases than anybody works on in a day.
func (s *server) alarmLooks(ctx context.Context, now time.Time) (scheduler.Counts, error) {
	looks, err := s.errands.desk.ReadMany(ctx, now.Add(-24*time.Hour), mostLooked)
	for _, l := range looks {
		slog.ErrorContext(ctx, "a case worker reads very many cases", "who", l.Who, "cases", l.Cases, "phones", l.Phones)
	}
	return scheduler.Counts{"workers": len(looks)}, err
}

// alarmDoubts tells of messages of which nobody knows what became, and of reports about messages nobody sent.
func (s *server) alarmDoubts(ctx context.Context, _ time.Time) (scheduler.Counts, error) {
	d, err := sms.ReadDoubts(ctx, s.db)
	if d.Parked+d.Stuck+d.Orphans > 0 {
		slog.WarnContext(ctx, "messages are in doubt", "parked", d.Parked, "unknown for an hour", d.Stuck, "reports without a message", d.Orphans)
	}
	return scheduler.Counts{"parked": d.Parked, "unknown": d.Stuck, "orphans": d.Orphans}, err
}

// mostNamed is how many entries of the directory a log line names.
const mostNamed = 5

// alarmFacts tells of contacts that somebody should have looked at again by now.
func (s *server) alarmFacts(ctx context.Context, now time.Time) (scheduler.Counts, error) {
	ids, err := directory.PastReview(ctx, s.db, now)
	if len(ids) > 0 {
		slog.WarnContext(ctx, "contacts are past their review date", "contacts", len(ids), "first", ids[:min(len(ids), mostNamed)])
	}
	return scheduler.Counts{"contacts": len(ids)}, err
}
