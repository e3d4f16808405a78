package sms

import (
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/goccy/go-yaml"
	"pgregory.net/rapid"

	"sapar/menus"
)

// builtInTree is the tree that comes with the program.
func builtInTree(t testing.TB) *menus.Tree {
	t.Helper()
	tree := readBuiltIn()
	if tree == nil {
		t.Fatal("the built-in trees have problems")
	}
	return tree
}

var readBuiltIn = sync.OnceValue(func() *menus.Tree {
	trees, problems := menus.Read(menus.BuiltIn())
	if len(problems) > 0 {
		return nil
	}
	return trees[0]
})

// opens is what a line of the list opens, and its spellings by language.
type opens struct {
	Nodes           []string
	Ky, Ru, Uz, Lat []string
	En              []string
}

func (o opens) spellings() []string { return slices.Concat(o.Ky, o.Ru, o.Uz, o.Lat, o.En) }

func spellingList(t testing.TB) map[string]opens {
	t.Helper()
	text, err := os.ReadFile("testdata/keywords.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var list map[string]opens
	if err := yaml.Unmarshal(text, &list); err != nil {
		t.Fatal(err)
	}
	return list
}

func TestEverySpellingOfTheListOpensItsNode(t *testing.T) {
	k := NewKeywords(builtInTree(t))
	found := 0
	for name, line := range spellingList(t) {
		for _, spelling := range line.spellings() {
			order, _, ordered := Command(spelling)
			if name == "stop" {
				if order != OrderStop {
					t.Errorf("%q is no stop", spelling)
				}
				continue
			}
			if ordered && order == OrderStart && name == "menu" {
				continue
			}
			for _, text := range []string{spelling, strings.ToUpper(spelling), " " + spelling + "! ", spelling + " Москва", `"` + spelling + `".`} {
				if node, ok := k.Find(text); !ok || !slices.Contains(line.Nodes, node) {
					t.Errorf("%q opens %q, not one of %v", text, node, line.Nodes)
				}
			}
			found++
		}
	}
	if found < 250 {
		t.Errorf("only %d spellings were looked for", found)
	}
}

func TestTheLongestKeywordWins(t *testing.T) {
	k := NewKeywords(builtInTree(t))
	for text, node := range map[string]string{
		"тизме":              "departure",
		"кара тизме":         "ban-check",
		"Кара-тизме, текшер": "ban-check",
		"каратизме":          "ban-check",
		"кара тизма":         "ban-check", // one error, but two words
		"ro'yxat":            "departure",
		"qora ro'yxat":       "ban-check",
		"royhatdan otish":    "deadlines",
		"паспорт":            "consul-passport",
		"паспортумду алды кожоюн": "trafficking",
		"арыз номери":             "status",
		"арыз":                    "sos",
	} {
		if got, _ := k.Find(text); got != node {
			t.Errorf("%q opens %q, not %q", text, got, node)
		}
	}
}

func TestOneTypingErrorIsForgivenInLongWordsOnly(t *testing.T) {
	k := NewKeywords(builtInTree(t))
	for text, node := range map[string]string{
		"консулл":     "consulates",
		"косул":       "consulates",
		"коснул":      "consulates",
		"консул'":     "consulates",
		"kosnul":      "consulates",
		"выобры":      "elections",
		"шайло":       "elections",
		"трафик":      "",
		"сосс":        "", // a short word
		"тылл":        "",
		"кооснуул":    "", // two errors
		"елчилик":     "consulates",
		"KAMKOP":      "guardianship", // Latin letters
		"COC":         "sos",
		"зравствуйте": "home",
		"":            "",
		"1":           "",
		"👍":           "",
	} {
		if got, _ := k.Find(text); got != node {
			t.Errorf("%q opens %q, not %q", text, got, node)
		}
	}
}

func TestNothingIsGuessedBetweenTwoNodes(t *testing.T) {
	k := NewKeywords(&menus.Tree{Keywords: map[string]string{"камыш": "reed", "камыр": "dough", "камин": "dough", "самыр": "dough"}})
	for text, node := range map[string]string{"камыш": "reed", "камыр": "dough", "камыл": "", "кымыр": "dough", "кымыш": "reed", "замыр": "dough"} {
		if got, _ := k.Find(text); got != node {
			t.Errorf("%q opens %q, not %q", text, got, node)
		}
	}
}

// distance is the whole table of Damerau and Levenshtein, with neighbours swapped at most once.
func distance(a, b []rune) int {
	d := make([][]int, len(a)+1)
	for i := range d {
		d[i] = make([]int, len(b)+1)
		d[i][0] = i
	}
	for j := range d[0] {
		d[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			d[i][j] = min(d[i-1][j]+1, d[i][j-1]+1, d[i-1][j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				d[i][j] = min(d[i][j], d[i-2][j-2]+1)
			}
		}
	}
	return d[len(a)][len(b)]
}

func TestOneErrorIsADistanceOfOne(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		word := rapid.SliceOfN(rapid.SampledFrom([]rune("абв")), 0, 7)
		a, b := word.Draw(t, "a"), word.Draw(t, "b")
		if got, want := oneError(a, b), distance(a, b) == 1; got != want {
			t.Fatalf("%q and %q: %v, not %v", string(a), string(b), got, want)
		}
	})
}

