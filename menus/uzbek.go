package menus

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// UzbekCyrillic writes Uzbek Latin text in Cyrillic, for readers who learned to read before the change of alphabet. What is not
// an Uzbek word stays Latin: acronyms (SIM), words in capitals of two to four letters, codes that mix capitals and digits, words
// with a capital inside (RuID) or with a letter Uzbek lacks, and addresses (gov.uz). Latin does not tell т+с and ц apart: ц stands
// where no Uzbek ending can make the letters meet, as in politsiya and litsenziya; elsewhere it is т+с, as in ruxsatsiz.
func UzbekCyrillic(text string) string {
	var b strings.Builder
	b.Grow(2 * len(text))
	for text != "" {
		end := strings.IndexFunc(text, unicode.IsSpace)
		if end < 0 {
			end = len(text)
		}
		writeUzbek(&b, text[:end])
		_, space := utf8.DecodeRuneInString(text[end:])
		b.WriteString(text[end : end+space])
		text = text[end+space:]
	}
	return b.String()
}

// writeUzbek writes one run of characters without space: words with the marks around and between them, or an address.
func writeUzbek(b *strings.Builder, run string) {
	if isAddress(run) {
		b.WriteString(run)
		return
	}
	for run != "" {
		start := strings.IndexFunc(run, inWord)
		if start < 0 {
			start = len(run)
		}
		b.WriteString(run[:start])
		run = run[start:]
		end := strings.IndexFunc(run, outsideWord)
		if end < 0 {
			end = len(run)
		}
		writeUzbekWord(b, run[:end])
		run = run[end:]
	}
}

// isAddress reports a web or mail address or a chat name: something@, or a dot between a name and two or more small letters.
// "1.Konsul", "A.Navoiy" and "h.k." are none.
func isAddress(run string) bool {
	if strings.ContainsRune(run, '@') {
		return true
	}
	run = strings.TrimRight(run, ".,:;!?)")
	dot := strings.LastIndexByte(run, '.')
	if dot < 1 || len(run) < dot+3 || !isSmall(run[dot+1]) || !isSmall(run[dot+2]) {
		return false
	}
	before, _ := utf8.DecodeLastRuneInString(run[:dot])
	return inWord(before) && strings.ContainsFunc(run[:dot], unicode.IsLetter)
}

func isSmall(c byte) bool {
	return c >= 'a' && c <= 'z'
}

// inWord reports the characters Uzbek words are made of, digits, and every mark people type for the apostrophe.
func inWord(r rune) bool {
	return unicode.IsLetter(r) || unicode.IsDigit(r) || isApostrophe(r)
}

func outsideWord(r rune) bool {
	return !inWord(r)
}

// isApostrophe reports the apostrophe and the marks that Fold turns into it.
func isApostrophe(r rune) bool {
	plain, _ := plainMark(r)
	return r == '\'' || plain == "'"
}

// writeUzbekWord writes one word in Cyrillic, or as it is when it is not Uzbek.
func writeUzbekWord(b *strings.Builder, word string) {
	plain := Fold(word)
	if staysLatin(plain) {
		b.WriteString(word)
		return
	}
	for i := 0; i < len(plain); {
		letter, width := uzbekLetter(plain, i)
		if isCapital(plain, i) {
			letter = unicode.ToUpper(letter)
		}
		b.WriteRune(letter)
		i += width
	}
}

// isCapital reports the case of the letter at a place; an apostrophe within a word has that of the letter behind it.
func isCapital(word string, i int) bool {
	if word[i] == '\'' && i+1 < len(word) {
		i++
	}
	return word[i] >= 'A' && word[i] <= 'Z'
}

// staysLatin reports a word that is an acronym, a code or a foreign word. Its apostrophes are plain.
func staysLatin(word string) bool {
	small, capitals, digits := 0, 0, 0
	for i, r := range word {
		switch {
		case r >= 'a' && r <= 'z':
			small++
		case r >= 'A' && r <= 'Z':
			capitals++
		case r >= '0' && r <= '9':
			digits++
		case r != '\'':
			return true
		}
		if c := lowerAt(word, i); c == 'w' || c == 'c' && lowerAt(word, i+1) != 'h' {
			return true
		}
	}
	if small > 0 {
		return capitals > 1
	}
	return capitals >= 2 && capitals <= 4 || digits > 0
}

// uzbekLetter is the small Cyrillic letter at byte i of a word, and how many Latin characters it stands for.
func uzbekLetter(word string, i int) (letter rune, width int) {
	c, next, third := lowerAt(word, i), lowerAt(word, i+1), lowerAt(word, i+2)
	switch {
	case c == '\'':
		return uzbekApostrophe(word, i), 1
	case c < 'a':
		return rune(c), 1
	case c == 's' && next == '\'' && third == 'h': // the apostrophe of Is'hoq only keeps s and h apart
		return 'с', 2
	case c == 'y' && next == 'o' && third == '\'': // yo'l is y + o', not yo
		return 'й', 1
	case c == 't' && isLoanedTs(word[i:]):
		return 'ц', 2
	case c == 'e' && strings.IndexFunc(word, unicode.IsLetter) == i:
		return 'э', 1
	}
	if pair := uzbekPair(c, next); pair != 0 {
		return pair, 2
	}
	return uzbekSingles[c-'a'], 1
}

// isLoanedTs reports a ts that is one letter of a Russian loanword.
func isLoanedTs(rest string) bool {
	rest = strings.ToLower(rest[:min(len(rest), len("tsenz"))])
	return strings.HasPrefix(rest, "tsiy") || strings.HasPrefix(rest, "tsenz")
}

// uzbekSingles are the letters a to z; c and w never stand alone in a word that is spelled in Cyrillic.
var uzbekSingles = [26]rune{
	'а', 'б', 'с', 'д', 'е', 'ф', 'г', 'ҳ', 'и', 'ж', 'к', 'л', 'м', 'н', 'о', 'п',
	'қ', 'р', 'с', 'т', 'у', 'в', 'в', 'х', 'й', 'з',
}

// uzbekPair is the letter that two Latin characters stand for together, 0 when they do not.
func uzbekPair(c, next byte) rune {
	switch string([]byte{c, next}) {
	case "o'":
		return 'ў'
	case "g'":
		return 'ғ'
	case "sh":
		return 'ш'
	case "ch":
		return 'ч'
	case "yo":
		return 'ё'
	case "yu":
		return 'ю'
	case "ya":
		return 'я'
	case "ye":
		return 'е'
	}
	return 0
}

// uzbekApostrophe is the hard sign within a word; at its edge the apostrophe is a quotation mark.
func uzbekApostrophe(word string, i int) rune {
	if i == 0 || i == len(word)-1 || lowerAt(word, i-1) < 'a' || lowerAt(word, i+1) < 'a' {
		return '\''
	}
	return 'ъ'
}

// lowerAt is the byte at a place of a word, a letter in lower case; 0 beyond the end.
func lowerAt(word string, i int) byte {
	if i >= len(word) {
		return 0
	}
	if c := word[i]; c < 'A' || c > 'Z' {
		return c
	}
	return word[i] + ('a' - 'A')
}
