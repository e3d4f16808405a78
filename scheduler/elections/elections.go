// Package elections holds elections as data: their reminders, the polling stations abroad, and what of it an operator has confirmed.
//
// Nothing that is not confirmed is sent or shown as an instruction: neither the rules of an earlier election nor a list of stations.
package elections

import (
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/goccy/go-yaml"

	"sapar/menus"
	"sapar/sms"
)

//go:embed elections.yaml
var builtIn []byte

// Election is one vote.
type Election struct {
	ID         string          `yaml:"id"`
	Name       menus.Wording   `yaml:"name"`
	Date       string          `yaml:"date"`   // as 2027-01-24
	Opens      string          `yaml:"opens"`  // as 08:00, on the clock of the station
	Closes     string          `yaml:"closes"` // likewise
	Confidence string          `yaml:"confidence"`
	Note       string          `yaml:"note"`
	Sources    []Source        `yaml:"sources"` // of the date
	Rules      []Rule          `yaml:"rules"`   // instructions that hold once they are confirmed
	Reminders  []Reminder      `yaml:"reminders"`
	Texts      map[string]Text `yaml:"texts"`
}

// Source is a public document.
type Source struct {
	URL  string `yaml:"url"`
	Date string `yaml:"date"` // YYYY, YYYY-MM or YYYY-MM-DD
}

// Rule is what an earlier election asked of voters.
type Rule struct {
	Fact   string `yaml:"fact"`
	Source string `yaml:"source"`
	Date   string `yaml:"date"`
}

// Reminder is a text and its moment on each one's own clock.
type Reminder struct {
	On   string `yaml:"on"`
	At   string `yaml:"at"`
	Text string `yaml:"text"`
}

// Text is what a reminder says.
type Text struct {
	Needs  Part          `yaml:"needs"`
	Source string        `yaml:"source"`
	Say    menus.Wording `yaml:"say"`
	Plain  menus.Wording `yaml:"plain"`
}

// Part is what of an election is confirmed on its own.
type Part string

// The parts of an election.
const (
	Reminders Part = "reminders" // the leave to send its texts to everybody who did not stop the topic
	Rules     Part = "rules"
	Stations  Part = "stations" // the list as it was imported last
)

// Parts are all of them.
var Parts = []Part{Reminders, Rules, Stations}

// ErrNone says that there is no such election.
var ErrNone = errors.New("no election has this id")

// All are the elections the program is built with.
var All = sync.OnceValues(func() ([]Election, error) { return read(builtIn) })

// Find is one of them.
func Find(id string) (Election, error) {
	all, err := All()
	if err != nil {
		return Election{}, err
	}
	if i := slices.IndexFunc(all, func(e Election) bool { return e.ID == id }); i >= 0 {
		return all[i], nil
	}
	return Election{}, fmt.Errorf("%w: %s", ErrNone, id)
}

func read(text []byte) ([]Election, error) {
	var all []Election
	if err := yaml.UnmarshalWithOptions(text, &all, yaml.Strict()); err != nil {
		return nil, fmt.Errorf("read elections: %w", err)
	}
	for i := range all {
		if err := all[i].check(); err != nil {
			return nil, fmt.Errorf("read election %s: %w", all[i].ID, err)
		}
	}
	return all, nil
}

// check says what an election lacks.
func (e *Election) check() error {
	day, err := time.Parse(time.DateOnly, e.Date)
	if err != nil {
		return err
	}
	if e.ID == "" || len(e.Sources) == 0 || len(e.Name) != len(menus.Languages) {
		return errors.New("an election has an id, a name in every language, and sources")
	}
	for _, r := range e.Reminders {
		at, err := time.Parse(time.DateOnly+" 15:04", r.On+" "+r.At)
		if err != nil {
			return err
		}
		if _, ok := e.Texts[r.Text]; !ok || at.After(day.Add(24*time.Hour)) {
			return fmt.Errorf("the reminder of %s has no text, or comes after the vote", r.On)
		}
	}
	for name, text := range e.Texts {
		if err := text.check(); err != nil {
			return fmt.Errorf("text %s: %w", name, err)
		}
	}
	return nil
}

// address is the blank of a text that a station fills.
const address = "{address}"

func (t *Text) check() error {
	if t.Needs != "" && !slices.Contains(Parts, t.Needs) {
		return fmt.Errorf("needs %q is no part", t.Needs)
	}
	for _, language := range menus.Languages {
		say, plain := t.Say[language], t.Plain[language]
		switch {
		case say == "" || len(t.Plain) > 0 && plain == "":
			return fmt.Errorf("no words in %s", language)
		case strings.Contains(say, address) != (t.Needs == Stations) || strings.Contains(plain, address):
			return fmt.Errorf("%s: %s stands in what needs stations, and there only", language, address)
		case sms.Segments(strings.ReplaceAll(say, address, "")) > 1 || sms.Segments(plain) > 1:
			return fmt.Errorf("%s: longer than one message", language)
		}
	}
	return nil
}

// version is a hash of what is confirmed of a part: when it changes, a confirmation of before no longer counts.
func (e *Election) version(part Part, stations []Station) string {
	var of any
	switch part {
	case Reminders:
		of = []any{e.Date, e.Reminders, e.Texts}
	case Rules:
		of = e.Rules
	case Stations:
		of = stations
	}
	text, _ := json.Marshal(of) // plain values: never fails
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:8])
}

// Open reports whether an election is still to come at a moment, or on its day.
func (e *Election) Open(now time.Time) bool { return now.Before(e.ends()) }

// ends is when the last station of the world has closed, with a day to spare.
func (e *Election) ends() time.Time {
	day, _ := time.Parse(time.DateOnly, e.Date) // checked
	return day.Add(48 * time.Hour)
}
