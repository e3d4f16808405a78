package sms

import (
	"unicode/utf8"

	"sapar/menus"
)

// How much one message of the air interface holds: alone, or with the header that joins it to others.
// Source: 3GPP TS 23.040 9.2.3.24 and TS 23.038 6.2 (2026-11-21): 140 octets, of which the header 05 00 03 RR TT SS takes six.
const (
	loneSeptets, joinedSeptets = 160, 153
	loneUnits, joinedUnits     = 70, 67
)

// Segments is how many messages a text becomes on the air, which is what carriers charge and limit; an empty text is one.
func Segments(text string) int {
	n := 0
	eachPart(text, func(string) { n++ })
	return n
}

// Parts cuts a text into what each of its segments carries. Joined they are the text again; neither an escape pair of GSM 03.38 nor
// a surrogate pair of UCS-2 is ever cut.
func Parts(text string) []string {
	var parts []string
	eachPart(text, func(part string) { parts = append(parts, part) })
	return parts
}

func eachPart(text string, visit func(part string)) {
	size := menus.Measure(text)
	room, joined := size.Septets, joinedSeptets
	lone := loneSeptets
	if size.Wide {
		room, lone, joined = size.Units, loneUnits, joinedUnits
	}
	if room <= lone {
		visit(text)
		return
	}
	for text != "" {
		n := partLength(text, size.Wide, joined)
		visit(text[:n])
		text = text[n:]
	}
}

// partLength is how many bytes of a text fit into one part, whole characters only.
func partLength(text string, wide bool, room int) int {
	used := 0
	for i := 0; i < len(text); {
		_, width := utf8.DecodeRuneInString(text[i:])
		size := menus.Measure(text[i : i+width])
		if wide {
			used += size.Units
		} else {
			used += size.Septets
		}
		if used > room {
			return i
		}
		i += width
	}
	return len(text)
}