// The whole of Find against the slow way of saying what it promises, over words near each other.
func TestFindingKeepsItsPromise(t *testing.T) {
	word := rapid.StringOfN(rapid.SampledFrom([]rune("абв")), 3, 6, -1)
	text := rapid.Map(rapid.SliceOfN(word, 1, 2), func(w []string) string { return strings.Join(w, " ") })
	rapid.Check(t, func(t *rapid.T) {
		keywords := rapid.MapOfN(text, rapid.SampledFrom([]string{"one", "two", "three"}), 1, 12).Draw(t, "keywords")
		typed := text.Draw(t, "typed")
		want := slowly(keywords, strings.Fields(typed))
		if got, _ := NewKeywords(&menus.Tree{Keywords: keywords}).Find(typed); got != want {
			t.Fatalf("%q in %v opens %q, not %q", typed, keywords, got, want)
		}
	})
}

func slowly(keywords map[string]string, typed []string) string {
	for n := len(typed); n > 0; n-- {
		start := strings.Join(typed[:n], " ")
		if node, ok := keywords[start]; ok {
			return node
		}
		together := nodesOf(keywords, func(keyword string) bool { return strings.ReplaceAll(keyword, " ", "") == start })
		if len(together) == 1 {
			return together[0]
		}
		near := nodesOf(keywords, func(keyword string) bool { return oneLongWordOff(strings.Fields(keyword), typed[:n]) })
		if len(near) == 1 {
			return near[0]
		}
	}
	return ""
}

func nodesOf(keywords map[string]string, fits func(string) bool) []string {
	var nodes []string
	for keyword, node := range keywords {
		if fits(keyword) && !slices.Contains(nodes, node) {
			nodes = append(nodes, node)
		}
	}
	return nodes
}

func oneLongWordOff(keyword, typed []string) bool {
	if len(keyword) != len(typed) {
		return false
	}
	errors := 0
	for i, word := range keyword {
		d := distance([]rune(word), []rune(typed[i]))
		if d > 0 && len([]rune(word)) < 5 {
			return false
		}
		errors += d
	}
	return errors == 1
}

func TestEveryKeywordOfTheTreeSurvivesOneTypingError(t *testing.T) {
	tree := builtInTree(t)
	k := NewKeywords(tree)
	var words []string
	for keyword := range tree.Keywords {
		if folded := menus.FoldKeyword(keyword); !strings.Contains(folded, " ") && len([]rune(folded)) >= 5 {
			words = append(words, folded)
		}
	}
	slices.Sort(words)
	rapid.Check(t, func(t *rapid.T) {
		word := rapid.SampledFrom(words).Draw(t, "word")
		runes := []rune(word)
		at := rapid.IntRange(0, len(runes)-2).Draw(t, "at")
		runes[at], runes[at+1] = runes[at+1], runes[at]
		typed := string(runes)
		node, ok := k.Find(typed)
		want, _ := k.Find(word)
		near := nodesOf(tree.Keywords, func(keyword string) bool {
			folded := strings.Fields(menus.FoldKeyword(keyword))
			return oneLongWordOff(folded, []string{typed}) || slices.Equal(folded, []string{typed})
		})
		if typed == menus.FoldKeyword(typed) && len(near) == 1 && (!ok || node != want) {
			t.Fatalf("%q opens %q, not %q as %q", typed, node, want, word)
		}
	})
}

func TestNoTextBreaksTheSearch(t *testing.T) {
	k := NewKeywords(builtInTree(t))
	empty := NewKeywords(&menus.Tree{})
	rapid.Check(t, func(t *rapid.T) {
		text := string(rapid.SliceOf(rapid.Byte()).Draw(t, "text"))
		k.Find(text)
		empty.Find(text)
		Command(text)
	})
	if node, ok := k.Find("консул " + strings.Repeat("а", 1<<20)); node != "consulates" || !ok {
		t.Errorf("a megabyte behind a keyword opens %q", node)
	}
}

func BenchmarkFind(b *testing.B) {
	k := NewKeywords(builtInTree(b))
	for _, text := range []string{"КОНСУЛ МОСКВА", "кара тизма", "как мне найти работу в Москве", "shayloo qachon"} {
		b.Run(text, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				k.Find(text)
			}
		})
	}
}
