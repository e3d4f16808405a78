package sms_test

import (
	"strings"
	"testing"
	"unicode/utf16"
	"unicode/utf8"

	"pgregory.net/rapid"

	"sapar/sms"
)

// gsm is GSM 03.38 written out by itself, for an oracle that shares nothing with menus.Measure.
const (
	gsmBasic = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?" +
		"¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
	gsmEscaped = "\f^{}\\[~]|€"
)

// octets packs a text as a phone does and says how many octets the air carries, with the header of a joined message when it has one.
func octets(text string, wide, joined bool) int {
	header := 0
	if joined {
		header = 6
	}
	if wide {
		return header + 2*len(utf16.Encode([]rune(text)))
	}
	bits := 7 * ((header*8 + 6) / 7) // the header is filled up to a whole septet
	for _, r := range text {
		bits += 7
		if strings.ContainsRune(gsmEscaped, r) {
			bits += 7
		}
	}
	return (bits + 7) / 8
}

func wide(text string) bool {
	return strings.ContainsFunc(text, func(r rune) bool { return !strings.ContainsRune(gsmBasic+gsmEscaped, r) })
}

func TestPartsFitTheAirAndJoinToTheText(t *testing.T) {
	letters := []rune(gsmBasic + gsmEscaped + gsmEscaped + "ңөүЖ😀👩🏽\u200d“")
	rapid.Check(t, func(t *rapid.T) {
		latin := rapid.Bool().Draw(t, "latin")
		from := letters
		if latin {
			from = []rune(gsmBasic + gsmEscaped)
		}
		text := string(rapid.SliceOfN(rapid.SampledFrom(from), 0, 500).Draw(t, "text"))
		parts := sms.Parts(text)
		if strings.Join(parts, "") != text || len(parts) != sms.Segments(text) {
			t.Fatalf("%d parts, %d segments, joined %q", len(parts), sms.Segments(text), strings.Join(parts, ""))
		}
		if whole := octets(text, wide(text), false); (whole <= 140) != (len(parts) == 1) {
			t.Fatalf("%d parts of a text of %d octets", len(parts), whole)
		}
		for i, part := range parts {
			if n := octets(part, wide(text), len(parts) > 1); n > 140 || !utf8.ValidString(part) {
				t.Fatalf("part %d has %d octets", i, n)
			}
			if i+1 < len(parts) { // greedy: the next character did not fit
				_, width := utf8.DecodeRuneInString(parts[i+1])
				if octets(part+parts[i+1][:width], wide(text), true) <= 140 {
					t.Fatalf("part %d could hold one more", i)
				}
			}
		}
	})
}

func TestPartsAtTheBorders(t *testing.T) {
	for _, c := range []struct {
		text  string
		parts []int // characters of each
	}{
		{"", []int{0}},
		{strings.Repeat("a", 160), []int{160}},
		{strings.Repeat("a", 161), []int{153, 8}},
		{strings.Repeat("ы", 70), []int{70}},
		{strings.Repeat("ы", 71), []int{67, 4}},
		{strings.Repeat("[", 80), []int{80}},
		{strings.Repeat("[]{}", 40), []int{76, 76, 8}}, // as Kannel 1.4.5 cuts it
		{strings.Repeat("😀", 35), []int{35}},
		{strings.Repeat("😀", 36), []int{33, 3}},
		{strings.Repeat("a", 152) + "€" + strings.Repeat("a", 10), []int{152, 11}},
		{strings.Repeat("ы", 66) + "😀ыыы", []int{66, 4}},
	} {
		var got []int
		for _, part := range sms.Parts(c.text) {
			got = append(got, utf8.RuneCountInString(part))
		}
		if len(got) != len(c.parts) {
			t.Errorf("%.20q is cut into %v, want %v", c.text, got, c.parts)
			continue
		}
		for i := range got {
			if got[i] != c.parts[i] {
				t.Errorf("%.20q is cut into %v, want %v", c.text, got, c.parts)
				break
			}
		}
	}
}

func TestBytesThatAreNoUTF8AreNeitherLostNorADanger(t *testing.T) {
	text := strings.Repeat("\xff\xd0", 200)
	if strings.Join(sms.Parts(text), "") != text {
		t.Error("the parts do not join to the text")
	}
}
