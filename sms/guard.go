package sms

import (
	"context"
	"slices"
	"strings"
	"time"

	"sapar/database"
	"sapar/menus"
	"sapar/people"
)

// Limits bound what sending may cost, and whom it may reach. Days are those of UTC; a limit of 0 lets nothing through.
type Limits struct {
	Prefixes       []string      // country prefixes that may be sent to, without the plus
	ReplyEvery     time.Duration // at most one automatic answer to a number in this time
	DailyPerNumber int           // automatic answers to a number
	DailyNotices   int           // messages to a number that it did not ask for by a text
	DailyPerPrefix int           // automatic answers to all numbers that begin with the same seven digits
	DailySegments  int           // of all messages together: the day's budget
	LoopAnswers    int           // automatic answers to the same text, or to our own, before we fall silent
	LoopWithin     time.Duration // longest time between two of them
	LoopSilence    time.Duration // how long we are silent then
}

// DefaultLimits allow the countries where Kyrgyz people work, and a long conversation a day.
func DefaultLimits() Limits {
	return Limits{
		Prefixes:   []string{"996", "7", "90", "82", "971", "966", "965", "974", "44", "49", "39", "1", "81", "998"},
		ReplyEvery: 10 * time.Second, DailyPerNumber: 50, DailyNotices: 10, DailyPerPrefix: 2000, DailySegments: 20000,
		LoopAnswers: 3, LoopWithin: time.Minute, LoopSilence: time.Hour,
	}
}

// Why the guard refuses a draft, besides ReasonStopped.
const (
	ReasonCountry     = "country not allowed"
	ReasonNeverAgreed = "never agreed" // the phone itself never dialled or texted
	ReasonBadNumber   = "bad number"
	ReasonTooSoon     = "too soon"
	ReasonNumberCap   = "daily cap of the number"
	ReasonPrefixCap   = "daily cap of the prefix"
	ReasonBudget      = "daily budget spent"
	ReasonLoop        = "loop" // another robot answers our answers
)

// Guard decides what may be sent to whom. Any number of replicas may share a database; their guards count together.
type Guard struct {
	keys   *database.Keys
	limits Limits
	now    func() time.Time
	purse  *purse
}

// NewGuard makes a guard; now is the time of its days and pauses. It counts on connections of its own (db), since whoever asks may be in a
// transaction and hold all others.
func NewGuard(db *database.DB, keys *database.Keys, limits Limits, now func() time.Time) *Guard {
	return &Guard{keys: keys, limits: limits, now: now, purse: newPurse(db)}
}

// Admit decides whether a draft may be queued, and counts it when it may: the reason is empty then. A draft that is refused costs nothing.
// Answers that are given by themselves have Answer.
func (g *Guard) Admit(ctx context.Context, tx *database.Tx, d Draft) (reason string, err error) {
	if !g.allows(d.Phone) {
		return ReasonCountry, nil
	}
	standing, err := people.ReadStanding(ctx, tx, g.keys.Hash("phone", d.Phone.E164()), d.Topic)
	if err != nil {
		return "", err
	}
	if reason := refusal(standing, d.Priority); reason != "" {
		return reason, nil
	}
	notices := people.Count{Day: g.day(), Scope: "notices", Name: g.keys.Hash("phone", d.Phone.E164())}
	fits, err := people.CountUp(ctx, tx, notices, 1, g.limits.DailyNotices)
	if !fits || err != nil {
		return ReasonNumberCap, err
	}
	reason, err = g.spend(ctx, d.Text)
	if reason != "" && err == nil {
		err = people.CountDown(ctx, tx, notices, 1)
	}
	return reason, err
}

func (g *Guard) allows(phone people.Phone) bool {
	digits := strings.TrimPrefix(phone.E164(), "+")
	return slices.ContainsFunc(g.limits.Prefixes, func(prefix string) bool { return strings.HasPrefix(digits, prefix) })
}

// refusal is what the number itself and its owner say. A stop is no refusal of the answer to what they have just sent.
func refusal(s people.Standing, priority Priority) string {
	switch {
	case !s.Agreed:
		return ReasonNeverAgreed
	case s.State == people.NumberBad:
		return ReasonBadNumber
	case s.State == people.NumberOptedOut, (s.Stopped || s.StoppedTopic) && priority != Reply:
		return ReasonStopped
	}
	return ""
}

// spend takes the segments of a text, as Queue stores it, from the day's budget. The first who finds it spent tells the operators.
func (g *Guard) spend(ctx context.Context, text string) (reason string, err error) {
	segments := Segments(menus.Fold(text))
	fits, err := g.purse.take(ctx, people.Count{Day: g.day(), Scope: "segments", Name: []byte{}}, segments, g.limits.DailySegments)
	if fits || err != nil {
		return "", err
	}
	return ReasonBudget, g.purse.alarm(ctx, g.day(), g.limits.DailySegments)
}

// Close gives back what this replica had put aside of the day's counters.
func (g *Guard) Close(ctx context.Context) error { return g.purse.close(ctx) }

// Spent is how many segments of the day's budget are taken, or put aside by a replica for its next messages, and the budget; for metrics.
func (g *Guard) Spent(ctx context.Context, db *database.DB) (segments, budget int, err error) {
	segments, err = people.Counted(ctx, db, g.day(), "segments")
	return segments, g.limits.DailySegments, err
}

func (g *Guard) day() string { return g.now().UTC().Format(time.DateOnly) }
