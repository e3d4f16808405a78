// Package accounts knows who may sign in to the console, what each of them may do, and what they did.
//
// Somebody signs in with a name, a password and six digits that change every half minute. Tries are counted in the database, so any number of
// replicas count together. Roles are read with every request: what is taken from somebody is gone at once.
package accounts

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"sapar/database"
)

// Accounts are the operators of a database. One serves the whole program.
type Accounts struct {
	DB   *database.DB
	Keys *database.Keys
	Now  func() time.Time
}

// Operator is somebody who works in the console.
type Operator struct {
	ID       uuid.UUID
	Name     string // unique; stored with everything they do
	Roles    []Role
	Office   string // id of the office whose cases they work on; "" for none
	Language string // of the console; "" is what the browser asks for
	Enrolled bool   // has set up the six digits
	Revoked  bool   // may not sign in any more
	Epoch    int    // a session that began with another one is over
}

var (
	// ErrRefused says that name, password or digits are wrong; which of them is not told.
	ErrRefused = errors.New("name, password or code is wrong")
	// ErrTooMany says that an account or an address has had its tries for a while; this one was not looked at.
	ErrTooMany = errors.New("too many tries: wait a quarter of an hour")
	// ErrName says that a name cannot be an operator's.
	ErrName = errors.New("a name is 2 to 40 small letters, digits, dots, dashes")
	// ErrTaken says that there is an operator of that name.
	ErrTaken = errors.New("there is an operator of that name already")
	// ErrUnknown says that there is no such operator.
	ErrUnknown = errors.New("no such operator")
	// ErrPassword says that a password is too short or too long to be one.
	ErrPassword = errors.New("a password has 12 to 200 characters")
	// ErrLast says that nobody could administer any more.
	ErrLast = errors.New("somebody must be left who administers")
)

// By is who does something, and from where.
type By struct {
	Who     string // an operator's name, or shell: and a user of the machine
	Address string
}

var nameForm = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{1,39}$`)

// Add makes an operator, and gives the password, which is kept nowhere else. The six digits are set up when they first sign in.
func (a *Accounts) Add(ctx context.Context, by By, o Operator) (password string, err error) {
	if !nameForm.MatchString(o.Name) {
		return "", ErrName
	}
	if err := checkRoles(o.Roles); err != nil {
		return "", err
	}
	password = drawPassword()
	o.ID = uuid.New()
	hash, err := a.hash(ctx, password)
	if err != nil {
		return "", err
	}
	err = database.InTx(ctx, a.DB, func(tx *database.Tx) error {
		if err := insert(ctx, tx, o, hash, a.Now()); err != nil {
			return err
		}
		return a.Record(ctx, tx, Entry{By: by, Action: "operator added", About: o.Name, After: o.state()})
	})
	return password, err
}

// First makes the first administrator of an empty console. It is "" where there is an operator already.
func (a *Accounts) First(ctx context.Context) (name, password string, err error) {
	any, err := anybody(ctx, a.DB)
	if err != nil || any {
		return "", "", err
	}
	password, err = a.Add(ctx, By{Who: "sapar"}, Operator{Name: "admin", Roles: []Role{Administrator}})
	if errors.Is(err, ErrTaken) { // another replica was first
		return "", "", nil
	}
	return "admin", password, err
}

// drawPassword is 24 letters and digits, in groups that can be read aloud.
func drawPassword() string {
	text := strings.ToLower(rand.Text()[:24])
	return strings.Join([]string{text[:6], text[6:12], text[12:18], text[18:]}, "-")
}

// SetRoles gives an operator other roles and another office, at once.
func (a *Accounts) SetRoles(ctx context.Context, by By, name string, roles []Role, office string) error {
	if err := checkRoles(roles); err != nil {
		return err
	}
	return a.change(ctx, by, name, "roles changed", func(o *Operator) { o.Roles, o.Office = roles, office })
}

// SetLanguage keeps the language an operator wants the console in; "" is what the browser asks for.
func (a *Accounts) SetLanguage(ctx context.Context, by By, name, language string) error {
	return a.change(ctx, by, name, "language changed", func(o *Operator) { o.Language = language })
}

// Revoke ends everything of an operator: their sessions, and signing in.
func (a *Accounts) Revoke(ctx context.Context, by By, name string) error {
	return a.change(ctx, by, name, "operator revoked", func(o *Operator) { o.Revoked, o.Epoch = true, o.Epoch+1 })
}

// SignOut ends all sessions of an operator.
func (a *Accounts) SignOut(ctx context.Context, by By, name string) error {
	return a.change(ctx, by, name, "signed out everywhere", func(o *Operator) { o.Epoch++ })
}

// Reset gives an operator a new password, lets them set up the six digits anew, and ends their sessions.
func (a *Accounts) Reset(ctx context.Context, by By, name string) (password string, err error) {
	password = drawPassword()
	hash, err := a.hash(ctx, password)
	if err != nil {
		return "", err
	}
	return password, a.replace(ctx, by, name, "operator reset", hash, true)
}

// SetPassword is an operator's own change of the password, which they have just typed.
func (a *Accounts) SetPassword(ctx context.Context, by By, o Operator, old, password string) error {
	if n := len([]rune(password)); n < 12 || n > 200 {
		return ErrPassword
	}
	if err := a.proves(ctx, o.Name, old); err != nil {
		return err
	}
	hash, err := a.hash(ctx, password)
	if err != nil {
		return err
	}
	return a.replace(ctx, by, o.Name, "password changed", hash, false)
}

func (a *Accounts) replace(ctx context.Context, by By, name, action, hash string, anew bool) error {
	return database.InTx(ctx, a.DB, func(tx *database.Tx) error {
		if err := setPassword(ctx, tx, name, hash, anew); err != nil {
			return err
		}
		return a.Record(ctx, tx, Entry{By: by, Action: action, About: name})
	})
}

// change alters an operator and keeps what was and what is.
func (a *Accounts) change(ctx context.Context, by By, name, action string, f func(*Operator)) error {
	return database.InTx(ctx, a.DB, func(tx *database.Tx) error {
		o, err := hold(ctx, tx, name)
		if err != nil {
			return err
		}
		was := o
		f(&o)
		if err := update(ctx, tx, o); err != nil {
			return err
		}
		if err := a.somebodyLeft(ctx, tx, was); err != nil {
			return err
		}
		return a.Record(ctx, tx, Entry{By: by, Action: action, About: name, Before: was.state(), After: o.state()})
	})
}

// somebodyLeft refuses a change that leaves nobody who administers.
func (a *Accounts) somebodyLeft(ctx context.Context, tx *database.Tx, was Operator) error {
	if was.Revoked || !slices.Contains(was.Roles, Administrator) {
		return nil
	}
	list, err := list(ctx, tx)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(list, func(o Operator) bool { return o.May(Administer) }) {
		return ErrLast
	}
	return nil
}

// List is everybody, by name.
func (a *Accounts) List(ctx context.Context) ([]Operator, error) { return list(ctx, a.DB) }

// Get is the operator of an id, as they are now.
func (a *Accounts) Get(ctx context.Context, id uuid.UUID) (Operator, error) {
	return get(ctx, a.DB, id)
}

// state is what the audit keeps of an operator.
func (o Operator) state() State {
	roles := make([]string, len(o.Roles))
	for i, r := range o.Roles {
		roles[i] = string(r)
	}
	s := State{"roles": strings.Join(roles, " "), "office": o.Office, "language": o.Language, "epoch": fmt.Sprint(o.Epoch)}
	if o.Revoked {
		s["revoked"] = "yes"
	}
	return s
}
