package numbers

import (
	"context"
	"time"

	"sapar/database"
	"sapar/people"
)

// arrive lets a person be known by their PIN on the phone they have proved themselves from, and reports whether it can be theirs alone.
//
// The phone has most often just made a row of its own. A newcomer without a PIN is the same person and is merged: whoever holds the phone could
// see all that is theirs anyway. One with a PIN is somebody else, whose cases nobody gets by moving in: the two share the phone from now on. That
// holds for the same PIN too, since man and wife choose the same year; it is pins.ErrRefused, until one of them has another.
func (n *Numbers) arrive(ctx context.Context, tx *database.Tx, p Proof) (alone bool, err error) {
	hash := n.hash(p.Phone)
	if err := n.room(ctx, tx, hash, p.Person); err != nil {
		return false, err
	}
	here, err := holderOf(ctx, tx, hash)
	if err != nil {
		return false, err
	}
	alone = true
	if here.ID != p.Person && here.ID != (people.ID{}) {
		if alone, err = n.meet(ctx, tx, here, p.Person); err != nil {
			return false, err
		}
	}
	return alone, n.Pins.Join(ctx, tx, p.Person, hash, p.PIN, p.At)
}

// meet makes one person of a newcomer and who they turned out to be, or has two people share a phone and its stops.
func (n *Numbers) meet(ctx context.Context, tx *database.Tx, here holder, person people.ID) (alone bool, err error) {
	if here.PIN {
		return false, shareStops(ctx, tx, here.ID, person)
	}
	return true, n.merge(ctx, tx, here.ID, person)
}

// merge makes one person of two: ticks, consents, stops, numbers and what other packages keep. What nobody knows of the person is taken from
// the newcomer. The row of the newcomer stays, empty, since messages and sessions may name it; a stop on either number is a stop.
func (n *Numbers) merge(ctx context.Context, tx *database.Tx, from, to people.ID) error {
	for _, merge := range n.Merge {
		if err := merge(ctx, tx, from, to); err != nil {
			return err
		}
	}
	if err := people.MergeProfile(ctx, tx, n.Keys, from, to); err != nil {
		return err
	}
	return mergeRows(ctx, tx, from, to)
}

// Reassigned takes a number from everybody it led to, since it is somebody else's now: its carrier or an operator says so. They are still known by
// reference and PIN, from any phone, and nothing more is sent to it.
func Reassigned(ctx context.Context, tx *database.Tx, phoneHash []byte, at time.Time) error {
	if err := lock(ctx, tx, phoneHash); err != nil {
		return err
	}
	return takeNumber(ctx, tx, phoneHash, at)
}

// Reached is where messages to a person go.
type Reached struct {
	Holder people.ID // whose phone it is: a stop on it mutes what is sent in their name
	Phone  people.Phone
}

// Reach finds where messages to a person go: to their main number, or, when they have none, to the phone they share. It is false when there is none.
func Reach(ctx context.Context, db queryer, keys *database.Keys, person people.ID) (r Reached, ok bool, err error) {
	row, ok, err := reach(ctx, db, person)
	if err != nil || !ok {
		return r, false, err
	}
	sealedFor := row.Hash
	if !row.Further {
		sealedFor = row.Holder[:]
	}
	e164, err := keys.Open(row.Phone, sealedFor)
	if err != nil {
		return r, false, err
	}
	r.Holder = row.Holder
	r.Phone, ok = people.NewPhone(string(e164))
	return r, ok, nil
}

// Holder is whom a phone leads to; false when that is nobody.
func Holder(ctx context.Context, tx *database.Tx, phoneHash []byte) (people.ID, bool, error) {
	h, err := holderOf(ctx, tx, phoneHash)
	return h.ID, h.ID != people.ID{}, err
}
