package menus

import (
	_ "embed"

	"github.com/goccy/go-yaml"
)

//go:embed places.yaml
var placesYAML []byte

// oblast is a first-level place of Kyrgyzstan and the raions and cities in it.
type oblast struct {
	ID     string  `yaml:"id"`
	Name   Wording `yaml:"name"`
	Raions []raion `yaml:"raions"`
}

type raion struct {
	ID   string  `yaml:"id"`
	Name Wording `yaml:"name"`
}

// oblasts are read once: the file is part of the program, so an error in it is one of the program's.
var oblasts = mustOblasts()

func mustOblasts() []oblast {
	var out []oblast
	if err := yaml.UnmarshalWithOptions(placesYAML, &out, yaml.Strict()); err != nil {
		panic("menus: places.yaml: " + err.Error())
	}
	return out
}

// Oblasts lists the first-level places of Kyrgyzstan.
func Oblasts() []Place {
	out := make([]Place, len(oblasts))
	for i, o := range oblasts {
		out[i] = Place{o.ID, o.Name}
	}
	return out
}

// Raions lists the raions and cities of an oblast, or none.
func Raions(oblastID string) []Place {
	for _, o := range oblasts {
		if o.ID != oblastID {
			continue
		}
		out := make([]Place, len(o.Raions))
		for i, r := range o.Raions {
			out[i] = Place(r)
		}
		return out
	}
	return nil
}

// places are the choices of a place question.
func (t *turn) places(q *Question) []Place {
	if q.In == "" {
		return Oblasts()
	}
	parent, _ := t.earlier(q.In)
	return Raions(parent)
}

// earlier is the answer to another question: of the same form, else of an ask node.
func (t *turn) earlier(name string) (string, bool) {
	if value, ok := t.state.answer(t.state.Here.Node + "/" + name); ok {
		return value, true
	}
	return t.state.answer(name)
}

// placeName finds the name of an oblast or raion.
func placeName(id string) Wording {
	for _, o := range oblasts {
		if o.ID == id {
			return o.Name
		}
		for _, r := range o.Raions {
			if r.ID == id {
				return r.Name
			}
		}
	}
	return Wording{Russian: id}
}
