package menus

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"pgregory.net/rapid"
)

// spellings are the tables of the fixture, by name and letter.
func spellings(t testing.TB) map[string]map[string]string {
	t.Helper()
	var fixture map[string]struct{ Map map[string]string }
	readFixture(t, "transliteration.json", &fixture)
	tables := map[string]map[string]string{}
	for name, table := range fixture {
		tables[name] = table.Map
	}
	return tables
}

func TestLettersAreSpelledAsTheTablesSay(t *testing.T) {
	tables := spellings(t)
	for _, c := range []struct {
		lang  Language
		table string
		fit   func(string) string
	}{
		{Kyrgyz, "kyrgyz_gsm7_fallback", strings.Clone},
		{Kyrgyz, "kyrgyz_ascii_fallback", ASCII},
		{Russian, "russian_icao_9303", strings.Clone},
	} {
		if len(tables[c.table]) < 33 {
			t.Fatalf("%s has %d letters", c.table, len(tables[c.table]))
		}
		for letter, want := range tables[c.table] {
			if got := c.fit(Transliterate(letter, c.lang)); got != want {
				t.Errorf("%s: %s is spelled %q, not %q", c.table, letter, got, want)
			}
			capitals := c.fit(Transliterate("А"+strings.ToUpper(letter)+"Б", c.lang))
			if capitals != "A"+strings.ToUpper(want)+"B" {
				t.Errorf("%s: %s in capitals is spelled %q", c.table, letter, capitals)
			}
		}
	}
}

func TestTransliterationKeepsCaseAndEverythingElse(t *testing.T) {
	for _, c := range []struct {
		lang       Language
		text, want string
	}{
		{Kyrgyz, "Тилекке каршы, жөнөтүү мүмкүн болгон жок", "Tilekke karshy, jönötüü mümkün bolgon jok"},
		{Kyrgyz, "Щука ЩУКА БОРЩ Щ", "Shchuka SHCHUKA BORSHCH Shch"},
		{Kyrgyz, "Үй-бүлө, ҮЙ, ЭЛ-ЮРТ", "Üy-bülö, ÜY, EL-YURT"},
		{Kyrgyz, "альбом ОБЪЕКТ Ёлка", "albom OBEKT Yolka"},
		{Russian, "Юлия Ёлкина, ЮЖНАЯ, Я", "Iuliia Elkina, IUZHNAIA, Ia"},
		{Russian, "подъезд, Объём, ОБЪЯВЛЕНИЕ", "podieezd, Obieem, OBIEIAVLENIE"},
		{Russian, "Өзгөн, Ўзбек, Ғафур", "Özgön, O'zbek, G'afur"},
		{Russian, "за\u0301мок", "zamok"},
		{English, "Post of Ошская область", "Post of Oshskaia oblast"},
		{Uzbek, "O'zbekiston [SIM] €", "O'zbekiston [SIM] €"},
		{Russian, "\xffда\xd0 😀", "\xffda\xd0 😀"},
		{Russian, "", ""},
	} {
		if got := Transliterate(c.text, c.lang); got != c.want {
			t.Errorf("%s %q becomes %q, not %q", c.lang, c.text, got, c.want)
		}
	}
}

// cyrillicText draws what is written in Kyrgyz and Russian: letters of both alphabets and GSM 03.38 around them.
func cyrillicText() *rapid.Generator[string] {
	letters := "абвгдеёжзийклмнңоөпрстуүфхцчшщъыьэюя"
	return rapid.StringOf(rapid.SampledFrom([]rune(letters + strings.ToUpper(letters) + " .,-?!()1290@€\n'")))
}

func TestTransliteratedKyrgyzAndRussianIsAlwaysGSM(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := cyrillicText().Draw(t, "text")
		lang := rapid.SampledFrom(Languages).Draw(t, "language")
		latin := Transliterate(text, lang)
		if Measure(latin).Wide {
			t.Fatalf("%q becomes %q", text, latin)
		}
		if again := Transliterate(latin, lang); again != latin {
			t.Fatalf("%q becomes %q", latin, again)
		}
		if plain := ASCII(latin); strings.ContainsFunc(plain, outsideASCII) {
			t.Fatalf("%q in ASCII is %q", latin, plain)
		}
	})
}

func TestCaseOfTransliterationFollowsTheText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := cyrillicText().Draw(t, "text")
		lang := rapid.SampledFrom([]Language{Kyrgyz, Russian}).Draw(t, "language")
		small := Transliterate(strings.ToLower(text), lang)
		if got := strings.ToLower(Transliterate(text, lang)); got != small {
			t.Fatalf("%q in small letters is %q, not %q", text, got, small)
		}
		if strings.ContainsFunc(small, unicode.IsUpper) {
			t.Fatalf("%q has capitals", small)
		}
	})
}

func TestEveryCyrillicCharacterCanBeSpelledWithoutPanic(t *testing.T) {
	for r := rune(0); r <= 0x600; r++ {
		for _, lang := range Languages {
			if got := Transliterate(string(r), lang); !isCyrillic(r) && got != string(r) {
				t.Errorf("%U becomes %q", r, got)
			}
		}
	}
}

func TestEveryCharacterOfGSMHasAnASCIISpelling(t *testing.T) {
	for r := range gsmCosts(t) {
		if got := ASCII(string(r)); strings.ContainsFunc(got, outsideASCII) || got == "" {
			t.Errorf("%q becomes %q", r, got)
		}
	}
	if got := ASCII("Jönötüü: 5 €, Ürümchü"); got != "Jonotuu: 5 EUR, Urumchu" {
		t.Errorf("became %q", got)
	}
}

func outsideASCII(r rune) bool { return r >= utf8.RuneSelf }

func TestTextWithNothingToSpellIsNotCopied(t *testing.T) {
	if n := testing.AllocsPerRun(100, func() { ASCII(Transliterate("Konsullik 1", Kyrgyz)) }); n != 0 {
		t.Errorf("allocates %v times", n)
	}
}
