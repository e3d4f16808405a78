package menus

import "unicode/utf8"

// Size is how much room a text takes in both alphabets; the zero value is the size of an empty text.
type Size struct {
	Septets int  // room in GSM 03.38, where an extension character takes two; 0 when Wide
	Units   int  // room in UCS-2, in UTF-16 code units: an emoji takes two
	Wide    bool // some character is outside GSM 03.38, so the whole text goes out as UCS-2
}

// Plus is the size of one text followed by another.
func (s Size) Plus(t Size) Size {
	if s.Wide || t.Wide {
		return Size{Units: s.Units + t.Units, Wide: true}
	}
	return Size{Septets: s.Septets + t.Septets, Units: s.Units + t.Units}
}

// Limit is how much one screen holds: septets when every character is in GSM 03.38, else UTF-16 units.
type Limit struct{ Septets, Units int }

// Holds reports whether a text of this size fits.
func (l Limit) Holds(s Size) bool {
	if s.Wide {
		return s.Units <= l.Units
	}
	return s.Septets <= l.Septets
}

// Measure counts the room a text takes. A byte that is not UTF-8 counts as U+FFFD, which is what the phone would be sent.
func Measure(text string) Size {
	septets, units := 0, 0
	for i := 0; i < len(text); units++ {
		c, width := text[i], 1
		n := int(latinSeptets[c])
		if c >= utf8.RuneSelf {
			var r rune
			r, width = utf8.DecodeRuneInString(text[i:])
			n = septetsOf(r)
		}
		if n == 0 {
			return Size{Units: units + unitsIn(text[i:]), Wide: true}
		}
		septets += n
		i += width
	}
	return Size{Septets: septets, Units: units}
}

// unitsIn counts the UTF-16 code units of a text. Characters of one and two bytes, nearly all there are in Cyrillic text, are
// stepped over without decoding, which halves the time.
func unitsIn(text string) int {
	n := 0
	for i := 0; i < len(text); {
		c := text[i]
		switch {
		case c < utf8.RuneSelf:
			i++
			n++
		case c >= 0xC2 && c < 0xE0 && i+1 < len(text) && text[i+1]&0xC0 == 0x80:
			i += 2
			n++
		default:
			r, width := utf8.DecodeRuneInString(text[i:])
			i += width
			n += Units(r)
		}
	}
	return n
}

// sizeOf is the room one character takes.
func sizeOf(r rune) Size {
	n := septetsOf(r)
	return Size{Septets: n, Units: Units(r), Wide: n == 0}
}

// Units is how many UTF-16 code units a character takes: two outside the Basic Multilingual Plane, else one.
func Units(r rune) int {
	if r > 0xFFFF {
		return 2
	}
	return 1
}

// septetsOf is how many septets a character takes in GSM 03.38, 0 when it is not in that alphabet.
func septetsOf(r rune) int {
	if uint32(r) < uint32(len(latinSeptets)) {
		return int(latinSeptets[r])
	}
	return septetsBeyondLatin(r)
}

// septetsBeyondLatin knows the ten Greek capitals and the euro sign, the only characters of GSM 03.38 above U+00FF.
func septetsBeyondLatin(r rune) int {
	switch r {
	case 'Δ', 'Φ', 'Γ', 'Λ', 'Ω', 'Π', 'Ψ', 'Σ', 'Θ', 'Ξ':
		return 1
	case '€':
		return 2
	}
	return 0
}

// latinSeptets is what each character below U+0100 costs in GSM 03.38; 0 stands for not in the alphabet. Lower-case ç is not,
// while Ç is. Source: 3GPP TS 23.038 6.2.1, default alphabet and its extension table (2026-11-21).
var latinSeptets = [0x100]uint8{
	'\n': 1, '\r': 1,
	' ': 1, '!': 1, '"': 1, '#': 1, '$': 1, '%': 1, '&': 1, '\'': 1, '(': 1, ')': 1, '*': 1, '+': 1, ',': 1, '-': 1,
	'.': 1, '/': 1, '0': 1, '1': 1, '2': 1, '3': 1, '4': 1, '5': 1, '6': 1, '7': 1, '8': 1, '9': 1, ':': 1, ';': 1,
	'<': 1, '=': 1, '>': 1, '?': 1, '@': 1, 'A': 1, 'B': 1, 'C': 1, 'D': 1, 'E': 1, 'F': 1, 'G': 1, 'H': 1, 'I': 1,
	'J': 1, 'K': 1, 'L': 1, 'M': 1, 'N': 1, 'O': 1, 'P': 1, 'Q': 1, 'R': 1, 'S': 1, 'T': 1, 'U': 1, 'V': 1, 'W': 1,
	'X': 1, 'Y': 1, 'Z': 1, '_': 1, 'a': 1, 'b': 1, 'c': 1, 'd': 1, 'e': 1, 'f': 1, 'g': 1, 'h': 1, 'i': 1, 'j': 1,
	'k': 1, 'l': 1, 'm': 1, 'n': 1, 'o': 1, 'p': 1, 'q': 1, 'r': 1, 's': 1, 't': 1, 'u': 1, 'v': 1, 'w': 1, 'x': 1,
	'y': 1, 'z': 1,
	'¡': 1, '£': 1, '¤': 1, '¥': 1, '§': 1, '¿': 1, 'Ä': 1, 'Å': 1, 'Æ': 1, 'Ç': 1, 'É': 1, 'Ñ': 1, 'Ö': 1, 'Ø': 1,
	'Ü': 1, 'ß': 1, 'à': 1, 'ä': 1, 'å': 1, 'æ': 1, 'è': 1, 'é': 1, 'ì': 1, 'ñ': 1, 'ò': 1, 'ö': 1, 'ø': 1, 'ù': 1,
	'ü':  1,
	'\f': 2, '[': 2, '\\': 2, ']': 2, '^': 2, '{': 2, '|': 2, '}': 2, '~': 2,
}
