package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"sapar/database"
	"sapar/people"
	"sapar/people/numbers"
	"sapar/sessions"
)

// peopleCmd is what an operator does for somebody who asks by voice, or for whom a number leads to no longer.
type peopleCmd struct {
	ResetPIN   peopleResetCmd      `cmd:"" name:"reset-pin" help:"Draw a new PIN for whoever filed an application, to be told by voice once it is sure who they are."`
	Forget     peopleForgetCmd     `cmd:"" help:"Delete what is known of whoever holds a phone, as they can do themselves on it."`
	Reassigned peopleReassignedCmd `cmd:"" help:"Note that a number is somebody else's now: it leads to nobody, and nothing is sent to it."`
}

// errNobody says that there is nobody to do it for.
var errNobody = errors.New("nobody is known by that")

// serverFor opens what stands behind the menus, without serving.
func (c *Config) serverFor(ctx context.Context) (*server, error) {
	s := &server{config: *c, metrics: newMetrics(), now: time.Now}
	url, err := s.openCluster(ctx)
	if err == nil {
		s.keys, err = c.keyFiles().Load()
	}
	if err == nil {
		err = s.connect(ctx, url)
	}
	if err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

// inTx does something in one transaction.
func (c *Config) inTx(do func(ctx context.Context, tx *database.Tx, o *errands) error) error {
	ctx := context.Background()
	s, err := c.serverFor(ctx)
	if err != nil {
		return err
	}
	defer s.close()
	return database.InTx(ctx, s.db, func(tx *database.Tx) error { return do(ctx, tx, s.errands) })
}

type peopleResetCmd struct {
	Config
	Number string `arg:"" help:"Reference number of something they filed."`
}

// Run prints the PIN, once.
func (c *peopleResetCmd) Run() error {
	var pin string
	err := c.inTx(func(ctx context.Context, tx *database.Tx, o *errands) error {
		person, ok, err := o.desk.Owner(ctx, strings.ReplaceAll(c.Number, "-", ""))
		if err == nil && !ok {
			err = errNobody
		}
		if err == nil {
			pin, err = o.pins.Reset(ctx, tx, person, time.Now())
		}
		return err
	})
	if err == nil {
		fmt.Println("the new PIN, shown only now:", pin)
	}
	return err
}

// phoneArg is a number as an operator types it.
type phoneArg struct {
	Config
	Phone string `arg:"" help:"The number, as +996700000001."`
}

func (c *phoneArg) parse() (people.Phone, error) {
	phone, ok := people.NewPhone(c.Phone)
	if !ok {
		return phone, errors.New("that is no phone number")
	}
	return phone, nil
}

type peopleForgetCmd struct {
	phoneArg
	Yes bool `help:"It cannot be undone: say that you mean it." required:""`
}

// Run forgets whoever holds the phone.
func (c *peopleForgetCmd) Run() error {
	phone, err := c.parse()
	if err != nil {
		return err
	}
	return c.inTx(func(ctx context.Context, tx *database.Tx, o *errands) error {
		person, ok, err := numbers.Holder(ctx, tx, o.hash(phone))
		if err == nil && !ok {
			err = errNobody
		}
		if err != nil {
			return err
		}
		return o.forget(ctx, tx, sessions.Turned{Person: person, Phone: phone, At: time.Now()}, person)
	})
}

type peopleReassignedCmd struct{ phoneArg }

// Run takes the number from whoever had it.
func (c *peopleReassignedCmd) Run() error {
	phone, err := c.parse()
	if err != nil {
		return err
	}
	return c.inTx(func(ctx context.Context, tx *database.Tx, o *errands) error {
		return numbers.Reassigned(ctx, tx, o.hash(phone), time.Now())
	})
}
