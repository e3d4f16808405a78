package operators

import (
	"embed"
	"fmt"

	"github.com/goccy/go-yaml"
	"golang.org/x/text/language"
)

//go:embed views/words/*.yaml
var wordFiles embed.FS

// languages are those of the console; the first one serves whoever asks for none of them.
var languages = []string{"ky", "ru", "en"}

var matcher = language.NewMatcher([]language.Tag{language.MustParse("ky"), language.Russian, language.English})

// words are the console's own words: by language, then by key.
type words map[string]map[string]string

func readWords() (words, error) {
	out := words{}
	for _, lang := range languages {
		text, err := wordFiles.ReadFile("views/words/" + lang + ".yaml")
		if err != nil {
			return nil, fmt.Errorf("read words: %w", err)
		}
		list := map[string]string{}
		if err := yaml.UnmarshalWithOptions(text, &list, yaml.Strict()); err != nil {
			return nil, fmt.Errorf("read words of %s: %w", lang, err)
		}
		out[lang] = list
	}
	return out, nil
}

// in is a word in a language; a key without one is shown as it is.
func (w words) in(lang, key string) string {
	if text := w[lang][key]; text != "" {
		return text
	}
	return key
}

// choose takes the language somebody has set, else what the browser asks for.
func (v *visit) choose(set string) {
	if _, ok := v.c.words[set]; ok {
		v.Lang = set
		return
	}
	_, at := language.MatchStrings(matcher, v.r.Header.Get("Accept-Language"))
	v.Lang = languages[at]
}
