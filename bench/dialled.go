package bench

import (
	"net/http"
	"strings"

	"sapar/menus"
	"sapar/ussd"
)

// dialled is the door of dialled codes; the channel's own code makes the callbacks.
func dialled(channel ussd.Channel) door {
	return door{
		facts: menus.Facts{Channel: channel.Screen, Code: code, Texts: true},
		open: func(w *walker, language menus.Language) (string, menus.State, menus.Screen) {
			state, screen := menus.Open(w.tree, language, "", "", w.facts)
			return "", state, screen
		},
		request: func(inputs []string) (*http.Request, error) {
			return channel.Carrier.Call("http://bench/ussd/"+channel.Name, ussd.Dial{
				Key: sessionMark, Phone: "+" + phoneMark, Code: code, Path: strings.Join(inputs[1:], "*"), Whole: true,
			})
		},
		answer: func(screen menus.Screen) string {
			if screen.End {
				return "END " + screen.Text
			}
			return "CON " + screen.Text
		},
	}
}
