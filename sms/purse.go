package sms

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"sapar/database"
	"sapar/people"
)

// purse draws on the counters of a day that all replicas share. It takes a part of a limit at a time and pays from that, so that a message
// rarely waits for a counter, and no limit is ever passed. What was put aside is given back by Close; what a replica that dies had put
// aside is not spent that day.
type purse struct {
	db    *database.DB
	mu    sync.Mutex
	day   string
	aside map[string]*share
}

// share is what a replica has put aside of a counter. Whoever fills it holds it, and nobody else's.
type share struct {
	mu    sync.Mutex
	count people.Count
	left  int
	empty time.Time // until when a counter that had no room is not asked again
}

const (
	emptyFor = time.Minute // how long a counter without room is believed to have none
	shares   = 40          // a fill takes this part of a limit
)

func newPurse(db *database.DB) *purse { return &purse{db: db, aside: map[string]*share{}} }

// share finds what is put aside of a counter; a new day begins with nothing.
func (p *purse) share(c people.Count) *share {
	p.mu.Lock()
	defer p.mu.Unlock()
	if c.Day != p.day {
		p.day = c.Day
		clear(p.aside)
	}
	id := c.Scope + string(c.Name)
	s, ok := p.aside[id]
	if !ok {
		s = &share{count: c}
		p.aside[id] = s
	}
	return s
}

// take takes n of a day's limit, and reports whether there was room.
func (p *purse) take(ctx context.Context, c people.Count, n, limit int) (bool, error) {
	s := p.share(c)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.left < n {
		if err := s.fill(ctx, p.db, n-s.left, limit); err != nil {
			return false, err
		}
	}
	if s.left < n {
		return false, nil
	}
	s.left -= n
	return true, nil
}

// fill puts aside what is missing, and more where the limit is far.
func (s *share) fill(ctx context.Context, db *database.DB, missing, limit int) error {
	if time.Now().Before(s.empty) {
		return nil
	}
	for _, n := range []int{max(missing, limit/shares), missing} {
		fits, err := people.CountUp(ctx, db, s.count, n, limit)
		if err != nil {
			return err
		}
		if fits {
			s.left += n
			return nil
		}
	}
	s.empty = time.Now().Add(emptyFor)
	return nil
}

// giveBack returns what was taken for a message that then was refused.
func (p *purse) giveBack(c people.Count, n int) {
	s := p.share(c)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.left += n
}

// close gives back what is put aside, for the other replicas and for the next start.
func (p *purse) close(ctx context.Context) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	var errs []error
	for _, s := range p.aside {
		s.mu.Lock()
		if s.left > 0 {
			errs = append(errs, people.CountDown(ctx, p.db, s.count, s.left))
		}
		s.left = 0
		s.mu.Unlock()
	}
	return errors.Join(errs...)
}

// alarm tells the operators once a day, whichever replica finds out, that the budget is spent.
func (p *purse) alarm(ctx context.Context, day string, segments int) error {
	first, err := people.CountUp(ctx, p.db, people.Count{Day: day, Scope: "alarm", Name: []byte{}}, 1, 1)
	if first && err == nil {
		slog.ErrorContext(ctx, "the day's budget for texts is spent: no more are queued today", "segments", segments, "day", day)
	}
	return err
}
