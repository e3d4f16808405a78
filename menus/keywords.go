package menus

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// keywordLetter brings a letter to the one people type when their keypad has no other: Kyrgyz and Uzbek letters to Russian ones, letters with
// marks to plain Latin, and the Greek capitals of GSM 03.38, which phones without Cyrillic offer, to the Cyrillic ones they look like.
// Spellings follow the folding rules of the keyword list, 2026-11-21.
func keywordLetter(r rune) (spelling string, known bool) {
	switch r {
	case 'ё':
		return "е", true
	case 'ң':
		return "н", true
	case 'ө':
		return "о", true
	case 'ү', 'ў':
		return "у", true
	case 'қ':
		return "к", true
	case 'ғ', 'γ':
		return "г", true
	case 'ҳ', 'һ':
		return "х", true
	case 'й', 'і':
		return "и", true
	case 'ö':
		return "o", true
	case 'ü':
		return "u", true
	case 'ı':
		return "i", true
	case 'ş':
		return "sh", true
	case 'ç':
		return "ch", true
	case 'ñ':
		return "n", true
	case 'π':
		return "п", true
	case 'φ':
		return "ф", true
	case 'λ':
		return "л", true
	case 'δ':
		return "д", true
	}
	return "", false
}

// lookAlikes are the small Latin letters whose small or capital form looks like a Cyrillic letter's. In each pair the first is Latin.
// Source: https://www.unicode.org/Public/security/latest/confusables.txt, by capitals too, as people type them (2026-11-21).
var lookAlikes = [][2]rune{
	{'a', 'а'}, {'b', 'в'}, {'c', 'с'}, {'e', 'е'}, {'h', 'н'}, {'k', 'к'}, {'m', 'м'}, {'o', 'о'}, {'p', 'р'}, {'t', 'т'}, {'x', 'х'}, {'y', 'у'},
}

var toCyrillic, toLatin = alphabets()

func alphabets() (toCyrillic, toLatin map[rune]rune) {
	toCyrillic, toLatin = map[rune]rune{}, map[rune]rune{}
	for _, pair := range lookAlikes {
		toCyrillic[pair[0]], toLatin[pair[1]] = pair[1], pair[0]
	}
	return toCyrillic, toLatin
}

// FoldKeyword brings a keyword, or a text that may be one, to the form in which keywords are compared: lower case, one space between words,
// no punctuation, and only letters that every keypad has. A word that mixes alphabets is brought to the one that it can be read in, and in
// Latin words zh is j, y is i, and kh and x are h. Folding what is folded changes nothing.
func FoldKeyword(text string) string {
	return foldWords(text, func(word []rune) []rune { return word })
}

// FoldLookAlikes is FoldKeyword for a text whose Latin words may be Cyrillic ones typed without Cyrillic letters, by their looks: KAMKOP.
// Only words all of whose letters have such a look are read so.
func FoldLookAlikes(text string) string {
	return foldWords(text, func(word []rune) []rune {
		if count(word, toCyrillic) == letterCount(word) {
			return convert(word, toCyrillic)
		}
		return word
	})
}

func foldWords(text string, read func([]rune) []rune) string {
	words := strings.Fields(separate(strings.ToLower(Fold(text))))
	for i, word := range words {
		words[i] = foldLatin(read(oneAlphabet([]rune(word))))
	}
	return strings.Join(words, " ")
}

// separate keeps letters and digits, drops quotes, apostrophes and accents, and puts spaces for all other marks; but a dot or a hyphen
// behind a single letter only spells a word out: S.O.S.
func separate(text string) string {
	var b strings.Builder
	b.Grow(len(text))
	run := 0 // letters and digits since the last mark
	for _, r := range text {
		letter, known := keywordLetter(r)
		switch {
		case known:
			b.WriteString(letter)
			run++
		case unicode.IsLetter(r), unicode.IsDigit(r):
			b.WriteRune(r)
			run++
		case r == '\'' || r == '"' || !unicode.IsSpace(r) && unicode.In(r, unicode.M, unicode.C):
		case run == 1 && (r == '.' || r == '-'):
			run = 0
		default:
			b.WriteByte(' ')
			run = 0
		}
	}
	return b.String()
}

// oneAlphabet reads a word of both alphabets in the one that has all its letters; where both have, in the one that most are typed in.
func oneAlphabet(word []rune) []rune {
	latin, cyrillic := 0, 0
	for _, r := range word {
		switch {
		case unicode.Is(unicode.Latin, r):
			latin++
		case unicode.Is(unicode.Cyrillic, r):
			cyrillic++
		}
	}
	if latin == 0 || cyrillic == 0 {
		return word
	}
	readsCyrillic, readsLatin := count(word, toCyrillic) == latin, count(word, toLatin) == cyrillic
	switch {
	case readsCyrillic && (!readsLatin || cyrillic >= latin):
		return convert(word, toCyrillic)
	case readsLatin:
		return convert(word, toLatin)
	}
	return word
}

func letterCount(word []rune) int {
	n := 0
	for _, r := range word {
		if unicode.IsLetter(r) {
			n++
		}
	}
	return n
}

// count says how many letters of a word are in an alphabet's table.
func count(word []rune, table map[rune]rune) int {
	n := 0
	for _, r := range word {
		if _, known := table[r]; known {
			n++
		}
	}
	return n
}

func convert(word []rune, table map[rune]rune) []rune {
	for i, r := range word {
		if other, known := table[r]; known {
			word[i] = other
		}
	}
	return word
}

// foldLatin makes one spelling of those that Latin letters have for a sound: zh and j, y and i, kh and h and x. It goes by what is already
// written, so that its result holds none of the pairs.
func foldLatin(word []rune) string {
	out := make([]byte, 0, len(word)*2)
	for _, r := range word {
		switch r {
		case 'y':
			r = 'i'
		case 'h', 'x':
			r = 'h'
			for len(out) > 0 && out[len(out)-1] == 'k' {
				out = out[:len(out)-1]
			}
			if len(out) > 0 && out[len(out)-1] == 'z' {
				out, r = out[:len(out)-1], 'j'
			}
		}
		out = utf8.AppendRune(out, r)
	}
	return string(out)
}
