package sms_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"sapar/callbacks"
	"sapar/menus"
	"sapar/sms"
)

// none makes no carrier; it stands in for the kinds, which sms does not know.
func none(kind string, settings sms.Settings) (sms.Carrier, bool, error) {
	var s struct {
		Word string `yaml:"word"`
	}
	if err := settings.Read(&s); err != nil {
		return nil, false, err
	}
	switch {
	case kind != "none" && kind != "signed":
		return nil, false, errors.New("no such kind")
	case s.Word == "bad":
		return nil, false, &callbacks.BadSetting{Key: "word", Why: "is bad"}
	}
	return nil, kind == "signed", nil
}

func readChannels(t *testing.T, text string) []sms.Channel {
	t.Helper()
	channels, err := sms.ReadChannels("c.yaml", []byte(text), "https://sapar.example/", none)
	if err != nil {
		t.Fatal(err)
	}
	return channels
}

func TestAChannelIsReadWithItsNumbersSendersAndRate(t *testing.T) {
	channels := readChannels(t, `
ussd:
  - {name: c, kind: whatever}
sms:
  - {name: a, kind: none, secret: abcdefgh-12345678, prefixes: ["+996", "+7"], failover: 2, senders: {"+": Sapar, "+996": "4040"}, rate: 2.5, charset: transliterate}
  - {name: b, kind: signed, settings: {word: good}}
  - {name: c, kind: none, prefixes: []}
`)
	a, b, c := channels[0], channels[1], channels[2]
	if a.Name != "a" || a.Kind != "none" || a.Open() || a.Failover != 2 || a.Rate != 2.5 || a.Charset != menus.TransliterateAll || !slices.Equal(a.Prefixes, []string{"+996", "+7"}) {
		t.Errorf("read %+v", a)
	}
	if b.Open() || !b.Secrets.Admits("") || !b.Sends() || b.Charset != menus.UCS2 || b.Sender("+996700000001") != "" {
		t.Errorf("a signed channel without settings is %+v", b)
	}
	if !c.Open() || c.Sends() {
		t.Errorf("a channel that only takes messages is %+v", c)
	}
	for number, want := range map[string]string{"+996700000001": "4040", "+79160000001": "Sapar"} {
		if got := a.Sender(number); got != want {
			t.Errorf("a message to %s is from %s, want %s", number, got, want)
		}
	}
}

