package people

import "time"

// What a person may stop on its own. Anything else that is sent is about their own doings, and only a full stop mutes it.
const (
	Elections  = "elections"
	Reminders  = "reminders"
	Broadcasts = "broadcasts"
)

// Topics are all that can be stopped on their own.
var Topics = []string{Elections, Reminders, Broadcasts}

// Wish is what a person said about being sent messages: stop, or start again.
type Wish struct {
	Topic   string // one of Topics, or "" for everything
	Version int    // of the words and the confirmation that were in use, for the record
	Channel string // it was said by
	At      time.Time
}

// NumberState is what carriers say of a number.
type NumberState string

// The states of a number. Nothing is sent to one that is not fine.
const (
	NumberFine     NumberState = ""
	NumberBad      NumberState = "bad"       // no such number, or none that takes texts
	NumberOptedOut NumberState = "opted out" // its owner said stop to the carrier
)

// Standing is what we may do with a number now. The zero value is a number that nobody agreed to.
type Standing struct {
	Agreed       bool        `db:"agreed"` // the phone itself dialled or texted once
	State        NumberState `db:"state"`
	Stopped      bool        `db:"stopped"`       // everything
	StoppedTopic bool        `db:"stopped_topic"` // the topic asked for
}

// Count is one of the day's counters. Replicas share it.
type Count struct {
	Day   string // as 2026-11-21
	Scope string // what is counted
	Name  []byte // of whom: a keyed hash, never a number
}
