package menus

import "unicode"

// letters spells the Cyrillic letters U+0400 to U+04FF in Latin, by lower-case letter; an empty string means that the table
// does not know the letter.
type letters [0x100]string

// cyrillic is the first character of the Cyrillic block of Unicode, where a table of letters begins.
const cyrillic = 0x400

// silent is the spelling of a letter that is left out, such as the soft sign.
const silent = "\x00"

// kyrgyzLetters is BGN/PCGN 1979 without hard and soft sign, so that every letter is in GSM 03.38.
// Source: https://assets.publishing.service.gov.uk, Romanization of Kyrgyz, BGN/PCGN 1979 system (2026-11-21).
var kyrgyzLetters = letters{
	'а' - cyrillic: "a", 'б' - cyrillic: "b", 'в' - cyrillic: "v", 'г' - cyrillic: "g", 'д' - cyrillic: "d",
	'е' - cyrillic: "e", 'ё' - cyrillic: "yo", 'ж' - cyrillic: "j", 'з' - cyrillic: "z", 'и' - cyrillic: "i",
	'й' - cyrillic: "y", 'к' - cyrillic: "k", 'л' - cyrillic: "l", 'м' - cyrillic: "m", 'н' - cyrillic: "n",
	'ң' - cyrillic: "ng", 'о' - cyrillic: "o", 'ө' - cyrillic: "ö", 'п' - cyrillic: "p", 'р' - cyrillic: "r",
	'с' - cyrillic: "s", 'т' - cyrillic: "t", 'у' - cyrillic: "u", 'ү' - cyrillic: "ü", 'ф' - cyrillic: "f",
	'х' - cyrillic: "kh", 'ц' - cyrillic: "ts", 'ч' - cyrillic: "ch", 'ш' - cyrillic: "sh", 'щ' - cyrillic: "shch",
	'ъ' - cyrillic: silent, 'ы' - cyrillic: "y", 'ь' - cyrillic: silent, 'э' - cyrillic: "e", 'ю' - cyrillic: "yu",
	'я' - cyrillic: "ya",
}

// russianLetters is ICAO 9303, the spelling of Russian passports.
// Source: https://docs.cntd.ru/document/420215211/titles/7E20KC (2026-11-21).
var russianLetters = letters{
	'а' - cyrillic: "a", 'б' - cyrillic: "b", 'в' - cyrillic: "v", 'г' - cyrillic: "g", 'д' - cyrillic: "d",
	'е' - cyrillic: "e", 'ё' - cyrillic: "e", 'ж' - cyrillic: "zh", 'з' - cyrillic: "z", 'и' - cyrillic: "i",
	'й' - cyrillic: "i", 'к' - cyrillic: "k", 'л' - cyrillic: "l", 'м' - cyrillic: "m", 'н' - cyrillic: "n",
	'о' - cyrillic: "o", 'п' - cyrillic: "p", 'р' - cyrillic: "r", 'с' - cyrillic: "s", 'т' - cyrillic: "t",
	'у' - cyrillic: "u", 'ф' - cyrillic: "f", 'х' - cyrillic: "kh", 'ц' - cyrillic: "ts", 'ч' - cyrillic: "ch",
	'ш' - cyrillic: "sh", 'щ' - cyrillic: "shch", 'ъ' - cyrillic: "ie", 'ы' - cyrillic: "y", 'ь' - cyrillic: silent,
	'э' - cyrillic: "e", 'ю' - cyrillic: "iu", 'я' - cyrillic: "ia",
}

// foreignLetters are those a name may bring into a Kyrgyz or Russian text: Kyrgyz into Russian, then Uzbek, Kazakh, Tajik,
// Ukrainian, Belarusian, Serbian and Macedonian. The spellings are ours, after ICAO 9303 where it has the letter.
var foreignLetters = letters{
	'ң' - cyrillic: "ng", 'ө' - cyrillic: "ö", 'ү' - cyrillic: "ü",
	'ў' - cyrillic: "o'", 'ғ' - cyrillic: "g'", 'қ' - cyrillic: "q", 'ҳ' - cyrillic: "h",
	'ә' - cyrillic: "a", 'ұ' - cyrillic: "u", 'һ' - cyrillic: "h", 'ӣ' - cyrillic: "i", 'ӯ' - cyrillic: "u", 'ҷ' - cyrillic: "j",
	'ѐ' - cyrillic: "e", 'ђ' - cyrillic: "d", 'ѓ' - cyrillic: "g", 'є' - cyrillic: "ie", 'ѕ' - cyrillic: "dz", 'і' - cyrillic: "i",
	'ї' - cyrillic: "i", 'ј' - cyrillic: "j", 'љ' - cyrillic: "lj", 'њ' - cyrillic: "nj", 'ћ' - cyrillic: "c", 'ќ' - cyrillic: "k",
	'ѝ' - cyrillic: "i", 'џ' - cyrillic: "dz", 'ґ' - cyrillic: "g",
}

// spell returns the Latin spelling of a Cyrillic letter of either case, in lower case; known is false for any other character.
func (l *letters) spell(r rune) (spelling string, known bool) {
	if !isCyrillic(r) {
		return "", false
	}
	i := lowerCyrillic(r) - cyrillic
	spelling = l[i]
	if spelling == "" {
		spelling = foreignLetters[i]
	}
	if spelling == silent {
		return "", true
	}
	return spelling, spelling != ""
}

func isCyrillic(r rune) bool {
	return r >= cyrillic && r < cyrillic+rune(len(letters{}))
}

// lowerCyrillic is unicode.ToLower, with a short way for the letters that are not rare.
func lowerCyrillic(r rune) rune {
	switch {
	case r >= 'а' && r <= 'џ':
		return r
	case r >= 'А' && r <= 'Я':
		return r + ('а' - 'А')
	}
	return unicode.ToLower(r)
}
