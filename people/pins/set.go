package pins

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"math/big"
	"time"

	"sapar/database"
	"sapar/menus"
	"sapar/people"
)

// Set gives a person a PIN on a phone, the first or a new one, and on every other phone they have proved themselves on. Whoever asks has checked
// the old one. On a shared phone it costs a try: that a PIN is refused, or is not, says something of the others' PINs.
func (p *Pins) Set(ctx context.Context, tx *database.Tx, person people.ID, phoneHash []byte, pin string, at time.Time) error {
	if !menus.ValidPIN(pin) || menus.SimplePIN(pin) {
		return ErrRefused
	}
	alone, err := aloneOn(ctx, tx, phoneHash, person)
	if err != nil {
		return err
	}
	return p.inSlot(ctx, func(ctx context.Context) error {
		if !alone {
			taken, err := take(ctx, p.db, at, phoneHash)
			if err != nil {
				return err
			}
			if len(taken) == 0 {
				return ErrLocked
			}
		}
		return p.keep(ctx, tx, person, phoneHash, pin, at)
	})
}

// Join lets somebody who has proved their PIN use it on one more phone. It is ErrRefused when somebody there has the same.
func (p *Pins) Join(ctx context.Context, tx *database.Tx, person people.ID, phoneHash []byte, pin string, at time.Time) error {
	return p.inSlot(ctx, func(ctx context.Context) error {
		return p.keepOn(ctx, tx, person, phoneHash, pin, at)
	})
}

// Reset gives a person a PIN of six digits drawn by chance, and forgets their wrong tries. An operator tells it to them by voice, once sure
// who they are. Nothing is opened to whoever dials first.
func (p *Pins) Reset(ctx context.Context, tx *database.Tx, person people.ID, at time.Time) (pin string, err error) {
	main, err := mainNumber(ctx, tx, person)
	if err != nil {
		return "", err
	}
	err = p.inSlot(ctx, func(ctx context.Context) error {
		for {
			if pin, err = draw(); err != nil {
				return err
			}
			if err = p.keep(ctx, tx, person, main, pin, at); !errors.Is(err, ErrRefused) {
				return err
			}
		}
	})
	if err != nil {
		return "", err
	}
	return pin, clear(ctx, tx, person)
}

func draw() (string, error) {
	for {
		n, err := rand.Int(rand.Reader, big.NewInt(1_000_000))
		if err != nil {
			return "", fmt.Errorf("draw a PIN: %w", err)
		}
		if pin := fmt.Sprintf("%06d", n); !menus.SimplePIN(pin) {
			return pin, nil
		}
	}
}

// keep stores a PIN with the person and on each of their phones; phoneHash may be nil for somebody who has none.
func (p *Pins) keep(ctx context.Context, tx *database.Tx, person people.ID, phoneHash []byte, pin string, at time.Time) error {
	phones, err := phonesOf(ctx, tx, person, phoneHash)
	if err != nil {
		return err
	}
	for _, phone := range phones {
		if err := p.keepOn(ctx, tx, person, phone, pin, at); err != nil {
			return err
		}
	}
	return keepPersonal(ctx, tx, person, p.hash(pin, p.personSalt(person)))
}

func (p *Pins) keepOn(ctx context.Context, tx *database.Tx, person people.ID, phoneHash []byte, pin string, at time.Time) error {
	return keepMember(ctx, tx, phoneHash, person, p.hash(pin, p.phoneSalt(phoneHash)), at)
}
