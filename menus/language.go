package menus

import "strings"

// Language is the language a person reads: one of the four in Languages.
type Language string

// The four languages of the menus.
const (
	Kyrgyz  Language = "ky"
	Russian Language = "ru"
	Uzbek   Language = "uz"
	English Language = "en"
)

// Languages lists every language, in the order a person is offered them.
var Languages = []Language{Kyrgyz, Russian, Uzbek, English}

// Known reports whether the language is one of the four.
func (l Language) Known() bool {
	return l == Kyrgyz || l == Russian || l == Uzbek || l == English
}

// GuessLanguage tells the language of a short text by letters that only one of the four has; "" when it has none of them.
func GuessLanguage(text string) Language {
	switch {
	case strings.ContainsAny(text, "ңөүҢӨҮ"):
		return Kyrgyz
	case strings.ContainsAny(text, "ўқғҳЎҚҒҲ"):
		return Uzbek
	}
	return ""
}

// Script is the alphabet a person reads a language in; it is a setting of its own, since an old handset may show Latin only
// and a Latin screen holds more than twice as many letters.
type Script string

// The two scripts.
const (
	Cyrillic Script = "cyrl"
	Latin    Script = "latn"
)

// Scripts lists the scripts a language can be shown in, the usual one first.
func (l Language) Scripts() []Script {
	switch l {
	case Kyrgyz, Russian:
		return []Script{Cyrillic, Latin}
	case Uzbek:
		return []Script{Latin, Cyrillic}
	}
	return []Script{Latin}
}

// Wording is a text in every language; Uzbek is written in Latin script with the ASCII apostrophe.
type Wording map[Language]string

// In returns the wording in a language; where it is missing Russian stands in, then the tree's base language.
func (w Wording) In(lang, base Language) string {
	if text := w[lang]; text != "" {
		return text
	}
	if text := w[Russian]; text != "" {
		return text
	}
	return w[base]
}

// scripted shows text of a language in a script: Kyrgyz and Russian are written in Cyrillic and Uzbek in Latin, the other way is by table.
// A Cyrillic name inside text of any language is shown in Latin too, since one letter outside GSM 03.38 more than halves a screen.
func scripted(text string, lang Language, script Script) string {
	switch {
	case script == Latin:
		return Transliterate(text, lang)
	case script == Cyrillic && lang == Uzbek:
		return UzbekCyrillic(text)
	}
	return text
}
