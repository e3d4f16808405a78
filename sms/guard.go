package sms

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"sync/atomic"
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

// Guard decides what may be sent to whom. Any number of replicas may share a database; their guards count together, and exactly.
type Guard struct {
	keys   *database.Keys
	limits Limits
	now    func() time.Time
	spent  atomic.Int64 // until when, in Unix seconds, the day's budget need not be asked for again: it is spent
}

// NewGuard makes a guard; now is the time of its days and pauses.
func NewGuard(keys *database.Keys, limits Limits, now func() time.Time) *Guard {
	return &Guard{keys: keys, limits: limits, now: now}
}

// Heard notes, in the transaction of an inbound text, that a phone texted: from now on it may be answered. The person is stored before.
// Of the text a keyed hash is kept, to notice a robot. What was heard before and is only posted again is not noted again.
func (g *Guard) Heard(ctx context.Context, tx *database.Tx, person people.ID, phone people.Phone, text string) error {
	now, folded := g.now(), menus.FoldKeyword(text)
	if err := people.Agreed(ctx, tx, person, now); err != nil {
		return err
	}
	return people.Hear(ctx, tx, g.phoneHash(phone), g.textHash(folded), len([]rune(folded)) <= briefText, now)
}

// Admit decides whether a draft may be queued, and counts it when it may: the reason is empty then. What it counts and remembers holds when
// tx commits. A draft that is refused costs nothing of any cap.
func (g *Guard) Admit(ctx context.Context, tx *database.Tx, d Draft) (reason string, err error) {
	if !g.allows(d.Phone) {
		return ReasonCountry, nil
	}
	standing, err := people.ReadStanding(ctx, tx, g.phoneHash(d.Phone), d.Topic)
	if err != nil {
		return "", err
	}
	if reason := refusal(standing, d.Priority); reason != "" {
		return reason, nil
	}
	if d.Priority == Reply {
		return g.admitAnswer(ctx, tx, d)
	}
	return g.count(ctx, tx, d)
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

// quota is a counter that a draft must find room in.
type quota struct {
	people.Count
	limit  int
	reason string
}

// count takes a draft's place in every counter, or in none.
func (g *Guard) count(ctx context.Context, tx *database.Tx, d Draft) (reason string, err error) {
	quotas := g.quotas(d)
	taken := 0
	for _, q := range quotas {
		fits, err := people.CountUp(ctx, tx, q.Count, 1, q.limit)
		if err != nil {
			return "", err
		}
		if !fits {
			reason = q.reason
			break
		}
		taken++
	}
	if reason == "" {
		if reason, err = g.spend(ctx, tx, d); reason == "" || err != nil {
			return reason, err
		}
	}
	for _, q := range quotas[:taken] {
		if err := people.CountDown(ctx, tx, q.Count, 1); err != nil {
			return "", err
		}
	}
	return reason, nil
}

// quotas are the counters of a draft, in the order in which all transactions take them. Only answers count for a prefix: a flood of
// forged texts makes those, and a broadcast to a whole prefix is no flood.
func (g *Guard) quotas(d Draft) []quota {
	day, number := g.day(), g.phoneHash(d.Phone)
	if d.Priority != Reply {
		return []quota{{people.Count{Day: day, Scope: "notices", Name: number}, g.limits.DailyNotices, ReasonNumberCap}}
	}
	digits := strings.TrimPrefix(d.Phone.E164(), "+")
	prefix := g.keys.Hash("prefix", digits[:min(len(digits), prefixDigits)])
	return []quota{
		{people.Count{Day: day, Scope: "answers", Name: number}, g.limits.DailyPerNumber, ReasonNumberCap},
		{people.Count{Day: day, Scope: "prefix", Name: prefix}, g.limits.DailyPerPrefix, ReasonPrefixCap},
	}
}

// prefixDigits are how many digits numbers bought or forged as one range share: country, operator and one more.
const prefixDigits = 7

// The budget is kept in stripes of this many segments, up to as many stripes: with one counter for all, each message would wait until the
// transaction of the one before is on disk.
const stripeSegments, maxStripes = 1000, 64

// spend takes the segments of a draft from the day's budget. A spent budget is asked for once a minute only.
func (g *Guard) spend(ctx context.Context, tx *database.Tx, d Draft) (reason string, err error) {
	day, segments := g.day(), Segments(menus.Fold(d.Text)) // as Queue stores it
	if g.now().Unix() < g.spent.Load() {
		return ReasonBudget, nil
	}
	stripes := min(max(g.limits.DailySegments/stripeSegments, 1), maxStripes)
	first := g.stripe(d, stripes)
	for i := range stripes {
		stripe := people.Count{Day: day, Scope: "segments", Name: []byte{byte((first + i) % stripes)}}
		fits, err := people.CountUp(ctx, tx, stripe, segments, g.limits.DailySegments/stripes)
		if fits || err != nil {
			return "", err
		}
	}
	g.spent.Store(g.now().Add(time.Minute).Unix())
	return ReasonBudget, g.alarm(ctx, tx, day)
}

// stripe is where a draft looks for room first: those that are written by the thousand in the first one, what people wait for in another,
// the same one for all messages to a phone, so that no two transactions wait for each other.
func (g *Guard) stripe(d Draft, stripes int) int {
	if d.Priority > Case || stripes == 1 {
		return 0
	}
	return 1 + int(g.phoneHash(d.Phone)[0])%(stripes-1)
}

// alarm tells the operators once a day, whichever replica finds out.
func (g *Guard) alarm(ctx context.Context, tx *database.Tx, day string) error {
	first, err := people.CountUp(ctx, tx, people.Count{Day: day, Scope: "alarm", Name: []byte{}}, 1, 1)
	if !first || err != nil {
		return err
	}
	slog.ErrorContext(ctx, "the day's budget for texts is spent: no more are queued today", "segments", g.limits.DailySegments, "day", day)
	return nil
}

// Spent is how many segments of the day's budget are taken, by all replicas, and the budget; for metrics.
func (g *Guard) Spent(ctx context.Context, db *database.DB) (segments, budget int, err error) {
	segments, err = people.Counted(ctx, db, g.day(), "segments")
	return segments, g.limits.DailySegments, err
}

func (g *Guard) day() string { return g.now().UTC().Format(time.DateOnly) }

func (g *Guard) phoneHash(phone people.Phone) []byte { return g.keys.Hash("phone", phone.E164()) }

func (g *Guard) textHash(folded string) []byte { return g.keys.Hash("text", folded) }
