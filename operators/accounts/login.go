package accounts

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/pquerna/otp"
	"github.com/pquerna/otp/totp"

	"sapar/database"
)

// How many wrong tries there may be within a while. Those of an address are many people's where an office shares one.
const (
	tryWhile   = 15 * time.Minute
	accountMay = 5
	addressMay = 30
)

// Check is the first half of signing in: who it is by name and password. An unknown name costs the same work as a wrong password.
func (a *Accounts) Check(ctx context.Context, name, password, address string) (Operator, error) {
	if err := a.try(ctx, "name "+name, address); err != nil {
		return Operator{}, err
	}
	o, kept, err := known(ctx, a.DB, name)
	if err != nil && !errors.Is(err, ErrUnknown) {
		return Operator{}, err
	}
	right, err := a.matches(ctx, kept, password)
	if err != nil {
		return Operator{}, err
	}
	if !right || o.Revoked {
		return Operator{}, a.refuse(ctx, By{o.Name, address}, "password")
	}
	return o, forgive(ctx, a.DB, a.tryName("name "+name), a.tryName("address "+address))
}

// CheckCode is the second half: the six digits of now, or of half a minute before or after. None is taken twice.
func (a *Accounts) CheckCode(ctx context.Context, o Operator, code, address string) error {
	if err := a.try(ctx, "code "+o.Name, address); err != nil {
		return err
	}
	secret, last, err := readSecret(ctx, a.DB, o.ID)
	if err != nil {
		return err
	}
	plain, err := a.Keys.Open(secret, secretContext(o.ID))
	if err != nil {
		return fmt.Errorf("open the secret of an operator: %w", err)
	}
	step, ok := a.stepOf(string(plain), code, last)
	if !ok {
		return a.refuse(ctx, By{o.Name, address}, "code")
	}
	return a.signIn(ctx, o, address, step)
}

// signIn keeps that somebody signed in with the digits of a half minute, unless another has just used them.
func (a *Accounts) signIn(ctx context.Context, o Operator, address string, step int64) error {
	err := database.InTx(ctx, a.DB, func(tx *database.Tx) error {
		if err := useStep(ctx, tx, o.ID, step); err != nil {
			return err
		}
		if err := forgive(ctx, tx, a.tryName("code "+o.Name), a.tryName("address "+address)); err != nil {
			return err
		}
		return a.Record(ctx, tx, Entry{By: By{o.Name, address}, Action: "signed in", About: o.Name})
	})
	if errors.Is(err, ErrRefused) {
		return a.refuse(ctx, By{o.Name, address}, "code")
	}
	return err
}

// stepOf finds the half minute whose digits these are, after the last one that was used.
func (a *Accounts) stepOf(secret, code string, last int64) (int64, bool) {
	const half = 30
	now := a.Now().Unix() / half
	for step := now - 1; step <= now+1; step++ {
		want, err := totp.GenerateCode(secret, time.Unix(step*half, 0))
		if err == nil && step > last && subtle.ConstantTimeCompare([]byte(want), []byte(code)) == 1 {
			return step, true
		}
	}
	return 0, false
}

// NewSecret draws the secret of the six digits for somebody who has none yet.
func (a *Accounts) NewSecret(o Operator) (*otp.Key, error) {
	key, err := totp.Generate(totp.GenerateOpts{Issuer: "Sapar", AccountName: o.Name})
	if err != nil {
		return nil, fmt.Errorf("draw a secret: %w", err)
	}
	return key, nil
}

// Enrol keeps the secret of somebody who has none, once they have shown digits that fit, and signs them in.
func (a *Accounts) Enrol(ctx context.Context, o Operator, secret, code, address string) error {
	if err := a.try(ctx, "code "+o.Name, address); err != nil {
		return err
	}
	step, ok := a.stepOf(secret, code, 0)
	if !ok {
		return a.refuse(ctx, By{o.Name, address}, "code")
	}
	err := database.InTx(ctx, a.DB, func(tx *database.Tx) error {
		if err := enrol(ctx, tx, o.ID, a.Keys.Seal([]byte(secret), secretContext(o.ID))); err != nil {
			return err
		}
		return a.Record(ctx, tx, Entry{By: By{o.Name, address}, Action: "digits set up", About: o.Name})
	})
	if err != nil {
		return err
	}
	return a.signIn(ctx, o, address, step)
}

// proves counts a try of the password of somebody who is signed in.
func (a *Accounts) proves(ctx context.Context, name, password string) error {
	_, err := a.Check(ctx, name, password, "")
	return err
}

func (a *Accounts) tryName(of string) []byte { return a.Keys.Hash("operator try", of) }

// try counts a try before anything is looked at, and refuses when there were too many.
func (a *Accounts) try(ctx context.Context, of, address string) error {
	names, most := [][]byte{a.tryName(of)}, []int{accountMay}
	if address != "" {
		names, most = append(names, a.tryName("address "+address)), append(most, addressMay)
	}
	now := a.Now()
	return database.InTx(ctx, a.DB, func(tx *database.Tx) error { return countTries(ctx, tx, names, most, now, now.Add(-tryWhile)) })
}

// refuse keeps that somebody was refused. A name that is nobody's is not kept: it may be a password typed into the wrong field.
func (a *Accounts) refuse(ctx context.Context, by By, what string) error {
	err := a.Record(ctx, a.DB, Entry{By: by, Action: "refused", About: by.Who, After: State{"wrong": what}})
	if err != nil {
		return err
	}
	return ErrRefused
}

func secretContext(id uuid.UUID) []byte { return []byte("operator " + id.String()) }
