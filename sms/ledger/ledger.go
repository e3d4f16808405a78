// Package ledger is what is kept of messages: whom those that wait are for, and how long number and words of the others stay.
package ledger

import (
	"context"
	"time"

	"sapar/database"
	"sapar/people"
	"sapar/sms"
)

// ReasonNoNumber is why a message did not leave that waited for whoever has lost the phone they shared.
const ReasonNoNumber = "no number"

// Reach finds on whose phone a person is reached now; false when on none.
type Reach func(person people.ID) (holder people.ID, phone people.Phone, ok bool, err error)

// Follow turns what waits to be sent to a person to their new main number, which is sealed for them. What waits on their phone for somebody who
// shared it does not come along: it follows those it is for, to the phone on which they are reached now, and is cancelled where there is none.
// So does what waits for the person on somebody else's phone.
func Follow(ctx context.Context, tx *database.Tx, keys *database.Keys, person people.ID, phone []byte, reach Reach) error {
	if err := readdress(ctx, tx, person, phone); err != nil {
		return err
	}
	messages, err := waiting(ctx, tx, person)
	if err != nil {
		return err
	}
	for i := range messages {
		if err := messages[i].follow(ctx, tx, keys, reach); err != nil {
			return err
		}
	}
	return nil
}

func (m *shared) follow(ctx context.Context, tx *database.Tx, keys *database.Keys, reach Reach) error {
	holder, phone, ok, err := reach(m.For)
	if err != nil {
		return err
	}
	if !ok {
		return cancel(ctx, tx, m.ID, ReasonNoNumber)
	}
	text, err := keys.Open(m.Text, sms.TextContext(m.Holder, sms.Case))
	if err != nil {
		return err
	}
	return handOn(ctx, tx, m.ID, holder, keys.Seal([]byte(phone.E164()), holder[:]), keys.Seal(text, sms.TextContext(holder, sms.Case)))
}

// Kept is how long number and words of a message stay after its time was over: until a complaint about it, or about a carrier's bill of the
// month, has been looked into.
const Kept = 30 * 24 * time.Hour

const (
	mostFound = 20_000 // looked for at once
	markOf    = "messages"
	overlap   = 7 * 24 * time.Hour // what is looked at again, for what was still under way the last time
)

// Expire takes number and words out of messages that were kept long enough, and reports out of how many; the rows stay, to be counted. The text of
// a broadcast, which names nobody, stays too. Any number of replicas may run it at once.
func Expire(ctx context.Context, db *database.DB, now time.Time) (n int, err error) {
	until := now.Add(-Kept)
	mark, err := database.ReadMark(ctx, db, markOf)
	if err != nil {
		return 0, err
	}
	for {
		ids, err := old(ctx, db, mark.Add(-overlap), until)
		if err != nil {
			return n, err
		}
		emptied, err := database.InBatches(ctx, db, ids, empty)
		n += emptied
		if err != nil {
			return n, err
		}
		if len(ids) < mostFound {
			return n, database.SetMark(ctx, db, markOf, until)
		}
	}
}
