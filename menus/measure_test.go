package menus

import (
	"encoding/json"
	"os"
	"strconv"
	"strings"
	"testing"
	"unicode/utf16"
	"unicode/utf8"

	"pgregory.net/rapid"
)

// readFixture decodes a JSON file of testdata.
func readFixture(t testing.TB, name string, into any) {
	t.Helper()
	data, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, into); err != nil {
		t.Fatalf("decode %s: %v", name, err)
	}
}

// codePoint reads "U+00E8".
func codePoint(t testing.TB, name string) rune {
	t.Helper()
	n, err := strconv.ParseInt(strings.TrimPrefix(name, "U+"), 16, 32)
	if err != nil {
		t.Fatal(err)
	}
	return rune(n)
}

// gsmCosts is GSM 03.38 as the fixture has it: what each character costs in septets.
func gsmCosts(t testing.TB) map[rune]int {
	t.Helper()
	var fixture struct {
		Base  int `json:"count_base"`
		Ext   int `json:"count_ext"`
		Table []struct {
			CP   string `json:"cp"`
			Cost int    `json:"cost"`
		} `json:"table"`
	}
	readFixture(t, "gsm0338.json", &fixture)
	costs := map[rune]int{}
	for _, row := range fixture.Table {
		costs[codePoint(t, row.CP)] = row.Cost
	}
	if len(costs) != fixture.Base+fixture.Ext {
		t.Fatalf("the fixture has %d characters, not %d", len(costs), fixture.Base+fixture.Ext)
	}
	return costs
}

// anyText draws texts rich in the letters that phones mix: GSM 03.38, Cyrillic, marks and emoji.
func anyText() *rapid.Generator[string] {
	letters := []rune("aZ @€[]^|ΩΔçÇöü'ʻ“—№жЖңөүўқғҳёЁъЬщЩ\n\t😀\uFFFD\u200B")
	return rapid.StringOf(rapid.OneOf(rapid.SampledFrom(letters), rapid.Rune()))
}

func TestEveryCharacterCostsWhatTheStandardSays(t *testing.T) {
	costs := gsmCosts(t)
	known := 0
	for r := rune(-1); r <= utf8.MaxRune+1; r++ {
		if septetsOf(r) != costs[r] {
			t.Errorf("%U costs %d septets, not %d", r, septetsOf(r), costs[r])
		}
		if septetsOf(r) > 0 {
			known++
		}
	}
	if known != 137 {
		t.Errorf("%d characters are in the alphabet, not 127 + 10", known)
	}
}

func TestTextsMeasureAsTheEncodingVectorsSay(t *testing.T) {
	var fixture struct {
		Vectors []struct {
			Text     json.RawMessage `json:"text"`
			Septets  int             `json:"septets"`
			GSM      *bool           `json:"gsm7"`
			Units    int             `json:"utf16_units"`
			SMSParts int             `json:"sms_parts"`
			FitsUSSD bool            `json:"fits_ussd"`
		} `json:"vectors"`
	}
	readFixture(t, "encoding_vectors.json", &fixture)
	for _, v := range fixture.Vectors {
		text := vectorText(t, v.Text)
		got := Measure(text)
		if wide := v.GSM != nil; got.Wide != wide || got.Septets != v.Septets || wide && got.Units != v.Units {
			t.Errorf("%q measures %+v, want %d septets or %d units", text, got, v.Septets, v.Units)
		}
		if fits := (Limit{182, 80}).Holds(got); fits != v.FitsUSSD {
			t.Errorf("%q fits a USSD screen: %t", text, fits)
		}
		if fits := (Limit{160, 70}).Holds(got); fits != (v.SMSParts == 1) {
			t.Errorf("%q fits one SMS: %t", text, fits)
		}
	}
}

// vectorText reads the text of a vector, which is a string or an object with a member text.
func vectorText(t *testing.T, raw json.RawMessage) string {
	t.Helper()
	var text string
	if json.Unmarshal(raw, &text) == nil {
		return text
	}
	var long struct{ Text string }
	if err := json.Unmarshal(raw, &long); err != nil {
		t.Fatal(err)
	}
	return long.Text
}

func TestTheZeroSizeIsTheEmptyText(t *testing.T) {
	if got := Measure(""); got != (Size{}) {
		t.Errorf("the empty text measures %+v", got)
	}
	if s := Measure("Ж😀"); s.Plus(Size{}) != s || (Size{}).Plus(s) != s {
		t.Error("nothing added changes a size")
	}
}

func TestASizeIsTheSumOfItsParts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := anyText().Draw(t, "a"), anyText().Draw(t, "b")
		if whole, sum := Measure(a+b), Measure(a).Plus(Measure(b)); whole != sum {
			t.Fatalf("whole %+v, sum %+v", whole, sum)
		}
		sum := Size{}
		for _, r := range a {
			sum = sum.Plus(sizeOf(r))
		}
		if sum != Measure(a) {
			t.Fatalf("by characters %+v, whole %+v", sum, Measure(a))
		}
	})
}

func TestWhatALimitHoldsAgreesWithTheStandard(t *testing.T) {
	costs := gsmCosts(t)
	rapid.Check(t, func(t *rapid.T) {
		text := anyText().Draw(t, "text")
		limit := Limit{rapid.IntRange(0, 60).Draw(t, "septets"), rapid.IntRange(0, 40).Draw(t, "units")}
		septets, wide := 0, false
		for _, r := range text {
			septets += costs[r]
			wide = wide || costs[r] == 0
		}
		want := septets <= limit.Septets
		if wide {
			want = len(utf16.Encode([]rune(text))) <= limit.Units
		}
		if got := limit.Holds(Measure(text)); got != want {
			t.Fatalf("%+v holds %q: %t", limit, text, got)
		}
	})
}

func TestBytesThatAreNotUTF8CountAsTheReplacementCharacter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := string(rapid.SliceOf(rapid.Byte()).Draw(t, "bytes"))
		if got, want := Measure(text), Measure(string([]rune(text))); got != want {
			t.Fatalf("%q measures %+v, want %+v", text, got, want)
		}
	})
}

func TestMeasuringAllocatesNothing(t *testing.T) {
	for _, text := range []string{"Konsullik [€]", "Консулдук 😀"} {
		if n := testing.AllocsPerRun(100, func() { Measure(text) }); n != 0 {
			t.Errorf("measuring %q allocates %v times", text, n)
		}
	}
}

func BenchmarkMeasure(b *testing.B) {
	for _, c := range []struct{ name, text string }{
		{"latin", strings.Repeat("Konsullik, Moskva 1 ", 9)},
		{"umlauts", strings.Repeat("jönötüü mümkün ", 12)},
		{"cyrillic", strings.Repeat("Консулдук, Мо", 6)},
	} {
		b.Run(c.name, func(b *testing.B) {
			for b.Loop() {
				Measure(c.text)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*utf8.RuneCountInString(c.text)), "ns/char")
		})
	}
}
