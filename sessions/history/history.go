// Package history is what is kept of sessions that are over, and for how long.
package history

import (
	"context"
	"time"

	"sapar/database"
)

const (
	// OpenKept is how long a session stays that did not end, or that carries a form which was left: the longest window in which our trees offer
	// one again is three days, and a day more is for whoever was just asked. Nothing is offered after it, and the answers in it are nobody's.
	OpenKept = 4 * 24 * time.Hour
	// ClosedKept is how long a session stays whose last screen was shown: until a complaint about what was shown, or about a carrier's bill
	// of the month, has been looked into.
	ClosedKept = 30 * 24 * time.Hour
	// WordsKept is how long the words of a text stay, and those of its answer; for the same reason.
	WordsKept = 30 * 24 * time.Hour
)

const (
	mostFound   = 20_000 // looked for at once
	textsMark   = "texts"
	wellOverlap = 24 * time.Hour // what is looked at again: a replica whose clock is behind stores a text a little earlier than it came
)

// Gone counts what was taken away.
type Gone struct {
	Sessions int // deleted with their turns; texted ones have lost their state
	Texts    int // have lost their words, and those of their answers
}

// cuts are the moments before which a session was last seen that is taken away.
type cuts struct{ open, closed time.Time }

// Expire takes away what was kept long enough: whole sessions that were dialled, with their turns, so that no chain has a gap. All texts of a
// phone are one session, whose chain goes on for years, and a text must be known when a carrier brings it again: there only the state and the
// words go. Any number of replicas may run it at once; each transaction is short.
func Expire(ctx context.Context, db *database.DB, now time.Time) (gone Gone, err error) {
	if gone.Sessions, err = expireSessions(ctx, db, cuts{now.Add(-OpenKept), now.Add(-ClosedKept)}); err != nil {
		return gone, err
	}
	gone.Texts, err = expireWords(ctx, db, now.Add(-WordsKept))
	return gone, err
}

func expireSessions(ctx context.Context, db *database.DB, c cuts) (n int, err error) {
	for {
		ids, err := c.outdated(ctx, db)
		if err != nil || len(ids) == 0 {
			return n, err
		}
		dropped, err := database.InBatches(ctx, db, ids, c.drop)
		n += dropped
		if err != nil || dropped == 0 { // another replica is at it
			return n, err
		}
	}
}

// expireWords looks at what came since the last time: texts whose words are gone stay, and are not to be read every hour.
func expireWords(ctx context.Context, db *database.DB, until time.Time) (n int, err error) {
	mark, err := database.ReadMark(ctx, db, textsMark)
	if err != nil {
		return 0, err
	}
	for {
		found, err := oldWords(ctx, db, mark.Add(-wellOverlap), until)
		if err != nil {
			return n, err
		}
		emptied, err := database.InBatches(ctx, db, found, emptyWords)
		n += emptied
		if err != nil {
			return n, err
		}
		if len(found) < mostFound {
			return n, database.SetMark(ctx, db, textsMark, until)
		}
	}
}
