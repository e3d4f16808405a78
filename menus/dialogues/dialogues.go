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
package dialogues

import (
	"embed"
	"fmt"
	"regexp"
	"strings"
	"time"

	"sapar/menus"
)

// Files are the conversations, one a file.
//
//go:embed *.txt
var Files embed.FS

// Phone is whatever a conversation is played on: the bare engine, or a carrier's real form in front of a database.
type Phone interface {
	// Speak makes the phone's owner somebody who has chosen a language and script before.
	Speak(lang menus.Language, script menus.Script) error
	// Dial begins a new call; an open one is dropped.
	Dial(code string) (menus.Screen, error)
	// Type answers a screen.
	Type(input string) (menus.Screen, error)
	// Later lets time pass.
	Later(d time.Duration)
}

// Day is the day every conversation takes place.
var Day = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

var (
	code   = regexp.MustCompile(`^\*[0-9*]+#$`)
	number = regexp.MustCompile(`\b\d{3}-\d{3}-\d{4}\b`) // a reference number is another one every time
)

// Play runs a conversation and returns it with what the phone really showed. A conversation that is right comes back as it was.
func Play(text string, phone Phone) (string, error) {
	var out []string
	for i, line := range strings.Split(strings.TrimRight(text, "\n"), "\n") {
		word, rest, _ := strings.Cut(line, " ")
		if word == "|" || word == "end" {
			continue
		}
		out = append(out, line)
		shown, err := play(phone, word, rest)
		if err != nil {
			return "", fmt.Errorf("line %d: %w", i+1, err)
		}
		out = append(out, shown...)
	}
	return strings.Join(out, "\n") + "\n", nil
}

func play(phone Phone, word, rest string) ([]string, error) {
	switch word {
	case "lang":
		lang, script, _ := strings.Cut(rest, " ")
		if script == "" {
			script = string(menus.Language(lang).Scripts()[0])
		}
		return nil, phone.Speak(menus.Language(lang), menus.Script(script))
	case "later":
		d, err := time.ParseDuration(rest)
		phone.Later(d)
		return nil, err
	case ">":
		return typed(phone, rest)
	}
	return nil, nil
}

func typed(phone Phone, input string) ([]string, error) {
	send := phone.Type
	if code.MatchString(input) {
		send = phone.Dial
	}
	screen, err := send(input)
	if err != nil {
		return nil, err
	}
	var out []string
	for line := range strings.SplitSeq(number.ReplaceAllString(screen.Text, "NNN-NNN-NNNN"), "\n") {
		out = append(out, "| "+line)
	}
	if screen.End {
		out = append(out, "end")
	}
	return out, nil
}
