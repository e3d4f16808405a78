package broadcasts

import (
	"context"
	"slices"

	"github.com/google/uuid"

	"sapar/database"
	"sapar/menus"
	"sapar/people"
	"sapar/scheduler/broadcasts/crowd"
	"sapar/sms"
)

// Count is whom a broadcast reaches, and in how many segments.
type Count struct {
	Number   int
	People   int            // in the segment
	Reached  int            // of them
	Skipped  map[string]int // the others, by reason
	Segments int            // of all messages
	Groups   []Group        // of those who are reached
	Same     int            // number of a broadcast that said the same within a day; 0 is none
	bounds   []people.ID    // every so many people, for parts
}

// Group is people who get the same text.
type Group struct {
	Reader   menus.Language // "" has chosen none
	Language menus.Language // of their text
	Latin    bool           // they read Latin letters
	People   int
	Segments int // of one message
}

// countStep is how many people are counted by one statement: fast enough that nobody waits, and nobody takes the database for gone.
const countStep = 20_000

// count counts the people of a segment.
func (d *Desk) count(ctx context.Context, tx *database.Tx, topic string, segment sms.Segment, text menus.Wording) (Count, error) {
	c := Count{Skipped: map[string]int{}}
	mailing := sms.Mailing{Text: text, Base: menus.Russian}
	for after := uuid.Nil; ; {
		last, more, err := crowd.Bound(ctx, tx, sms.Span{After: after, Last: uuid.Max}, countStep)
		if err != nil {
			return c, err
		}
		rows, err := crowd.Count(ctx, tx, topic, segment, sms.Span{After: after, Last: last})
		if err != nil {
			return c, err
		}
		for _, row := range rows {
			c.add(&mailing, row)
		}
		if !more {
			break
		}
		after = last
		c.bounds = append(c.bounds, last)
	}
	slices.SortFunc(c.Groups, func(a, b Group) int { return b.People - a.People })
	return c, nil
}

func (c *Count) add(m *sms.Mailing, row crowd.Group) {
	c.People += row.N
	if row.Reason != "" {
		c.Skipped[row.Reason] += row.N
		return
	}
	c.Reached += row.N
	language, segments := m.Reads(row.Reader, row.Latin)
	c.Segments += row.N * segments
	for i := range c.Groups {
		if g := &c.Groups[i]; g.Reader == row.Reader && g.Latin == row.Latin {
			g.People += row.N
			return
		}
	}
	c.Groups = append(c.Groups, Group{row.Reader, language, row.Latin, row.N, segments})
}

// everybody is all people, cut into parts, without counting who is in a segment.
func (d *Desk) everybody(ctx context.Context) ([]sms.Span, error) {
	var c Count
	for after, more := uuid.Nil, true; more; {
		last, goesOn, err := crowd.Bound(ctx, d.DB, sms.Span{After: after, Last: uuid.Max}, countStep)
		if err != nil {
			return nil, err
		}
		if after, more = last, goesOn; more {
			c.bounds = append(c.bounds, last)
		}
	}
	return c.parts(), nil
}

// mostParts is how many parts a broadcast is cut into: more than there are hands, so that the slower ones leave no long rest.
const mostParts = 4

// parts cuts all people, by where every so many of them lie, into parts of about one size.
func (c *Count) parts() []sms.Span {
	var spans []sms.Span
	after, n := uuid.Nil, min(mostParts, len(c.bounds)+1)
	for i := 1; i < n; i++ {
		last := c.bounds[i*(len(c.bounds)+1)/n-1]
		spans = append(spans, sms.Span{After: after, Last: last})
		after = last
	}
	return append(spans, sms.Span{After: after, Last: uuid.Max})
}
