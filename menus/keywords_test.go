package menus

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestSpellingsOfOneWordFoldToOne(t *testing.T) {
	for _, spellings := range [][]string{
		{"КАМКОР", "камкор", " Камкор! ", "кaмкoр", "KAMКОР", "к-а-м-к-о-р", "«камкор»", "ка\u0301мкор"},
		{"стоп", "CTOП", "СTOП", "стоп.", "с.т.о.п.", "CTOΠ", "ст\u200bоп", "стоп 👍"},
		{"көмөк", "комок", "КӨМӨК", "кoмoк"},
		{"учёт", "учет", "уче\u0308т"},
		{"Чеклист", "ЧЕКЛИСТ", "чeклиcт"},
		{"shaıloo", "shailoo", "shayloo", "şayloo", "SHAYLOO", "shаylоо"},
		{"zhardam", "jardam", "ZHARDAM", "jаrdаm"},
		{"elchixona", "elchihona", "elchikhona", "elçihona"},
		{"ro'yxat", "ro‘yxat", "roʻyxat", "royxat", "ro`yhat", "RO'YXAT"},
		{"кара тизме", "кара-тизме", "Кара,тизме", "кара\nтизме", "kара  тизме"},
		{"sos", "S.O.S.", "s-o-s", "SOS!!!", "sоs"},
		{"груз 200", "груз-200", "Груз: 200"},
		{"den soolook", "den-soolook"},
	} {
		for _, spelling := range spellings {
			if got, want := FoldKeyword(spelling), FoldKeyword(spellings[0]); got != want {
				t.Errorf("%q folds to %q, not %q as %q", spelling, got, want, spellings[0])
			}
		}
	}
}

func TestCyrillicWordsTypedWithLatinLettersAreReadByTheirLooks(t *testing.T) {
	for typed, word := range map[string]string{"KAMKOP": "камкор", "COC": "сос", "TOKTOT KAPA": "токтот кара", "HET": "нет", "hello COC": "hello сос"} {
		if got := FoldLookAlikes(typed); got != word {
			t.Errorf("%q reads %q, not %q", typed, got, word)
		}
	}
}

// letters that fold into others, that look like others, and that make pairs.
func trickyText() *rapid.Generator[string] {
	letter := rapid.SampledFrom([]rune("aаbвcсehнkкmмoоpрtтxхyуzjsiıöçşёйңөүўқπφпл.-'ʻ \u0301\u200b1200№×™"))
	return rapid.Map(rapid.SliceOf(letter), func(r []rune) string { return string(r) })
}

func TestFoldedKeywordsStayFolded(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(trickyText(), anyText()).Draw(t, "text")
		folded := FoldKeyword(text)
		if again := FoldKeyword(folded); again != folded {
			t.Fatalf("%q folds to %q, and that to %q", text, folded, again)
		}
		if upper := FoldKeyword(strings.ToUpper(folded)); upper != folded && !strings.ContainsFunc(folded, func(r rune) bool { return r > 'ӿ' || r > 'z' && r < 'а' || r == 'i' }) {
			t.Fatalf("%q in capitals folds to %q", folded, upper)
		}
		if strings.ContainsAny(folded, "yx'") || strings.Contains(folded, "kh") || strings.Contains(folded, "zh") {
			t.Fatalf("%q keeps two spellings of a sound", folded)
		}
	})
}

func TestKeywordsThatReadAlikeMayNotOpenDifferentNodes(t *testing.T) {
	for _, pair := range [][2]string{{"jardam", "zhardam"}, {"сос", "cос"}, {"til", "tyl"}, {"көз", "коз"}} {
		a := "tree: a\nstart: one\nkeywords: {" + pair[0] + ": one, " + pair[1] + ": two}\nnodes:\n" +
			"  one: {text: {ru: Да}, end: true}\n  two: {text: {ru: Нет}, end: true}\n"
		_, problems := Read([]File{{Name: "a.yaml", Text: []byte(a)}})
		found := false
		for _, p := range problems {
			found = found || strings.Contains(p.String(), "reads like")
		}
		if !found {
			t.Errorf("%v: %v", pair, problems)
		}
	}
}
