package menus

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestUzbekWordsAreSpelledInCyrillic(t *testing.T) {
	for latin, want := range map[string]string{
		"O'zbekiston":            "Ўзбекистон",
		"O\u02BBzbek g\u2018oya": "Ўзбек ғоя",
		"ro'yxat, yo'q":          "рўйхат, йўқ",
		"Yo'l YO'LLANMA":         "Йўл ЙЎЛЛАНМА",
		"Shahar, chet, CHEGARA":  "Шаҳар, чет, ЧЕГАРА",
		"SHOSHILINCH":            "ШОШИЛИНЧ",
		"yosh, yuz, yaxshi":      "ёш, юз, яхши",
		"Yosh, Yetti, yer":       "Ёш, Етти, ер",
		"elchixona, Ehtiyot":     "элчихона, Эҳтиёт",
		"kelishim, menyu":        "келишим, меню",
		"qo'shni huquq xat":      "қўшни ҳуқуқ хат",
		"jarima, tsirk":          "жарима, тсирк",
		"Politsiya, MIGRATSIYA":  "Полиция, МИГРАЦИЯ",
		"litsenziyali":           "лицензияли",
		"ruxsatsiz, ketsin":      "рухсатсиз, кетсин",
		"ma'lumot, MA'LUMOT":     "маълумот, МАЪЛУМОТ",
		"san'at, Is'hoq":         "санъат, Исҳоқ",
		"'Kirish' va 'elchi'":    "'Кириш' ва 'элчи'",
		"tog', bog'":             "тоғ, боғ",
		"15 kun, 18yosh":         "15 кун, 18ёш",
		"1.Konsul A.Navoiy h.k.": "1.Консул А.Навоий ҳ.к.",
		"SIM-karta, EPS-imtihon": "SIM-карта, EPS-имтиҳон",
		"ha\nyo'q  \t":           "ҳа\nйўқ  \t",
		"":                       "",
	} {
		if got := UzbekCyrillic(latin); got != want {
			t.Errorf("%q becomes %q, not %q", latin, got, want)
		}
	}
}

func TestAcronymsCodesAndAddressesStayLatin(t *testing.T) {
	for _, text := range []string{
		"SIM", "SMS", "RuID", "ID", "QR", "EPS", "RKL", "PIN.", "SMSni", "WhatsApp", "KG7F-2K9Q", "A4", "5G", "1 2 3", "*141*2#",
		"my.gov.uz/kk", "(mfa.gov.kg)", "https://sapar.kg.", "t.me/sapar", "@sapar", "a@b.uz", "Wizz Facebook", "Zürich", "Бишкек", "+996", "\xff",
	} {
		if got := UzbekCyrillic(text); got != text {
			t.Errorf("%q becomes %q", text, got)
		}
	}
}

func TestUzbekInSmallLettersLeavesNoLatinBehind(t *testing.T) {
	words := rapid.StringOf(rapid.SampledFrom([]rune("abdefghijklmnopqrstuvxyz'ʻ’ \n,-!123")))
	rapid.Check(t, func(t *rapid.T) {
		text := words.Draw(t, "text")
		cyrillicText := UzbekCyrillic(text)
		if strings.ContainsFunc(cyrillicText, func(r rune) bool { return r >= 'a' && r <= 'z' }) {
			t.Fatalf("%q becomes %q", text, cyrillicText)
		}
		if again := UzbekCyrillic(cyrillicText); again != cyrillicText {
			t.Fatalf("%q becomes %q", cyrillicText, again)
		}
	})
}

func TestNoTextIsTooOddForUzbekCyrillic(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := string(rapid.SliceOf(rapid.Byte()).Draw(t, "bytes"))
		UzbekCyrillic(text)
	})
}
