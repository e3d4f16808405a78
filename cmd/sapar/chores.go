package main

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"sapar/database"
	"sapar/people"
	"sapar/people/pins"
	"sapar/sms"
)

const (
	choresEvery = time.Hour
	dueWithin   = 24 * time.Hour      // how long before an office should have acted it is alarmed
	countsKept  = 14 * 24 * time.Hour // counters of what was sent on a day
	mostLooked  = 100                 // different cases a worker reads in a day before somebody is told
)

// doChores does what needs no caller, once an hour, until the context ends. Any number of replicas may: nothing is done twice, since each
// chore leaves nothing to do.
func (s *server) doChores(ctx context.Context) {
	tick := time.NewTicker(choresEvery)
	defer tick.Stop()
	for {
		if err := s.chores(ctx, s.now()); err != nil && ctx.Err() == nil {
			slog.Error("chores", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// chores tells whose decision ends soon, empties what was kept long enough, and alarms about what is due.
func (s *server) chores(ctx context.Context, now time.Time) error {
	_, told := s.errands.desk.Expiring(ctx, now)
	emptied := database.InTx(ctx, s.db, func(tx *database.Tx) error {
		_, err := s.errands.desk.Expire(ctx, tx, now)
		return err
	})
	counts := database.InTx(ctx, s.db, func(tx *database.Tx) error {
		return errors.Join(people.DropCounts(ctx, tx, now.Add(-countsKept)), pins.DropTries(ctx, tx, now), sms.ForgetSent(ctx, tx))
	})
	return errors.Join(told, emptied, counts, s.alarmDue(ctx, now), s.alarmLooks(ctx, now))
}

// alarmDue logs and counts, for each office, the cases that are due within a day or overdue.
func (s *server) alarmDue(ctx context.Context, now time.Time) error {
	lines, err := s.errands.desk.Due(ctx, now, dueWithin)
	if err != nil {
		return err
	}
	due := map[string]int{}
	for _, line := range lines {
		due[line.Office]++
	}
	s.metrics.due.Reset()
	for office, n := range due {
		s.metrics.due.WithLabelValues(office).Set(float64(n))
		slog.WarnContext(ctx, "cases are due within a day, or overdue", "office", office, "cases", n)
	}
	return nil
}

// alarmLooks tells of case workers who read more cases than anybody works on in a day.
func (s *server) alarmLooks(ctx context.Context, now time.Time) error {
	looks, err := s.errands.desk.ReadMany(ctx, now.Add(-24*time.Hour), mostLooked)
	for _, l := range looks {
		slog.ErrorContext(ctx, "a case worker reads very many cases", "who", l.Who, "cases", l.Cases, "phones", l.Phones)
	}
	return err
}
