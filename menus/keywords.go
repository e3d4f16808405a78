package menus

import (
	"strings"
	"unicode"
)

// keywordLetters brings letters to the one people type when their keypad has no other: Kyrgyz and Uzbek letters to Russian ones, letters with
// marks to plain Latin. Spellings follow the folding rules of the keyword list, 2026-11-21.
var keywordLetters = map[rune]string{
	'ё': "е", 'ң': "н", 'ө': "о", 'ү': "у", 'ў': "у", 'қ': "к", 'ғ': "г", 'ҳ': "х", 'й': "и",
	'ö': "o", 'ü': "u", 'ı': "i", 'ş': "sh", 'ç': "ch", 'ñ': "n",
}

// FoldKeyword brings a keyword, or a text that may be one, to the form in which keywords are compared: lower case, one space between words,
// no punctuation, and only letters that every keypad has.
func FoldKeyword(text string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(Fold(text)) {
		switch folded, ok := keywordLetters[r]; {
		case ok:
			b.WriteString(folded)
		case unicode.IsLetter(r), unicode.IsDigit(r):
			b.WriteRune(r)
		case unicode.IsSpace(r):
			b.WriteByte(' ')
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}