func TestAReportComesToAnAddressWithOurID(t *testing.T) {
	channels := readChannels(t, "sms: [{name: a, kind: none, secret: abcdefgh-12345678}, {name: b, kind: none}]")
	id := uuid.MustParse("0190a5b2-6f3c-7d10-8a11-3f2b4c5d6e7f")
	for i, want := range []string{"https://sapar.example/sms/a/abcdefgh-12345678/status/" + id.String(), "https://sapar.example/sms/b/status/" + id.String()} {
		if got := channels[i].ReportAddress(id); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	if got := (sms.Channel{Name: "a"}).ReportAddress(id); got != "" {
		t.Errorf("without a public address reports come to %s", got)
	}
}

func TestAMessageGoesByTheLongestPrefixThenByFailover(t *testing.T) {
	channels := readChannels(t, `
sms:
  - {name: world, kind: none}
  - {name: kg-second, kind: none, prefixes: ["+996"], failover: 1}
  - {name: kg-first, kind: none, prefixes: ["+996"]}
  - {name: megacom, kind: none, prefixes: ["+99655", "+7"], failover: 9}
  - {name: inbound, kind: none, prefixes: []}
`)
	for _, c := range []struct{ to, preferred, want string }{
		{"+996700000001", "", "kg-first kg-second world"},
		{"+996550000001", "", "megacom kg-first kg-second world"},
		{"+79160000001", "", "megacom world"},
		{"+14155550100", "", "world"},
		{"+996700000001", "world", "world kg-first kg-second"},
		{"+996700000001", "kg-second", "kg-second kg-first world"},
		{"+996700000001", "megacom", "kg-first kg-second world"},
		{"+996700000001", "inbound", "kg-first kg-second world"},
	} {
		var names []string
		for _, ch := range sms.Route(channels, c.to, c.preferred) {
			names = append(names, ch.Name)
		}
		if got := strings.Join(names, " "); got != c.want {
			t.Errorf("to %s, preferring %q: %s, want %s", c.to, c.preferred, got, c.want)
		}
	}
	if sms.Route(channels[1:4], "+14155550100", "") != nil {
		t.Error("a number nobody serves has a way")
	}
}

func TestWhatIsWrongWithAChannelsFileIsSaidWithItsPlace(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"an unknown part", "sns: []", `c.yaml:1:1: unknown field "sns"`},
		{"an unknown key", "sms:\n  - name: a\n    knd: none\n", `c.yaml:3:5: unknown field "knd"`},
		{"a name", "sms:\n  - name: A/b\n    kind: none\n", "c.yaml:2:5: a channel has a name of a-z, 0-9 and -, at most 40 letters: it stands in its address"},
		{"a name twice", "sms:\n  - {name: a, kind: none}\n  - {name: a, kind: none}\n", "c.yaml:3:6: another channel has this name"},
		{"a kind", "sms:\n  - name: a\n    kind: some\n", "c.yaml:3:5: no such kind"},
		{"a setting", "sms:\n  - name: a\n    kind: none\n    settings:\n      word: bad\n", "c.yaml:5:7: word: is bad"},
		{"an unknown setting", "sms:\n  - name: a\n    kind: none\n    settings:\n      wrd: bad\n", `c.yaml:5:7: unknown field "wrd"`},
		{"a prefix", "sms:\n  - name: a\n    kind: none\n    prefixes: ['+7', '996']\n", "c.yaml:4:22: a prefix is a plus and digits, as +996; a plus alone is all numbers"},
		{"a sender's prefix", "sms:\n  - name: a\n    kind: none\n    senders: {'996': Sapar}\n", "c.yaml:4:15: senders are by prefix, a plus and digits, as +996; a plus alone is all others"},
		{"a sender", "sms:\n  - name: a\n    kind: none\n    senders: {'+': Sapar-of-Bishkek}\n", "c.yaml:4:15: a sender is a number as +996..., a short code, or a name of at most 11 letters, digits and signs"},
		{"a sender of another line", "sms:\n  - name: a\n    kind: none\n    senders: {'+': \"a\\nb\"}\n", "c.yaml:4:15: a sender is a number as +996..., a short code, or a name of at most 11 letters, digits and signs"},
		{"a rate", "sms:\n  - name: a\n    kind: none\n    rate: -1\n", "c.yaml:4:5: a rate is a number of segments a second, at most 10000; 0 is no limit"},
		{"a charset", "sms:\n  - name: a\n    kind: none\n    charset: utf8\n", "c.yaml:4:5: a charset is ucs2, transliterate or ascii"},
		{"an empty secret", "sms:\n  - name: a\n    kind: none\n    secret: ''\n", "c.yaml:4:5: a secret has 16 to 200 letters of A-Z, a-z, 0-9, - and _, and is no UUID"},
		{"a secret like an id", "sms:\n  - name: a\n    kind: none\n    secret: 0190a5b2-6f3c-7d10-8a11-3f2b4c5d6e7f\n", "c.yaml:4:5: a secret has 16 to 200 letters of A-Z, a-z, 0-9, - and _, and is no UUID"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := sms.ReadChannels("c.yaml", []byte(c.text), "", none)
			if err == nil || err.Error() != c.want {
				t.Errorf("got  %v\nwant %s", err, c.want)
			}
		})
	}
}

func TestThePublicAddressMustBeOne(t *testing.T) {
	for _, public := range []string{"sapar.example", "ftp://sapar.example", "https://", "https://u:p@sapar.example", "https://sapar.example/?x=1", "https://sapar.example/#x"} {
		if _, err := sms.ReadChannels("c.yaml", []byte("sms: []"), public, none); err == nil || !strings.Contains(err.Error(), "SAPAR_PUBLIC_URL") {
			t.Errorf("%s: %v", public, err)
		}
	}
}
