// Package dialogues plays conversations that are written as plain text: what is typed, and what the phone shows.
//
//	# why this conversation matters
//	lang ky
//	> *141#
//	| Sapar
//	| 1 …
//	later 11m
//	> 1
//	| …
//	end
//
// Those in the folder sms are texted; a code is dialled there too, and the call is open until it ends or time passes. A text that gets no
// answer gets silence, and what comes by itself is read with
//
//	inbox
//	< …
//
// A reference number is another one every time: NNN-NNN-NNNN stands for it, and typed it is the last that was shown. Another phone is picked up
// with
//
//	phone 2
package dialogues

import (
	"embed"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"sapar/menus"
)

// Files are the conversations, one a file; those in the folder sms are texted.
//
//go:embed *.txt sms/*.txt
var Files embed.FS

// Phone is whatever a conversation is played on: the bare engine, or a carrier's real form in front of a database.
type Phone interface {
	// Speak makes the phone's owner somebody who has chosen a language and script before.
	Speak(lang menus.Language, script menus.Script) error
	// Dial begins a new call; an open one is dropped.
	Dial(code string) (menus.Screen, error)
	// Type answers a screen.
	Type(input string) (menus.Screen, error)
	// PickUp takes another phone, of another number, by its name; the first one is 1.
	PickUp(name string) error
	// Later lets time pass.
	Later(d time.Duration)
	// Inbox returns the text messages that have come since it was last read, other than answers to texts.
	Inbox() ([]string, error)
}

// Day is the day every conversation takes place.
var Day = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

var (
	code   = regexp.MustCompile(`^\*[0-9*]+#$`)
	number = regexp.MustCompile(`\b\d{3}-\d{3}-\d{4}\b`) // a reference number is another one every time
)

// shown are the words of lines that the phone itself writes.
var shown = []string{"|", "<", "end", silence}

// silence stands where a text gets no answer.
const silence = "silence"

// Play runs a conversation and returns it with what the phone really showed. A conversation that is right comes back as it was.
func Play(text string, phone Phone) (string, error) {
	var out []string
	p := &player{phone: phone}
	for i, line := range strings.Split(strings.TrimRight(text, "\n"), "\n") {
		word, rest, _ := strings.Cut(line, " ")
		if slices.Contains(shown, word) {
			continue
		}
		out = append(out, line)
		seen, err := p.play(word, rest)
		if err != nil {
			return "", fmt.Errorf("line %d: %w", i+1, err)
		}
		out = append(out, seen...)
	}
	return strings.Join(out, "\n") + "\n", nil
}

// player is a conversation being played.
type player struct {
	phone  Phone
	number string // the reference number that was last shown
}

func (p *player) play(word, rest string) ([]string, error) {
	switch word {
	case "lang":
		lang, script, _ := strings.Cut(rest, " ")
		if script == "" {
			script = string(menus.Language(lang).Scripts()[0])
		}
		return nil, p.phone.Speak(menus.Language(lang), menus.Script(script))
	case "later":
		d, err := time.ParseDuration(rest)
		p.phone.Later(d)
		return nil, err
	case "phone":
		return nil, p.phone.PickUp(rest)
	case ">":
		return p.typed(strings.ReplaceAll(rest, anyNumber, p.number))
	case "inbox":
		texts, err := p.phone.Inbox()
		return p.marked("< ", texts), err
	}
	return nil, nil
}

func (p *player) typed(input string) ([]string, error) {
	send := p.phone.Type
	if code.MatchString(input) {
		send = p.phone.Dial
	}
	screen, err := send(input)
	if err != nil {
		return nil, err
	}
	out := p.marked("| ", []string{screen.Text})
	if screen.Text == "" {
		out = []string{silence}
	}
	if screen.End {
		out = append(out, "end")
	}
	return out, nil
}

// anyNumber stands for a reference number.
const anyNumber = "NNN-NNN-NNNN"

// marked are the lines of texts behind a mark.
func (p *player) marked(mark string, texts []string) []string {
	var out []string
	for _, text := range texts {
		if seen := number.FindString(text); seen != "" {
			p.number = seen
		}
		for line := range strings.SplitSeq(number.ReplaceAllString(text, anyNumber), "\n") {
			out = append(out, mark+line)
		}
	}
	return out
}
