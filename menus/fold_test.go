package menus

import (
	"testing"
	"unicode"
	"unicode/utf8"

	"pgregory.net/rapid"
)

// substitutions are the marks to fold, as the fixture has them.
func substitutions(t testing.TB) map[rune]string {
	t.Helper()
	var fixture struct{ Map map[string]string }
	readFixture(t, "gsm7_substitutions.json", &fixture)
	marks := map[rune]string{}
	for name, plain := range fixture.Map {
		marks[codePoint(t, name)] = plain
	}
	return marks
}

func TestEverySmartMarkFoldsToItsPlainMark(t *testing.T) {
	marks := substitutions(t)
	for r := rune(0); r <= utf8.MaxRune; r++ {
		plain, smart := marks[r]
		if !smart {
			plain = string(r)
		}
		if got := Fold("a" + string(r) + "b"); got != "a"+plain+"b" {
			t.Errorf("%U folds to %q, not %q", r, got, plain)
		}
	}
}

func TestEveryApostrophePeopleTypeInUzbekFoldsToTheASCIIOne(t *testing.T) {
	for _, mark := range "\u02BB\u02BC\u02BD\u2018\u2019\u201B\u0060\u00B4'" {
		if got := Fold("o" + string(mark) + "qish"); got != "o'qish" {
			t.Errorf("%U folds to %q", mark, got)
		}
		if !isApostrophe(mark) {
			t.Errorf("%U is no apostrophe", mark)
		}
	}
}

func TestFoldedTextStaysFoldedAndKeepsItsLetters(t *testing.T) {
	marks := substitutions(t)
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(anyText(), rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) string { return string(b) })).Draw(t, "text")
		folded := Fold(text)
		if again := Fold(folded); again != folded {
			t.Fatalf("%q folds again to %q", folded, again)
		}
		for _, r := range folded {
			if _, smart := marks[r]; smart {
				t.Fatalf("%q keeps %U", folded, r)
			}
		}
		if utf8.ValidString(text) && !utf8.ValidString(folded) {
			t.Fatalf("%q is not UTF-8", folded)
		}
	})
}

func TestFoldingPlainTextAllocatesNothing(t *testing.T) {
	text := "O'zbekiston, Тилекке каршы 😀 \xff"
	if n := testing.AllocsPerRun(100, func() { Fold(text) }); n != 0 {
		t.Errorf("folding plain text allocates %v times", n)
	}
}

func TestBytesThatAreNotUTF8SurviveFolding(t *testing.T) {
	if got := Fold("\xff“\xd0—\x90"); got != "\xff\"\xd0-\x90" {
		t.Errorf("folded to %q", got)
	}
}

func TestDirtyTextFromCarriersIsCleaned(t *testing.T) {
	for _, c := range []struct{ dirty, clean string }{
		{"  1 ", "1"},
		{"КОНСУЛ\nМОСКВА\r\n", "КОНСУЛ МОСКВА"},
		{"кон\x00сул\x7f\u0085", "консул"},
		{"\xd0конс\xffул\xed\xa0\x80", "консул"},
		{"＊１４１＊２＃", "*141*2#"},
		{"\uFEFF\u200F+996\u200B 700\u202C", "+996 700"},
		{"\u2066көмөк\u2069 😀", "көмөк 😀"},
		{"o\u2018qish — “1”", "o\u2018qish — “1”"},
		{"\u200B \x00", ""},
	} {
		if got := Clean(c.dirty); got != c.clean {
			t.Errorf("%q cleans to %q, not %q", c.dirty, got, c.clean)
		}
	}
}

func TestCleanTextIsValidAndStaysClean(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(anyText(), rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) string { return string(b) })).Draw(t, "text")
		clean := Clean(text)
		if !utf8.ValidString(clean) {
			t.Fatalf("%q is not UTF-8", clean)
		}
		for _, r := range clean {
			if unicode.IsControl(r) || invisible(r) {
				t.Fatalf("%q keeps %U", clean, r)
			}
		}
		if again := Clean(clean); again != clean {
			t.Fatalf("%q cleans again to %q", clean, again)
		}
	})
}
