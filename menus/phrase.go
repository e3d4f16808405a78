package menus

import (
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/invopop/jsonschema"
)

// Phrase is the wording of one thing in a tree. A text message may say it otherwise: nobody presses a key there.
type Phrase struct {
	Wording
	SMS Wording // in a text message; nil where it is the same
}

// Given reports whether there is any wording.
func (p Phrase) Given() bool { return p.Wording != nil }

// on is the wording for a channel.
func (p Phrase) on(c *Channel) Wording {
	if c.SMS && p.SMS != nil {
		return p.SMS
	}
	return p.Wording
}

// keySMS stands beside the languages of a wording and holds what a text message says instead.
const keySMS = "sms"

// UnmarshalYAML reads a map of languages, in which sms may hold another one.
func (p *Phrase) UnmarshalYAML(node ast.Node) error {
	all, ok := node.(*ast.MappingNode)
	if !ok {
		return yaml.NodeToValue(node, &p.Wording, yaml.Strict())
	}
	at := slices.IndexFunc(all.Values, func(v *ast.MappingValueNode) bool { return v.Key.GetToken().Value == keySMS })
	if at < 0 {
		return yaml.NodeToValue(node, &p.Wording, yaml.Strict())
	}
	languages := *all
	languages.Values = slices.Delete(slices.Clone(all.Values), at, at+1)
	if err := yaml.NodeToValue(&languages, &p.Wording, yaml.Strict()); err != nil {
		return err
	}
	return yaml.NodeToValue(all.Values[at].Value, &p.SMS, yaml.Strict())
}

// JSONSchema describes a phrase: a text in each of the four languages, and again for text messages.
func (Phrase) JSONSchema() *jsonschema.Schema {
	phrase := wordingSchema()
	sms := wordingSchema()
	sms.Description = "what a text message says instead"
	phrase.Properties.Set(keySMS, sms)
	return phrase
}

// wordingSchema describes a text in each of the four languages.
func wordingSchema() *jsonschema.Schema {
	schema := &jsonschema.Schema{Type: "object", Properties: jsonschema.NewProperties(), AdditionalProperties: jsonschema.FalseSchema}
	for _, lang := range Languages {
		schema.Properties.Set(string(lang), &jsonschema.Schema{Type: "string"})
		schema.Required = append(schema.Required, string(lang))
	}
	return schema
}

// wording asks for a text in all four languages, and where a text message says it otherwise for that in all four too, with the same contacts
// and answers in it: a number must not get lost on a channel. Only the code to dial may.
func (r *report) wording(at position, what string, p Phrase) {
	r.languages(at, what, p.Wording)
	if p.SMS == nil {
		return
	}
	r.languages(at, what+": "+keySMS, p.SMS)
	for _, lang := range Languages {
		for _, place := range placeholder.FindAllString(p.Wording[lang], -1) {
			if place != "{code}" && !strings.Contains(p.SMS[lang], place) {
				r.add(at, "%s: %s in %s: %s is missing, which the dialled wording has", what, keySMS, lang, place)
			}
		}
	}
}

// label is wording of an item, which stands on one line.
func (r *report) label(at position, what string, p Phrase) {
	r.wording(at, what, p)
	for _, w := range []Wording{p.Wording, p.SMS} {
		for _, lang := range Languages {
			if !smallest.Holds(Measure("99 " + Fold(w[lang])).Plus(navRoom(lang))) {
				r.add(at, "%s in %s: longer than the smallest screen, it cannot be paged", what, lang)
			}
		}
	}
}
