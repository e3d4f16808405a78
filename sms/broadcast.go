package sms

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"sapar/database"
	"sapar/menus"
	"sapar/people"
)

// Mailing is one text for many people, each of whom gets it in their language.
type Mailing struct {
	Key       string        // says why it is sent: one person gets it once
	Text      menus.Wording // where a language is missing Russian stands in, then Base
	Base      menus.Language
	Topic     string    // what the person may stop
	SendAfter time.Time // zero: at once
	SendUntil time.Time // zero: Useful after SendAfter
	Segment   Segment
	Batch     int    // number of the broadcast it is part of, which pauses and cancels it; 0 is none
	Hours     []Hour // when it may leave, by where somebody is, the first one for everywhere else; none is SendAfter and SendUntil for all
	Most      int    // people that one transaction takes; 0 is the usual number
}

// Span is a part of all people, in the order of their ids: those after one, up to another. The zero value is everybody.
type Span struct{ After, Last people.ID }

// Chunk is what became of some of the people of a span. Targets are those of the segment; of these some are queued, some skipped for
// a reason (they are stored as cancelled messages), and the rest had been queued or skipped by an earlier run with the same key.
type Chunk struct {
	Last     people.ID `db:"last"`   // the next chunk begins after this person
	Looked   int       `db:"looked"` // people in it, of whatever segment; none is the end of the span
	Targets  int       `db:"targets"`
	Queued   int
	Segments int            // of what is queued
	Skipped  map[string]int // by reason
}

// ErrBudget says that a chunk does not fit into what is left of the day's budget.
var ErrBudget = errors.New("queue a broadcast: " + ReasonBudget)

// ReasonNoHour is why somebody is skipped for whom a mailing has no decent hour before it is no longer useful.
const ReasonNoHour = "no decent hour"

// mostMailed is how many people one transaction takes: a fraction of a second, so that a broadcast can be stopped, and nobody waits for it.
const mostMailed = 10_000

// QueueBroadcast queues a mailing for everybody of its segment in a span who may be sent to, chunk by chunk, each in a transaction of its own. To run it
// again, also from the beginning, or beside itself, queues nobody twice. Within each chunk's transaction it calls done, which may keep
// Chunk.Last to go on after a crash, and stops the broadcast before this chunk by an error; done may be nil. What a chunk costs is taken from
// the guard's budget, which gives ErrBudget when it is spent; without a guard there is none. In which country a number is, is not known
// here, since it is sealed: the outbox looks at that when it claims the message.
func QueueBroadcast(
	ctx context.Context, db *database.DB, keys *database.Keys, guard *Guard, m Mailing, span Span, done func(*database.Tx, Chunk) error,
) error {
	if span.Last == uuid.Nil {
		span.Last = uuid.Max
	}
	texts, err := m.seal(ctx, db, keys)
	if err != nil {
		return err
	}
	for {
		chunk, err := m.queueChunk(ctx, db, texts, span, func(tx *database.Tx, c Chunk) error {
			if err := guard.admitMany(ctx, c.Segments); err != nil || done == nil {
				return err
			}
			return done(tx, c)
		})
		if err != nil || chunk.Looked == 0 {
			return err
		}
		span.After = chunk.Last
	}
}

// mailed is the text that readers of a language are sent.
type mailed struct {
	reader          menus.Language // "" is whoever has chosen none
	language        menus.Language // of the text
	segments, latin int            // as it is, and for whoever reads Latin letters
}

// seal stores the texts of a mailing, and says who is sent which. The text that was stored under the key before is the one that is sent.
func (m *Mailing) seal(ctx context.Context, db *database.DB, keys *database.Keys) (texts []mailed, err error) {
	for _, reader := range append([]menus.Language{""}, menus.Languages...) {
		text, language := m.wording(reader)
		if text == "" {
			return nil, fmt.Errorf("queue a broadcast: no text for readers of %q", reader)
		}
		if err := keepSharedText(ctx, db, m.Key, language, keys.Seal([]byte(menus.Fold(text)), TextContext(uuid.Nil, Broadcast))); err != nil {
			return nil, err
		}
		_, segments := m.Reads(reader, false)
		_, latin := m.Reads(reader, true)
		texts = append(texts, mailed{reader, language, segments, latin})
	}
	return texts, nil
}

// wording is the text for readers of a language, and the language it is in.
func (m *Mailing) wording(reader menus.Language) (text string, language menus.Language) {
	for _, language = range []menus.Language{reader, menus.Russian, m.Base} {
		if text = m.Text[language]; text != "" {
			return text, language
		}
	}
	return "", ""
}

// Reads says in which language readers of another are sent a mailing, and in how many segments, as it is or in Latin letters.
func (m *Mailing) Reads(reader menus.Language, latin bool) (language menus.Language, segments int) {
	text, language := m.wording(reader)
	text = menus.Fold(text)
	if latin {
		letters := Letters{Language: language, Script: menus.Latin}
		text = letters.Spell(text)
	}
	return language, Segments(text)
}

// queueChunk queues the next people of a span. That nobody has the message yet is tried first, since looking for each takes longer; who has
// it already, or gets it at the same time from somebody else, is looked for then.
func (m *Mailing) queueChunk(
	ctx context.Context, db *database.DB, texts []mailed, span Span, done func(*database.Tx, Chunk) error,
) (chunk Chunk, err error) {
	for again := range 5 {
		err = database.InTx(ctx, db, func(tx *database.Tx) error {
			if chunk, err = nextPeople(ctx, tx, m, span); err != nil || chunk.Looked == 0 {
				return err
			}
			ids, err := newIDs(chunk.Targets)
			if err != nil {
				return err
			}
			tallies, err := insertMany(ctx, tx, m, texts, Span{span.After, chunk.Last}, ids, again > 0)
			if err != nil {
				return err
			}
			chunk.count(tallies)
			return done(tx, chunk)
		})
		if !isRepeated(err) {
			break
		}
	}
	return chunk, err
}

// admitMany takes the segments of a chunk from the day's budget.
func (g *Guard) admitMany(ctx context.Context, segments int) error {
	if g == nil {
		return nil
	}
	budget := people.Count{Day: g.day(), Scope: "segments", Name: []byte{}}
	fits, err := g.purse.take(ctx, budget, segments, g.limits.DailySegments)
	if fits || err != nil {
		return err
	}
	return errors.Join(ErrBudget, g.purse.alarm(ctx, g.day(), g.limits.DailySegments))
}

// tally is how many people of a chunk share a reason; "" is none, and they are queued.
type tally struct {
	Reason   string `db:"reason"`
	N        int    `db:"n"`
	Segments int    `db:"segments"`
}

func (c *Chunk) count(tallies []tally) {
	c.Skipped = map[string]int{}
	for _, t := range tallies {
		if t.Reason == "" {
			c.Queued, c.Segments = t.N, t.Segments
		} else {
			c.Skipped[t.Reason] = t.N
		}
	}
}

// newIDs are ids that nobody can guess, which begin with the time: a million new rows are neighbours in the index. To draw them in the database
// takes longer.
func newIDs(n int) ([]string, error) {
	ids := make([]string, n)
	for i := range ids {
		id, err := uuid.NewV7()
		if err != nil {
			return nil, fmt.Errorf("draw an id: %w", err)
		}
		ids[i] = id.String()
	}
	return ids, nil
}
