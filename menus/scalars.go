package menus

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/invopop/jsonschema"
)

// window is a length of time as an operator writes it: 10m or 72h.
type window time.Duration

// UnmarshalYAML reads 10m or 72h.
func (w *window) UnmarshalYAML(unmarshal func(any) error) error {
	var text string
	if err := unmarshal(&text); err != nil {
		return err
	}
	d, err := time.ParseDuration(text)
	if err != nil || d < 0 {
		return fmt.Errorf("%q is no length of time, write 10m or 72h", text)
	}
	*w = window(d)
	return nil
}

// JSONSchema describes a window as the text it is.
func (window) JSONSchema() *jsonschema.Schema {
	return &jsonschema.Schema{Type: "string", Pattern: `^[0-9]+[mh]$`}
}

// days is a distance in days as an operator writes it: -30d.
type days int

// UnmarshalYAML reads -30d or a plain number of days.
func (d *days) UnmarshalYAML(unmarshal func(any) error) error {
	var text string
	if err := unmarshal(&text); err != nil {
		return err
	}
	n, err := strconv.Atoi(strings.TrimSuffix(text, "d"))
	if err != nil {
		return fmt.Errorf("%q is no number of days, write -30d or 730d", text)
	}
	*d = days(n)
	return nil
}

// JSONSchema describes days as the text they are.
func (days) JSONSchema() *jsonschema.Schema {
	return &jsonschema.Schema{Type: "string", Pattern: `^-?[0-9]+d$`}
}

// or returns the days, or a usual number of them when none were written.
func (d *days) or(usual int) int {
	if d == nil {
		return usual
	}
	return int(*d)
}

// factList is one fact or a list of them.
type factList []Fact

// UnmarshalYAML reads one fact or a list of them.
func (l *factList) UnmarshalYAML(unmarshal func(any) error) error {
	var many []Fact
	if err := unmarshal(&many); err == nil {
		*l = many
		return nil
	}
	var one Fact
	if err := unmarshal(&one); err != nil {
		return err
	}
	*l = factList{one}
	return nil
}

// JSONSchema describes both ways of writing facts.
func (factList) JSONSchema() *jsonschema.Schema {
	one := (&jsonschema.Reflector{DoNotReference: true, Anonymous: true}).Reflect(Fact{})
	one.Version = ""
	return &jsonschema.Schema{OneOf: []*jsonschema.Schema{one, {Type: "array", Items: one}}}
}
