// Package crowd counts the people of a broadcast, cuts them into parts that several hands queue, and keeps how far each part and each message is.
package crowd

import (
	"sapar/menus"
	"sapar/people"
)

// Group is people of a segment who are alike.
type Group struct {
	Reader menus.Language `db:"reader"` // "" has chosen none
	Latin  bool           `db:"latin"`  // they read Latin letters
	Reason string         `db:"reason"` // why they cannot be sent to; "" is that they can
	N      int            `db:"n"`
}

// Part is a stretch of people in the order of their ids, in the hands of one process for a while.
type Part struct {
	Broadcast int       `db:"broadcast"`
	Part      int       `db:"part"`
	Reached   people.ID `db:"reached"` // the people up to here are done
	Last      people.ID `db:"last"`
}

// Place is where people are, as their profiles say.
type Place struct {
	Country string `db:"country"`
	Zone    string `db:"zone"`
}

// Progress is how far a broadcast is. Targets are queued or skipped, always; of the queued, Waiting have not left yet.
type Progress struct {
	Targets, Queued, Skipped, Segments int
	Reasons                            map[string]int // of the skipped
	AllQueued                          bool
	Waiting                            int
}
