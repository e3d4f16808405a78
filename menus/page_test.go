package menus

import (
	"fmt"
	"strings"
	"testing"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"pgregory.net/rapid"
)

// carriers are the limits that carriers give; the names are those of the subtests.
var carriers = []struct {
	name  string
	limit Limit
}{
	{"182-80", Limit{182, 80}},
	{"160-70", Limit{160, 70}},
	{"140-64", Limit{140, 64}},
}

// fits is an oracle of its own for what a screen holds: the fixture of GSM 03.38, and the standard library for UTF-16.
func fits(costs map[rune]int, limit Limit, text string) bool {
	septets := 0
	for _, r := range text {
		cost, known := costs[r]
		if !known {
			return len(utf16.Encode([]rune(text))) <= limit.Units
		}
		septets += cost
	}
	return septets <= limit.Septets
}

// bare is a text without white space, to compare what was broken into pages.
func bare(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return -1
		}
		return r
	}, text)
}

// withoutNav is a screen without its navigation line, and whether it had one.
func withoutNav(text string) string {
	i := strings.LastIndexByte(text, '\n')
	if last := text[i+1:]; strings.HasPrefix(last, "0 ") || strings.HasPrefix(last, "99 ") {
		return text[:max(i, 0)]
	}
	return text
}

// pagesOf turns all pages of a whole text.
func pagesOf(t testing.TB, p pager) []string {
	t.Helper()
	var out []string
	for at := 0; ; {
		page, next := p.page(at)
		out = append(out, page)
		if next == 0 {
			return out
		}
		if next <= at {
			t.Fatalf("the page at %d leads back to %d", at, next)
		}
		at = next
	}
}

func TestAnyTextIsPagedWhole(t *testing.T) {
	costs := gsmCosts(t)
	rapid.Check(t, func(rt *rapid.T) {
		prose := drawText(rt, "prose")
		whole := prose
		for i := range rapid.IntRange(0, 12).Draw(rt, "items") {
			whole += fmt.Sprintf("\n%d %s", i+1, drawText(rt, "item"))
		}
		limit := Limit{rapid.IntRange(140, 200).Draw(rt, "septets"), rapid.IntRange(64, 100).Draw(rt, "units")}
		p := pager{limit: limit, whole: whole, prose: len(prose), back: "0 Артка", home: "00 Башкы", more: "99 Дагы"}
		if rapid.Bool().Draw(rt, "latin") {
			p.back, p.home, p.more = "0 Back", "00 Home", "99 More"
		}
		joined := ""
		for _, page := range pagesOf(t, p) {
			if !fits(costs, limit, page) {
				rt.Fatalf("%q does not fit %v", page, limit)
			}
			if !utf8.ValidString(page) {
				rt.Fatalf("%q is cut inside a character", page)
			}
			text := withoutNav(page)
			if bare(text) == "" && bare(whole) != "" {
				rt.Fatalf("an empty page: %q", page)
			}
			joined += bare(text)
		}
		if joined != bare(whole) {
			rt.Fatalf("the pages say %q, not %q", joined, bare(whole))
		}
	})
}

// drawText draws words as they come: short ones, some longer than a page, emoji, characters that cost two septets, blank space in plenty.
func drawText(t *rapid.T, label string) string {
	word := rapid.OneOf(
		rapid.SampledFrom([]string{"Сапар", "consul", "№", "€", "{[]}", "😀", "Ү", "a", "1", ".", "жөнөтүү!", "\u0301"}),
		rapid.Map(rapid.IntRange(60, 400), func(n int) string { return strings.Repeat("ж", n) }),
		rapid.Map(rapid.IntRange(30, 200), func(n int) string { return strings.Repeat("😀", n) }),
		rapid.Map(rapid.IntRange(60, 300), func(n int) string { return strings.Repeat("^", n) }),
	)
	gap := rapid.SampledFrom([]string{" ", " ", " ", "\n", "  ", "\n\n", " \n ", ""})
	var b strings.Builder
	for range rapid.IntRange(0, 30).Draw(t, label) {
		b.WriteString(word.Draw(t, "word") + gap.Draw(t, "gap"))
	}
	return b.String()
}

func TestWordsAreNotCutWhereTheyNeedNotBe(t *testing.T) {
	whole := strings.TrimSpace(strings.Repeat("Консулдук ", 40))
	for _, c := range carriers {
		for _, page := range pagesOf(t, pager{limit: c.limit, whole: whole, prose: len(whole), back: "0 Артка", more: "99 Дагы"}) {
			for _, word := range strings.Fields(withoutNav(page)) {
				if word != "Консулдук" {
					t.Errorf("%s: %q in %q", c.name, word, page)
				}
			}
		}
	}
}

func TestAnItemIsNotCutWhenItFitsAPage(t *testing.T) {
	whole := "Тандаңыз:"
	for i := range 30 {
		whole += fmt.Sprintf("\n%d Россия, Москва шаары", i+1)
	}
	for _, c := range carriers {
		for _, page := range pagesOf(t, pager{limit: c.limit, whole: whole, prose: len("Тандаңыз:"), back: "0 Артка", more: "99 Дагы"}) {
			for _, row := range strings.Split(withoutNav(page), "\n") {
				if row != "Тандаңыз:" && !strings.HasSuffix(row, "шаары") {
					t.Errorf("%s: %q in %q", c.name, row, page)
				}
			}
		}
	}
}

func TestALineAboveAPageNeverHidesTheWholePage(t *testing.T) {
	costs := gsmCosts(t)
	whole := strings.TrimSpace(strings.Repeat("Консулдук ", 40))
	for n := range 120 {
		p := pager{limit: Limit{140, 64}, whole: whole, prose: len(whole), lead: strings.Repeat("ж", n), back: "0 Артка", more: "99 Дагы"}
		page, next := p.page(0)
		if !fits(costs, p.limit, page) || next == 0 || !strings.Contains(page, "К") {
			t.Errorf("a line of %d letters: %q", n, page)
		}
	}
}

func TestAnOffsetThatNoLongerFitsBeginsAnew(t *testing.T) {
	p := pager{limit: Limit{182, 80}, whole: "Консулдук", prose: 18}
	for _, at := range []int{-1, 1, 18, 19, 1 << 40} {
		if page, next := p.page(at); page != "Консулдук" || next != 0 {
			t.Errorf("at %d: %q, %d", at, page, next)
		}
	}
}
