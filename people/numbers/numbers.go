// Package numbers knows which people a phone leads to: a person has several numbers and changes them, and a household shares one.
package numbers

import (
	"context"
	"errors"
	"time"

	"sapar/database"
	"sapar/people"
	"sapar/people/pins"
)

// MostOnPhone is how many people can have a PIN on one phone.
const MostOnPhone = 5

// ErrFull tells that as many people share a phone as can.
var ErrFull = errors.New("no more people can share this phone")

// Numbers changes what leads to whom.
type Numbers struct {
	Keys *database.Keys
	Pins *pins.Pins
	// Merge hands what other packages keep of a newcomer to the person they turned out to be, in the same transaction.
	Merge []func(ctx context.Context, tx *database.Tx, from, to people.ID) error
	// Readdress turns what still waits to be sent to a person to their new main number, sealed for them.
	Readdress []func(ctx context.Context, tx *database.Tx, person people.ID, phone []byte) error
}

// Proof is a person who has just proved by reference and PIN, from a phone, that it is theirs too.
type Proof struct {
	Person people.ID
	Phone  people.Phone
	PIN    string
	At     time.Time
}

func (n *Numbers) hash(phone people.Phone) []byte { return n.Keys.Hash("phone", phone.E164()) }

// AddMember makes a new person, who shares a phone and is told apart by a PIN. It is ErrFull, pins.ErrRefused or pins.ErrLocked when that cannot be;
// the transaction is to be undone then.
func (n *Numbers) AddMember(ctx context.Context, tx *database.Tx, phoneHash []byte, pin string, at time.Time) (people.ID, error) {
	if err := n.room(ctx, tx, phoneHash, people.ID{}); err != nil {
		return people.ID{}, err
	}
	person, err := insertMember(ctx, tx, phoneHash, at)
	if err != nil {
		return people.ID{}, err
	}
	if err := n.Pins.Set(ctx, tx, person, phoneHash, pin, at); err != nil {
		return people.ID{}, err
	}
	return person, note(ctx, tx, person, phoneHash, "shared", at)
}

// room holds a phone until tx ends, so that no two join it at once, and looks whether one more may.
func (n *Numbers) room(ctx context.Context, tx *database.Tx, phoneHash []byte, person people.ID) error {
	if err := lock(ctx, tx, phoneHash); err != nil {
		return err
	}
	others, err := countOthers(ctx, tx, phoneHash, person)
	if err == nil && others >= MostOnPhone {
		err = ErrFull
	}
	return err
}

// Add makes the phone a further number of the person, who is known on it from now on. Messages go to the main number as before.
func (n *Numbers) Add(ctx context.Context, tx *database.Tx, p Proof) error {
	alone, err := n.arrive(ctx, tx, p)
	if err != nil || !alone {
		return err
	}
	hash := n.hash(p.Phone)
	if main, err := mainOf(ctx, tx, p.Person); err != nil || string(main.Hash) == string(hash) {
		return err
	}
	if err := addNumber(ctx, tx, p.Person, hash, n.Keys.Seal([]byte(p.Phone.E164()), hash), p.At); err != nil {
		return err
	}
	return note(ctx, tx, p.Person, hash, "further", p.At)
}

// Change makes the phone the main number of the person. The one before is kept as an old one: it receives nothing and leads to nobody, until
// the person proves from it again that it is theirs; those who shared it are known by reference and PIN, from any phone. Where somebody else with a PIN has the phone, the person shares it, and is without a number.
func (n *Numbers) Change(ctx context.Context, tx *database.Tx, p Proof) error {
	alone, err := n.arrive(ctx, tx, p)
	if err != nil {
		return err
	}
	hash, sealed := n.hash(p.Phone), n.Keys.Seal([]byte(p.Phone.E164()), p.Person[:])
	old, err := mainOf(ctx, tx, p.Person)
	if err != nil || string(old.Hash) == string(hash) {
		return err
	}
	if old.Hash != nil {
		if err := n.retire(ctx, tx, p, old); err != nil {
			return err
		}
	}
	became := number{Hash: hash, Phone: sealed}
	if !alone {
		became = number{}
	}
	if err := setMain(ctx, tx, p.Person, became, p.At); err != nil {
		return err
	}
	for _, readdress := range n.Readdress {
		if err := readdress(ctx, tx, p.Person, sealed); err != nil {
			return err
		}
	}
	return note(ctx, tx, p.Person, hash, map[bool]string{true: "main", false: "shared"}[alone], p.At)
}

// retire keeps the main number of before as an old one. What its carrier was told to stop stays stopped.
func (n *Numbers) retire(ctx context.Context, tx *database.Tx, p Proof, old number) error {
	phone, err := n.Keys.Open(old.Phone, p.Person[:])
	if err != nil {
		return err
	}
	if old.State == people.NumberOptedOut {
		if _, err := people.Stop(ctx, tx, p.Person, people.Wish{Channel: "carrier", At: p.At}); err != nil {
			return err
		}
	}
	if err := keepOld(ctx, tx, p.Person, old.Hash, n.Keys.Seal(phone, old.Hash), p.At); err != nil {
		return err
	}
	return note(ctx, tx, p.Person, old.Hash, "old", p.At)
}
