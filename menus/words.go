package menus

import (
	"embed"

	"github.com/goccy/go-yaml"
)

//go:embed lang/*.yaml
var langFiles embed.FS

// Words are the engine's own words in one language: one file of lang/ each, and every one is required.
type Words struct {
	Back         string `yaml:"back"`      // of the navigation line, behind its key
	Home         string `yaml:"home"`      // likewise
	More         string `yaml:"more"`      // likewise
	Wrong        string `yaml:"wrong"`     // a key that is no choice
	Help         string `yaml:"help"`      // after three wrong keys
	Stopped      string `yaml:"stopped"`   // after STOP, and how to undo it
	Bye          string `yaml:"bye"`       // after 000: nothing of what was read
	Resume       string `yaml:"resume"`    // a dropped dialogue is offered
	Continue     string `yaml:"continue"`  // go on with it
	StartOver    string `yaml:"startover"` // begin anew
	Yes          string `yaml:"yes"`
	No           string `yaml:"no"`
	Unknown      string `yaml:"unknown"` // an answer left out
	Review       string `yaml:"review"`  // above all answers
	Send         string `yaml:"send"`
	Edit         string `yaml:"edit"`
	EditWhich    string `yaml:"editwhich"`
	Noted        string `yaml:"noted"`    // a yes or no to a topic was taken
	NotSent      string `yaml:"notsent"`  // the person said no
	NotSaved     string `yaml:"notsaved"` // nothing can be stored now
	AsOf         string `yaml:"asof"`     // the date of a source beside a number; holds {date}
	Unconfirmed  string `yaml:"unconfirmed"`
	Tick         string `yaml:"tick"`
	Untick       string `yaml:"untick"`
	TextMe       string `yaml:"textme"`    // asks for what stands here by SMS
	TextAsked    string `yaml:"textasked"` // it was asked for
	BadDate      string `yaml:"baddate"`
	BadNumber    string `yaml:"badnumber"` // holds {min} and {max}
	BadDigits    string `yaml:"baddigits"`
	BadPhone     string `yaml:"badphone"`
	BadText      string `yaml:"badtext"` // holds {max}
	BadReference string `yaml:"badreference"`
}

// words are read once: the files are part of the program, so an error in one is an error of the program.
var words = mustWords()

func mustWords() map[Language]*Words {
	out := make(map[Language]*Words, len(Languages))
	for _, lang := range Languages {
		text, err := langFiles.ReadFile("lang/" + string(lang) + ".yaml")
		if err != nil {
			panic("menus: " + err.Error())
		}
		w := new(Words)
		if err := yaml.UnmarshalWithOptions(text, w, yaml.Strict()); err != nil {
			panic("menus: lang/" + string(lang) + ".yaml: " + err.Error())
		}
		out[lang] = w
	}
	return out
}

// wordsOf returns the words of a language; Russian stands in for one that is not known.
func wordsOf(lang Language) *Words {
	if w, ok := words[lang]; ok {
		return w
	}
	return words[Russian]
}
