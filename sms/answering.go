package sms

import (
	"bytes"
	"context"
	"strings"
	"time"

	"sapar/menus"
	"sapar/people"
	"sapar/sessions"
)

// briefText is how many letters a key of a menu has at most: 99 said again and again pages on, and is no robot.
const briefText = 3

// prefixDigits are how many digits numbers bought or forged as one range share: country, operator and one more.
const prefixDigits = 7

// Answer decides whether an automatic answer is given: to a number that may be answered, not too soon after the last, within the caps, and
// not to another robot. The one confirmation of a stop is always given. What is returned to remember is stored with the turn, so replicas
// count one phone exactly.
func (g *Guard) Answer(ctx context.Context, a sessions.Answering) (talk sessions.Talk, say bool, err error) {
	if a.Order == sessions.Stop {
		return a.Talk, !a.Standing.Stopped, nil
	}
	talk, reason := g.consider(&a)
	if reason == "" {
		reason, err = g.afford(ctx, &a)
	}
	if reason == "" && err == nil {
		talk.At, talk.Said = g.now(), g.hash(a.Said)
		talk.Answers++
		return talk, true, nil
	}
	return talk, false, err
}

// consider says what of a text to remember, and why it is not answered, or nothing.
func (g *Guard) consider(a *sessions.Answering) (sessions.Talk, string) {
	now, heard := g.now(), g.hash(a.Heard)
	talk := a.Talk
	same := g.looksSame(&talk, heard, a)
	talk.Heard = heard
	if day := g.day(); talk.Day != day {
		talk.Day, talk.Answers = day, 0
	}
	standing := a.Standing
	standing.Agreed = true // by this text
	if standing.State == people.NumberBad {
		standing.State = people.NumberFine // it has just texted
	}
	switch reason := refusal(standing, Reply); {
	case reason != "":
		return talk, reason
	case !g.allows(a.Phone):
		return talk, ReasonCountry
	case now.Before(talk.Silent):
		return talk, ReasonLoop
	case now.Sub(talk.At) < g.limits.ReplyEvery:
		return talk, ReasonTooSoon
	case talk.Answers >= g.limits.DailyPerNumber:
		return talk, ReasonNumberCap
	}
	return g.limits.loop(talk, same, now)
}

// loop counts answers, none long after the one before, to texts that are the same or our own answer.
func (l Limits) loop(talk sessions.Talk, same bool, now time.Time) (sessions.Talk, string) {
	if !same || now.Sub(talk.At) > l.LoopWithin {
		talk.Loops = 0
	}
	if talk.Loops++; talk.Loops <= l.LoopAnswers {
		return talk, ""
	}
	talk.Silent, talk.Loops = now.Add(l.LoopSilence), 0
	return talk, ReasonLoop
}

// looksSame reports whether a text is the one before or our own answer. A key of a menu said again is the same only if it changes nothing.
func (g *Guard) looksSame(talk *sessions.Talk, heard []byte, a *sessions.Answering) bool {
	switch {
	case bytes.Equal(heard, talk.Said):
		return true
	case !bytes.Equal(heard, talk.Heard):
		return false
	}
	brief := len([]rune(menus.FoldKeyword(a.Heard))) <= briefText
	return !brief || bytes.Equal(talk.Said, g.hash(a.Said))
}

// afford takes an answer's place among those of its prefix, and its segments from the budget. Only answers count for a prefix: a flood of
// forged texts makes those, and a broadcast to a whole prefix is no flood.
func (g *Guard) afford(ctx context.Context, a *sessions.Answering) (reason string, err error) {
	digits := strings.TrimPrefix(a.Phone.E164(), "+")
	prefix := people.Count{Day: g.day(), Scope: "prefix", Name: g.keys.Hash("prefix", digits[:min(len(digits), prefixDigits)])}
	fits, err := g.purse.take(ctx, prefix, 1, g.limits.DailyPerPrefix)
	if !fits || err != nil {
		return ReasonPrefixCap, err
	}
	reason, err = g.spend(ctx, a.Said)
	if reason != "" {
		g.purse.giveBack(prefix, 1)
	}
	return reason, err
}

// hash stands for a text among those of a phone.
func (g *Guard) hash(text string) []byte { return g.keys.Hash("text", menus.FoldKeyword(text)) }
