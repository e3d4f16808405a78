package menus

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Transliterate writes Cyrillic in Latin letters of GSM 03.38, for handsets and carriers that show no Cyrillic. Kyrgyz follows
// BGN/PCGN 1979 without the hard and soft signs, a Cyrillic name in any other language the spelling of Russian passports. Case is
// kept: "Щи" is "Shchi" and "ЩИ" is "SHCHI". All else stays as it is (punctuation is left to Fold), and a text without Cyrillic
// is returned without a copy.
func Transliterate(text string, lang Language) string {
	table := &russianLetters
	if lang == Kyrgyz {
		table = &kyrgyzLetters
	}
	var b strings.Builder
	done, before := 0, rune(0)
	for i, r := range text {
		spelling, known := table.spell(r)
		if known || isCombining(r) && isCyrillic(before) {
			if done == 0 {
				b.Grow(len(text))
			}
			b.WriteString(text[done:i])
			done = i + utf8.RuneLen(r)
			writeCased(&b, spelling, r, before, text[done:])
		}
		before = r
	}
	if done == 0 {
		return text
	}
	b.WriteString(text[done:])
	return b.String()
}

// isCombining reports an accent that is written behind its letter: a stress mark, or a half of a decomposed й or ё.
func isCombining(r rune) bool {
	return r >= 0x0300 && r <= 0x036F || r >= 0x0483 && r <= 0x0487
}

// writeCased writes the spelling of a letter in the letter's case. What stands before and after decides for a capital of several
// Latin letters whether the whole word is in capitals.
func writeCased(b *strings.Builder, spelling string, letter, before rune, after string) {
	switch {
	case spelling == "" || !unicode.IsUpper(letter):
		b.WriteString(spelling)
	case shouted(before, after):
		b.WriteString(strings.ToUpper(spelling))
	default:
		first, width := utf8.DecodeRuneInString(spelling)
		b.WriteRune(unicode.ToUpper(first))
		b.WriteString(spelling[width:])
	}
}

// shouted tells whether a capital belongs to a word in capitals: by the letter after it, at the end of a word by the one before.
func shouted(before rune, after string) bool {
	next, _ := utf8.DecodeRuneInString(after)
	if unicode.IsLetter(next) {
		return unicode.IsUpper(next)
	}
	return unicode.IsUpper(before)
}

// ASCII spells the letters and signs of GSM 03.38 that are outside ASCII in ASCII, for carriers that lose them. It blurs the
// difference of Kyrgyz ö and o, ü and u. Characters outside GSM 03.38 stay: fold and transliterate first.
func ASCII(text string) string {
	return replace(text, asciiSpelling)
}

// asciiSpelling is the spelling of one character of GSM 03.38 that is outside ASCII.
func asciiSpelling(r rune) (word string, known bool) {
	if r < utf8.RuneSelf {
		return "", false
	}
	if word, known = asciiLetter(r); known {
		return word, true
	}
	return asciiSign(r)
}

func asciiLetter(r rune) (word string, known bool) {
	switch r {
	case 'Ä', 'Å':
		return "A", true
	case 'ä', 'å', 'à':
		return "a", true
	case 'Æ':
		return "AE", true
	case 'æ':
		return "ae", true
	case 'Ç':
		return "C", true
	case 'É':
		return "E", true
	case 'é', 'è':
		return "e", true
	case 'ì':
		return "i", true
	case 'Ñ':
		return "N", true
	case 'ñ':
		return "n", true
	case 'Ö', 'Ø':
		return "O", true
	case 'ö', 'ø', 'ò':
		return "o", true
	case 'ß':
		return "ss", true
	case 'Ü':
		return "U", true
	case 'ü', 'ù':
		return "u", true
	}
	return "", false
}

// asciiSign spells the money signs by their ISO 4217 codes and the Greek capitals by their sound.
func asciiSign(r rune) (word string, known bool) {
	switch r {
	case '¡':
		return "!", true
	case '¿':
		return "?", true
	case '§':
		return "S", true
	case '¤':
		return "*", true
	case '£':
		return "GBP", true
	case '¥':
		return "JPY", true
	case '€':
		return "EUR", true
	case 'Δ':
		return "D", true
	case 'Φ':
		return "F", true
	case 'Γ':
		return "G", true
	case 'Λ':
		return "L", true
	case 'Ω':
		return "O", true
	case 'Π':
		return "P", true
	case 'Ψ':
		return "PS", true
	case 'Σ':
		return "S", true
	case 'Θ':
		return "TH", true
	case 'Ξ':
		return "X", true
	}
	return "", false
}
