package sms

import (
	"bytes"
	"context"
	"database/sql"
	"time"

	"sapar/database"
	"sapar/menus"
	"sapar/people"
)

// briefText is how many letters a key of a menu has at most: 99 said again and again pages on, and is no robot.
const briefText = 3

// admitAnswer admits an automatic answer: not too soon after the last, within the caps, and not to another robot.
func (g *Guard) admitAnswer(ctx context.Context, tx *database.Tx, d Draft) (reason string, err error) {
	now, phone := g.now(), g.phoneHash(d.Phone)
	last, err := people.HoldAnswer(ctx, tx, phone, now)
	if err != nil {
		return "", err
	}
	next, reason := g.limits.next(last, g.textHash(menus.FoldKeyword(d.Text)), now)
	if reason == "" {
		reason, err = g.count(ctx, tx, d)
	}
	if err != nil || reason != "" && reason != ReasonLoop {
		return reason, err
	}
	return reason, people.KeepAnswer(ctx, tx, phone, next)
}

// next is what to remember after saying something now, or why it must not be said. A loop is several answers, none long after the one
// before, to texts that are the same or our own answer; a key of a menu said again is the same only if it changes nothing.
func (l Limits) next(last people.LastAnswer, said []byte, now time.Time) (next people.LastAnswer, reason string) {
	switch {
	case last.SilentUntil.Valid && now.Before(last.SilentUntil.Time):
		return last, ReasonLoop
	case last.SaidAt.Valid && now.Sub(last.SaidAt.Time) < l.ReplyEvery:
		return last, ReasonTooSoon
	}
	next = people.LastAnswer{Said: said, SaidAt: sql.NullTime{Time: now, Valid: true}, Loops: 1}
	if last.SaidAt.Valid && now.Sub(last.SaidAt.Time) <= l.LoopWithin && looksSame(last, said) {
		next.Loops = last.Loops + 1
	}
	if next.Loops > l.LoopAnswers {
		last.SilentUntil, last.Loops = sql.NullTime{Time: now.Add(l.LoopSilence), Valid: true}, 0
		return last, ReasonLoop
	}
	return next, ""
}

func looksSame(last people.LastAnswer, said []byte) bool {
	return last.Same == people.SameEcho || last.Same == people.SameAgain || last.Same == people.SameBrief && bytes.Equal(last.Said, said)
}
