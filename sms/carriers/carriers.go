// Package carriers is how each SMS carrier speaks: one file per kind, and testdata with what travels on the wire.
package carriers

import (
	"fmt"
	"strings"

	"sapar/sms"
)

// kind is one way carriers speak.
type kind struct {
	name   string
	signed bool // its callbacks carry a signature, and are refused without
	make   func(sms.Settings) (sms.Carrier, error)
}

// kinds is the list of them all; a new carrier is one line here.
func kinds() []kind {
	return []kind{
		{"africastalking", false, newAfricasTalking},
		{"form", false, newForm},
		{"kannel", false, newKannel},
		{"log", false, newLog},
		{"twilio", true, newTwilio},
	}
}

// Kinds names the kinds of carrier, in the order they are listed.
func Kinds() []string {
	var names []string
	for _, k := range kinds() {
		names = append(names, k.name)
	}
	return names
}

// New makes a carrier of a kind with the settings of its channel, and says whether it signs its callbacks.
// A setting that cannot be used is a *callbacks.BadSetting.
func New(name string, settings sms.Settings) (sms.Carrier, bool, error) {
	for _, k := range kinds() {
		if k.name == name {
			carrier, err := k.make(settings)
			return carrier, k.signed, err
		}
	}
	return nil, false, fmt.Errorf("no such kind of carrier; there are %s", strings.Join(Kinds(), ", "))
}
