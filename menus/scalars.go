package menus

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/invopop/jsonschema"
)

// window is a length of time as an operator writes it: 10m or 72h.
type window time.Duration

// UnmarshalYAML reads 10m or 72h.
func (w *window) UnmarshalYAML(node ast.Node) error {
	text := node.GetToken().Value
	d, err := time.ParseDuration(text)
	if err != nil || d < 0 {
		return misread(node, "%q is no length of time, write 10m or 72h", text)
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
func (d *days) UnmarshalYAML(node ast.Node) error {
	text := node.GetToken().Value
	n, err := strconv.Atoi(strings.TrimSuffix(text, "d"))
	if err != nil || n < -farDays || n > farDays {
		return misread(node, "%q is no number of days, write -30d or 730d", text)
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
func (l *factList) UnmarshalYAML(node ast.Node) error {
	if node.Type() == ast.SequenceType {
		return yaml.NodeToValue(node, (*[]Fact)(l), yaml.Strict())
	}
	var one Fact
	if err := yaml.NodeToValue(node, &one, yaml.Strict()); err != nil {
		return err
	}
	*l = factList{one}
	return nil
}

// misread is an error of the YAML reader with the place of a value.
func misread(node ast.Node, format string, args ...any) error {
	return &yaml.SyntaxError{Message: fmt.Sprintf(format, args...), Token: node.GetToken()}
}

// JSONSchema describes both ways of writing facts.
func (factList) JSONSchema() *jsonschema.Schema {
	one := (&jsonschema.Reflector{DoNotReference: true, Anonymous: true}).Reflect(Fact{})
	one.Version = ""
	return &jsonschema.Schema{OneOf: []*jsonschema.Schema{one, {Type: "array", Items: one}}}
}
