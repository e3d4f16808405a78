// Package carriers is how each carrier speaks: one file per kind, and testdata with what travels on the wire.
package carriers

import (
	"fmt"
	"strings"

	"sapar/callbacks"
	"sapar/ussd"
)

// kind is one way carriers speak.
type kind struct {
	name string
	make func(callbacks.Settings) (ussd.Carrier, error)
}

// kinds is the list of them all; a new carrier is one line here.
func kinds() []kind {
	return []kind{
		{"africastalking", newAfricasTalking},
		{"infobip", newInfobip},
		{"hubtel", newHubtel},
		{"restcomm", newRestcomm},
		{"kannel", newKannel},
		{"form", newForm},
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

// New makes a carrier of a kind with the settings of its channel. A setting that cannot be used is a *callbacks.BadSetting.
func New(name string, settings callbacks.Settings) (ussd.Carrier, error) {
	for _, k := range kinds() {
		if k.name == name {
			return k.make(settings)
		}
	}
	return nil, fmt.Errorf("no such kind of carrier; there are %s", strings.Join(Kinds(), ", "))
}
