// Package stays keeps when people came into countries and left them, as they said.
package stays

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"sapar/database"
	"sapar/people"
	"sapar/scheduler/deadlines/rules"
)

// ErrOrder tells that nobody leaves a country before they came, nor comes into one they are in.
var ErrOrder = errors.New("a border that cannot be crossed so")

// Stay is one as a person told it. Days are at midnight UTC.
type Stay struct {
	ID      uuid.UUID  `json:"-"`
	Country string     `json:"country"`
	In      time.Time  `json:"in"`
	Out     *time.Time `json:"out,omitempty"` // nil while they are there
}

// Crossing is what somebody says of a border: on a day they came into a country, or left it.
type Crossing struct {
	Person  people.ID
	Country string
	Day     time.Time
	Out     bool
	At      time.Time
}

// Cross keeps a crossing.
func Cross(ctx context.Context, tx *database.Tx, keys *database.Keys, c Crossing) error {
	all, err := Read(ctx, tx, keys, c.Person, c.Country)
	if err != nil {
		return err
	}
	stay, err := c.stay(all)
	if err != nil {
		return err
	}
	text, err := json.Marshal(stay)
	if err != nil {
		return err
	}
	return upsert(ctx, tx, stay.ID, c.Person, keys.Seal(text, sealedFor(stay.ID)), c.At)
}

// stay is the one that a crossing begins or ends.
func (c *Crossing) stay(all []Stay) (Stay, error) {
	open := slices.IndexFunc(all, func(s Stay) bool { return s.Out == nil })
	switch {
	case c.Out && (open < 0 || c.Day.Before(all[open].In)), !c.Out && open >= 0:
		return Stay{}, ErrOrder
	case c.Out:
		all[open].Out = &c.Day
		return all[open], nil
	}
	id, err := uuid.NewV7()
	return Stay{ID: id, Country: c.Country, In: c.Day}, err
}

// Read are the stays in a country, or with none named all, the earliest first.
func Read(ctx context.Context, db queryer, keys *database.Keys, person people.ID, country string) (out []Stay, err error) {
	rows, err := read(ctx, db, person)
	if err != nil {
		return nil, err
	}
	for _, row := range rows {
		stay := Stay{ID: row.ID}
		text, err := keys.Open(row.Stay, sealedFor(row.ID))
		if err == nil {
			err = json.Unmarshal(text, &stay)
		}
		if err != nil {
			return nil, fmt.Errorf("open a stay: %w", err)
		}
		if country == "" || stay.Country == country {
			out = append(out, stay)
		}
	}
	slices.SortFunc(out, func(a, b Stay) int { return a.In.Compare(b.In) })
	return out, nil
}

func sealedFor(id uuid.UUID) []byte { return []byte("stay " + id.String()) }

// Plain are stays as rules count them.
func Plain(stays []Stay) []rules.Stay {
	out := make([]rules.Stay, len(stays))
	for i, s := range stays {
		out[i] = rules.Stay{In: s.In}
		if s.Out != nil {
			out[i].Out = *s.Out
		}
	}
	return out
}
