// Package privacy is what people may ask of us about themselves: to see what is held, and to be forgotten.
package privacy

import (
	"context"
	"time"

	"sapar/database"
	"sapar/people"
)

// Eraser takes away what one package keeps of a person, in the transaction of the forgetting. What it leaves is counted, and says nothing of anybody.
type Eraser func(ctx context.Context, tx *database.Tx, person people.ID) error

// Forget takes away what is held of a person, and of the newcomers who turned out to be them: first what other packages keep, by the erasers,
// then numbers, profile, PIN, ticks and consents. Counts stay. A stop stays too, as the keyed hash of the number: whoever dials from it again
// is new to us, and has it stopped still. To forget somebody twice changes nothing.
func Forget(ctx context.Context, tx *database.Tx, person people.ID, at time.Time, erasers ...Eraser) error {
	ids, err := hold(ctx, tx, person)
	if err != nil {
		return err
	}
	for _, id := range ids {
		for _, erase := range erasers {
			if err := erase(ctx, tx, id); err != nil {
				return err
			}
		}
	}
	return forget(ctx, tx, ids, at)
}

// Held is what is held of a person, in plain values. What they filed and were sent is for other packages to say.
type Held struct {
	Since    time.Time // we first heard of them
	Phones   []Phone
	Language string
	Script   string
	Profile  people.Profile
	PIN      bool     // they have one
	Ticks    []string // items of checklists, as "node/item"
	Consents []Answer
	Stops    []string // topics; "" is everything
}

// Phone is one of a person's numbers.
type Phone struct {
	E164   string
	Main   bool // messages go there
	Old    bool // it was theirs
	Shared bool // it is another person's, in whose household they are; its number is not told
}

// Answer is a yes or no that a person gave.
type Answer struct {
	Topic   string    `db:"topic"`
	Version int       `db:"version"` // of the wording
	Agreed  bool      `db:"agreed"`
	Channel string    `db:"channel"`
	At      time.Time `db:"given_at"`
}

// Export reads what is held of a person, for themselves; in a transaction with what it has changed itself.
func Export(ctx context.Context, db queryer, keys *database.Keys, person people.ID) (Held, error) {
	row, err := read(ctx, db, person)
	if err != nil {
		return Held{}, err
	}
	held := Held{Since: row.CreatedAt, Language: row.Language, Script: row.Script, Profile: row.Profile, PIN: row.PIN, Ticks: row.Ticks, Stops: row.Stops}
	if held.Profile.City, err = people.OpenCity(keys, person, row.City); err != nil {
		return Held{}, err
	}
	numbers, err := readNumbers(ctx, db, person)
	if err != nil {
		return Held{}, err
	}
	for _, n := range numbers {
		phone, err := n.open(keys, person)
		if err != nil {
			return Held{}, err
		}
		held.Phones = append(held.Phones, phone)
	}
	held.Consents, err = readConsents(ctx, db, person)
	return held, err
}

func (n *numberRow) open(keys *database.Keys, person people.ID) (Phone, error) {
	phone := Phone{Main: n.Main, Old: n.Old, Shared: n.Shared}
	if n.Shared {
		return phone, nil
	}
	sealedFor := n.Hash
	if n.Main {
		sealedFor = person[:]
	}
	e164, err := keys.Open(n.Phone, sealedFor)
	phone.E164 = string(e164)
	return phone, err
}
