package broadcasts

import (
	_ "embed"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/goccy/go-yaml"

	"sapar/menus"
)

//go:embed templates.yaml
var templatesYAML []byte

// Template is a text worded beforehand, with blanks.
type Template struct {
	ID     string            `yaml:"id"`
	About  string            `yaml:"about"` // for operators
	Topic  string            `yaml:"topic"`
	Urgent bool              `yaml:"urgent"`
	Blanks map[string]string `yaml:"blanks"` // what belongs into each
	Text   menus.Wording     `yaml:"text"`
}

// Templates are those the program is built with.
var Templates = sync.OnceValues(func() (all []Template, err error) {
	if err := yaml.UnmarshalWithOptions(templatesYAML, &all, yaml.Strict()); err != nil {
		return nil, fmt.Errorf("read templates: %w", err)
	}
	return all, nil
})

// FindTemplate is one of them; the error lists all.
func FindTemplate(id string) (Template, error) {
	all, err := Templates()
	if err != nil {
		return Template{}, err
	}
	var ids []string
	for _, t := range all {
		if t.ID == id {
			return t, nil
		}
		ids = append(ids, t.ID)
	}
	return Template{}, fmt.Errorf("no template %q; there are %s", id, strings.Join(ids, ", "))
}

// Fill fills the blanks: a value is named by its blank, or by blank and language (city.ky) where it differs. The error lists what is missing, and
// what is no blank.
func (t *Template) Fill(values map[string]string) (menus.Wording, error) {
	var problems []string
	for name := range values {
		blank, _, _ := strings.Cut(name, ".")
		if _, ok := t.Blanks[blank]; !ok {
			problems = append(problems, name+" is no blank")
		}
	}
	out := menus.Wording{}
	for _, language := range menus.Languages {
		text := t.Text[language]
		for _, blank := range slices.Sorted(maps.Keys(t.Blanks)) {
			value := values[blank+"."+string(language)]
			if value == "" {
				value = values[blank]
			}
			if strings.TrimSpace(value) == "" {
				problems = append(problems, fmt.Sprintf("%s.%s is missing: %s", blank, language, t.Blanks[blank]))
			}
			text = strings.ReplaceAll(text, "{"+blank+"}", strings.TrimSpace(value))
		}
		out[language] = text
	}
	if len(problems) > 0 {
		slices.Sort(problems)
		return nil, fmt.Errorf("template %s: %s", t.ID, strings.Join(problems, "; "))
	}
	return out, nil
}
