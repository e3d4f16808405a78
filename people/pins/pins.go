// Package pins lets a person prove who they are on a phone that others hold too: by a PIN of four to six digits.
package pins

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"sapar/database"
	"sapar/people"
)

const (
	mostTries = 3         // wrong PINs of a phone; then there is no other
	lockTime  = time.Hour // from the third one on; wrong ones that are older count no more
)

var (
	// ErrRefused tells that a PIN must be another one. Whether it is too simple or somebody else's on that phone is not told apart.
	ErrRefused = errors.New("this PIN cannot be used")
	// ErrLocked tells that a phone has had its tries for this hour.
	ErrLocked = errors.New("the phone has had its tries")
)

// Pins keeps and checks PINs. Any number of replicas may share a database; their tries count together.
type Pins struct {
	db     *database.DB
	keys   *database.Keys
	hashes atomic.Int64
}

// New makes pins. Tries count on connections of their own (db), so that they stay counted when the turn that asked is undone; whoever asks
// may be in a transaction and hold all others.
func New(db *database.DB, keys *database.Keys) *Pins { return &Pins{db: db, keys: keys} }

// Hashes is how many PINs were hashed since the start, for metrics. Each check makes one, whatever it finds.
func (p *Pins) Hashes() int64 { return p.hashes.Load() }

// Verdict is what a PIN typed on a phone proves. At most one of its flags is set; with none the PIN was wrong.
type Verdict struct {
	Person people.ID // who it is, when Known: the holder of the phone or somebody who shares it
	Known  bool
	First  bool // nobody on this phone has a PIN yet
	Locked bool // there were three wrong ones; this one was not looked at
}

// Check says whose PIN it is that was typed on a phone. The try is counted before anything else and given back when it was right, so of any
// number at once no more than three are looked at. An unknown phone, one without a PIN and a wrong PIN cost the same: three statements and one hash.
func (p *Pins) Check(ctx context.Context, phoneHash []byte, pin string, at time.Time) (v Verdict, err error) {
	err = p.inSlot(ctx, func(ctx context.Context) error {
		taken, err := take(ctx, p.db, at, phoneHash)
		if err != nil || len(taken) == 0 {
			v.Locked = err == nil
			return err
		}
		var known int
		if v.Person, known, err = p.whose(ctx, phoneHash, pin); err != nil {
			return err
		}
		v.Known, v.First = v.Person != people.ID{}, known == 0
		// Whoever shares a phone cannot win new guesses at the others' PINs by typing their own in between.
		clean := v.Known && known == 1
		return settle(ctx, p.db, when(v.Known && !clean || v.First, phoneHash), when(clean, phoneHash))
	})
	return v, err
}

// CheckOf says whether a PIN is that of one person, who is known by a reference that was typed on any phone. A reference that nobody has is the
// zero person, and costs the same. A try counts for the phone and for the person, so many phones guess no faster than one; that the person's
// tries are used up looks like a wrong PIN, or it would tell that the reference is somebody's.
func (p *Pins) CheckOf(ctx context.Context, phoneHash []byte, person people.ID, pin string, at time.Time) (known, locked bool, err error) {
	target := person[:]
	if person == (people.ID{}) {
		target = p.keys.Hash("nobody's tries", string(phoneHash))
	}
	err = p.inSlot(ctx, func(ctx context.Context) error {
		taken, err := take(ctx, p.db, at, phoneHash, target)
		if err != nil || !taken[string(phoneHash)] {
			locked = err == nil
			return err
		}
		kept, err := personal(ctx, p.db, person)
		if err != nil {
			return err
		}
		same := equal(p.hash(pin, p.personSalt(person)), kept)
		known = same && taken[string(target)]
		return settle(ctx, p.db, when(known, phoneHash), when(known, target))
	})
	return known, locked, err
}

// whose finds the person of a PIN on a phone, and how many there have one. Nobody has the empty PIN.
func (p *Pins) whose(ctx context.Context, phoneHash []byte, pin string) (person people.ID, known int, err error) {
	rows, err := household(ctx, p.db, phoneHash)
	if err != nil {
		return person, 0, err
	}
	hashed := p.hash(pin, p.phoneSalt(phoneHash))
	for _, row := range rows {
		if equal(hashed, row.PIN) {
			person = row.Person
		}
	}
	return person, len(rows), nil
}

func equal(hashed, kept string) bool {
	return subtle.ConstantTimeCompare([]byte(hashed), []byte(kept)) == 1
}

// when is the name when it holds, and no name otherwise, so that the same statement runs in every case.
func when(holds bool, name []byte) [][]byte {
	if holds {
		return [][]byte{name}
	}
	return nil
}

// slots bound the hashes of the whole process: each holds 19 MiB and a core, and nobody may use up both by typing PINs.
var slots = make(chan struct{}, 2)

// inSlot runs f in a slot. Whoever gives up waiting has used no try; what has begun is brought to its end, or a right PIN would count as wrong.
func (p *Pins) inSlot(ctx context.Context, f func(context.Context) error) error {
	select {
	case slots <- struct{}{}:
		defer func() { <-slots }()
		return f(context.WithoutCancel(ctx))
	case <-ctx.Done():
		return fmt.Errorf("wait to check a PIN: %w", ctx.Err())
	}
}
