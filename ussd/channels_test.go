package ussd_test

import (
	"errors"
	"slices"
	"testing"

	"sapar/callbacks"
	"sapar/menus"
	"sapar/ussd"
)

// none makes no carrier; it stands in for the kinds, which ussd does not know.
func none(kind string, settings callbacks.Settings) (ussd.Carrier, error) {
	var s struct {
		Word string `yaml:"word"`
	}
	if err := settings.Read(&s); err != nil {
		return nil, err
	}
	switch {
	case kind != "none":
		return nil, errors.New("no such kind")
	case s.Word == "bad":
		return nil, &callbacks.BadSetting{Key: "word", Why: "is bad"}
	}
	return nil, nil
}

const secret = "abcdefgh-12345678"

func TestAChannelIsReadWithItsScreenSecretAndTree(t *testing.T) {
	channels, err := ussd.ReadChannels("c.yaml", []byte(`
ussd:
  - {name: a, kind: none, secret: abcdefgh-12345678, screen: {septets: 160, units: 70}, first_screen: {septets: 140, units: 60}, charset: ascii, tree: main}
  - {name: b, kind: none, settings: {word: good}}
sms:
  - {name: c, kind: whatever}
`), none)
	if err != nil {
		t.Fatal(err)
	}
	a, b := channels[0], channels[1]
	if a.Name != "a" || a.Kind != "none" || a.Tree != "main" || a.Open() || !slices.Equal(a.Secrets, []string{secret}) {
		t.Errorf("read %+v", a)
	}
	small := menus.Channel{First: menus.Limit{Septets: 140, Units: 60}, Later: menus.Limit{Septets: 160, Units: 70}, Charset: menus.ASCIIOnly}
	if a.Screen != small {
		t.Errorf("the screen of a is %+v", a.Screen)
	}
	standard := menus.Limit{Septets: 182, Units: 80}
	if b.Screen != (menus.Channel{First: standard, Later: standard, Charset: menus.UCS2}) || !b.Open() {
		t.Errorf("without settings a channel is %+v", b)
	}
}

func TestWhatIsWrongWithAChannelsFileIsSaidWithItsPlace(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"an unknown part", "usd: []", `c.yaml:1:1: unknown field "usd"`},
		{"an unknown key", "ussd:\n  - name: a\n    knd: none\n", `c.yaml:3:5: unknown field "knd"`},
		{"a name", "ussd:\n  - name: A/b\n    kind: none\n", "c.yaml:2:5: a channel has a name of a-z, 0-9 and -, at most 40 letters: it stands in its address"},
		{"no name", "ussd:\n  - kind: none\n", "c.yaml:2:5: a channel has a name of a-z, 0-9 and -, at most 40 letters: it stands in its address"},
		{"a name twice", "ussd:\n  - {name: a, kind: none}\n  - {name: a, kind: none}\n", "c.yaml:3:6: another channel has this name"},
		{"a kind", "ussd:\n  - name: a\n    kind: some\n", "c.yaml:3:5: no such kind"},
		{"a setting", "ussd:\n  - name: a\n    kind: none\n    settings:\n      word: bad\n", "c.yaml:5:7: word: is bad"},
		{"an unknown setting", "ussd:\n  - name: a\n    kind: none\n    settings:\n      wrd: bad\n", `c.yaml:5:7: unknown field "wrd"`},
		{"a tiny screen", "ussd:\n  - name: a\n    kind: none\n    screen: {septets: 160, units: 7}\n", "c.yaml:4:5: a screen holds 60 septets and 40 units or more, at most 1000"},
		{"a huge first screen", "ussd:\n  - name: a\n    kind: none\n    first_screen: {septets: 1600, units: 70}\n", "c.yaml:4:5: a screen holds 60 septets and 40 units or more, at most 1000"},
		{"half a screen", "ussd:\n  - name: a\n    kind: none\n    screen: {septets: 160}\n", "c.yaml:4:5: a screen holds 60 septets and 40 units or more, at most 1000"},
		{"a charset", "ussd:\n  - name: a\n    kind: none\n    charset: utf8\n", "c.yaml:4:5: a charset is ucs2, transliterate or ascii"},
		{"a timeout", "ussd:\n  - name: a\n    kind: none\n    timeout: 1s\n", "c.yaml:4:5: a timeout is 1.5s to 3s here"},
		{"an address", "ussd:\n  - name: a\n    kind: none\n    allow: [here]\n", "c.yaml:4:13: is neither an address nor a network as 192.0.2.0/24, with nothing behind its mask"},
		{"two channels", "ussd:\n  - name: a\n    kind: some\n  - name: b\n    kind: some\n", "c.yaml:3:5: no such kind\nc.yaml:5:5: no such kind"},
		{"an empty secret", "ussd:\n  - name: a\n    kind: none\n    secret: ''\n", "c.yaml:4:5: a secret has 16 to 200 letters of A-Z, a-z, 0-9, - and _"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := ussd.ReadChannels("c.yaml", []byte(c.text), none)
			if err == nil || err.Error() != c.want {
				t.Errorf("got  %v\nwant %s", err, c.want)
			}
		})
	}
}
