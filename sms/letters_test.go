package sms_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"sapar/menus"
	"sapar/sms"
)

func TestLatinLettersAreOnlySentToWhoeverChoseThemOrWhereNoOthersArrive(t *testing.T) {
	long := strings.Repeat("ж", 71)
	for _, c := range []struct {
		letters    sms.Letters
		text, want string
	}{
		{sms.Letters{}, long, long},
		{sms.Letters{Language: menus.Russian, Script: menus.Cyrillic, Charset: menus.UCS2}, long, long},
		{sms.Letters{Language: menus.Russian, Script: menus.Latin}, "жена", "zhena"},
		{sms.Letters{Language: menus.Kyrgyz, Script: menus.Latin, Charset: menus.UCS2}, "жаңы өмүр", "jangy ömür"},
		{sms.Letters{Language: menus.Kyrgyz, Charset: menus.TransliterateAll}, "жаңы өмүр", "jangy ömür"},
		{sms.Letters{Language: menus.Kyrgyz, Charset: menus.ASCIIOnly}, "жаңы өмүр", "jangy omur"},
		{sms.Letters{Language: menus.Russian, Charset: menus.TransliterateAll}, "жена", "zhena"},
		{sms.Letters{Charset: menus.TransliterateAll}, "жена", "zhena"},
		{sms.Letters{Charset: menus.TransliterateAll}, "жаңы", "jangy"}, // ң is Kyrgyz
		{sms.Letters{Script: menus.Latin}, strings.Repeat("щ", 18) + "😀", strings.Repeat("щ", 18) + "😀"},
		{sms.Letters{Script: menus.Latin}, "Toshkent", "Toshkent"},
	} {
		if got := c.letters.Spell(c.text); got != c.want {
			t.Errorf("%+v: %q is sent as %q, want %q", c.letters, c.text, got, c.want)
		}
	}
}

func TestWhoeverChoseLatinNeverPaysMoreSegments(t *testing.T) {
	alphabets := map[menus.Language]string{
		menus.Kyrgyz:  "абвгдеёжзийклмнңоөпрстуүфхцчшщъыьэюя",
		menus.Russian: "абвгдеёжзийклмнопрстуфхцчшщъыьэюя",
		menus.Uzbek:   "abdefghijklmnopqrstuvxyzабвгдеёжзийклмнопрстуфхцчшъэюяўқғҳ'",
	}
	rapid.Check(t, func(t *rapid.T) {
		language := rapid.SampledFrom([]menus.Language{menus.Kyrgyz, menus.Russian, menus.Uzbek}).Draw(t, "language")
		letters := []rune(alphabets[language] + strings.ToUpper(alphabets[language]) + " .,!?-0123456789[]{}€№😀")
		text := string(rapid.SliceOfN(rapid.SampledFrom(letters), 0, 400).Draw(t, "text"))
		latin := sms.Letters{Language: language, Script: menus.Latin}.Spell(text)
		if sms.Segments(latin) > sms.Segments(text) {
			t.Fatalf("%d segments become %d", sms.Segments(text), sms.Segments(latin))
		}
		if kept := (sms.Letters{Language: language, Script: menus.Cyrillic}).Spell(text); kept != text {
			t.Fatal("a text was changed for a reader who did not ask for it")
		}
	})
}
