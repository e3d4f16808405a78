package bench

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"sapar/menus"
)

// texted is the door of texts, through the built-in channel form, whose answer carries the reply. A dialogue begins with a keyword.
func texted() door {
	room := menus.Limit{Septets: 2 * 153, Units: 2 * 67} // as sms.Door; where they differ every answer is wrong
	return door{
		facts:   menus.Facts{Channel: menus.Channel{First: room, Later: room, SMS: true}},
		open:    openKeyword,
		request: textRequest,
		answer:  func(screen menus.Screen) string { return screen.Text },
	}
}

// openKeyword draws a keyword of one word that leads to no form. A newcomer reads the language that its letters tell, or is asked.
func openKeyword(w *walker, language menus.Language) (string, menus.State, menus.Screen) {
	words := slices.Sorted(maps.Keys(w.tree.Keywords))
	for {
		word := words[w.random.IntN(len(words))]
		reads, script := language, menus.Script("")
		if !reads.Known() {
			reads = menus.GuessLanguage(word)
		}
		if !language.Known() && reads.Known() { // as sessions: only Cyrillic letters tell
			script = menus.Cyrillic
		}
		node := w.tree.Keywords[word]
		if strings.Contains(word, " ") || node == w.tree.Start {
			continue
		}
		if state, screen := menus.OpenAt(w.tree, reads, script, menus.Spot{Node: node}, w.facts); !screen.End && !w.asks(&state) {
			return word, state, screen
		}
	}
}

// textRequest is the callback of a text; its id tells the session and which text of it this is.
func textRequest(inputs []string) (*http.Request, error) {
	form := url.Values{
		"id": {fmt.Sprint(sessionMark, "-", len(inputs))}, "from": {"+" + phoneMark}, "to": {"4141"}, "text": {inputs[len(inputs)-1]},
	}
	request, err := http.NewRequest(http.MethodPost, "http://bench/sms/form", strings.NewReader(form.Encode()))
	if err == nil {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	return request, err
}
