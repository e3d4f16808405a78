// Package menus is the engine: it knows trees of menus, takes one step for one input, and measures what a phone can show.
//
// It is pure: no clock, no database, no network, no randomness. Step takes a tree, a state, an input and the facts of the
// moment, and returns the next state, the screen and the effects the caller must carry out. Only store.go talks to Postgres.
package menus

import "time"

// Tree is one published revision of a menu tree; it never changes once made.
type Tree struct {
	Name     string
	Revision int // 0 for a tree read from files and never published
	Start    string
	Language string   // the node that chooses a language on a first dial
	Base     Language // stands in for missing wording
	Resume   time.Duration
	Codes    []string
	Keywords map[string]string
	Nodes    map[string]Node
	contacts []contactRef // what it names of the directory
	files    []File       // what it was read from
}

// contactRef is an entry of the directory that a tree names, and where.
type contactRef struct {
	id string
	at position
}

// State is where a person is in a tree and what they have said; it is all the engine remembers between two turns.
type State struct {
	_        struct{} `cbor:",toarray"` // no names are written: a state is read and written on every turn
	Tree     string   `cbor:"t"`
	Revision int      `cbor:"r"`
	Language Language `cbor:"l,omitempty"`
	Script   Script   `cbor:"s,omitempty"`
	Number   string   `cbor:"no,omitempty"` // reference number of what this dialogue may file
	Here     Spot     `cbor:"h"`
	Next     int      `cbor:"x,omitempty"` // where the next page begins, 0 when there is none
	Trail    []Spot   `cbor:"b,omitempty"` // the way back, the oldest first
	Misses   int      `cbor:"m,omitempty"` // wrong keys in a row
	Answers  []Answer `cbor:"a,omitempty"`
	Held     *State   `cbor:"d,omitempty"`  // a dropped dialogue, while its owner is asked whether to continue
	PIN      *NewPIN  `cbor:"p,omitempty"`  // chosen in this call and not set yet
	As       string   `cbor:"w,omitempty"`  // the id of who has proved their PIN in this call
	Lent     bool     `cbor:"lt,omitempty"` // they did so by the number of what they filed: the phone may be somebody else's
}

// Spot is one screen of a tree: a node, the page of it and what was picked inside it.
type Spot struct {
	_    struct{} `cbor:",toarray"`
	Node string   `cbor:"n"`
	At   int      `cbor:"p,omitempty"` // byte offset of the page in the screen's whole text
	Pick string   `cbor:"k,omitempty"` // a country, an item, a question: the node's own business
}

// Answer is what a person said to one question.
type Answer struct {
	Name  string `cbor:"n"`
	Value string `cbor:"v"`
}

// Screen is what the person reads next.
type Screen struct {
	Text string
	End  bool // the call ends with this screen
}

// maxTrail bounds the way back, so that a state stays small; the oldest steps are forgotten first.
const maxTrail = 24

// MaxInput is the longest input that is read, in characters: what a USSD string can carry (3GPP TS 23.038 and 24.090: 160 octets, 182 septets).
const MaxInput = 182

// answer returns what was said to a question, and whether it was asked at all.
func (s *State) answer(name string) (string, bool) {
	for i := range s.Answers {
		if s.Answers[i].Name == name {
			return s.Answers[i].Value, true
		}
	}
	return "", false
}

// setAnswer keeps an answer; the slice is copied, since the state before the turn may still be held by the caller.
func (s *State) setAnswer(name, value string) {
	kept := make([]Answer, 0, len(s.Answers)+1)
	for _, a := range s.Answers {
		if a.Name != name {
			kept = append(kept, a)
		}
	}
	s.Answers = append(kept, Answer{name, value})
}

// dropAnswer forgets an answer, for a question whose choices no longer apply.
func (s *State) dropAnswer(name string) {
	kept := make([]Answer, 0, len(s.Answers))
	for _, a := range s.Answers {
		if a.Name != name {
			kept = append(kept, a)
		}
	}
	s.Answers = kept
}
