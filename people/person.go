package people

import (
	"maps"

	"github.com/google/uuid"

	"sapar/menus"
)

// ID names a person; it says nothing about them.
type ID = uuid.UUID

// Person is what a turn must know of whoever holds the phone.
type Person struct {
	ID       ID
	New      bool // not stored yet: the first turn makes the row
	Language menus.Language
	Script   menus.Script
	Ticks    map[string]bool // checklist items, as "node/item"
	Standing Standing        // of no topic
	HasPIN   bool            // somebody on the phone has one
}

// Profile is where a person is and comes from, as far as they said; "" is not known.
type Profile struct {
	Country string `db:"country"` // of stay
	City    string `db:"-"`       // sealed where it is stored
	Oblast  string `db:"oblast"`  // at home
	Raion   string `db:"raion"`
	Zone    string `db:"zone"` // of time, as Europe/Moscow
}

// SetTick keeps or clears a tick in memory; the map is copied, since a screen may still be read from it.
func (p *Person) SetTick(item string, done bool) {
	ticks := maps.Clone(p.Ticks)
	if ticks == nil {
		ticks = map[string]bool{}
	}
	ticks[item] = done
	p.Ticks = ticks
}
