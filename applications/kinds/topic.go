package kinds

import (
	"strings"
	"sync"
	"unicode"

	"sapar/menus"
)

// stems are beginnings of words that tell what an application is about. Whoever holds the phone reads its texts: a husband, an employer, a
// policeman. So no text holds such a word, in any language.
var stems = map[menus.Language]string{
	menus.Kyrgyz: `бала балд камкор жетим рейд полици милици кармал кармаш камак камал түрмө депорт даттан урду уруп сабо сабаш зордук айлык
		паспорт шайло консул элчи укук сот вич спид мектеп бакча`,
	menus.Russian: `ребен ребён дети детей детск детям детьм опек сирот рейд полиц милиц задерж арест тюр депорт жалоб изби избе побо насил
		зарплат паспорт выбор консул посольс прав суд вич спид школ садик детсад`,
	menus.Uzbek: `bola vasiy yetim reyd politsi militsi ushla hibs qamo deport shikoyat kaltak zo'ravon maosh oylik pasport saylov konsul elchi
		huquq sud oiv oits maktab bog'cha`,
	menus.English: `child kid guardian custod orphan raid police detain detent arrest prison jail deport complain beat violen wage salar passport
		election vote consul embass right court hiv aids school kindergarten`,
}

// topics are the stems as they may be written: small letters, in Cyrillic and in Latin script.
var topics = sync.OnceValue(func() []string {
	var out []string
	for lang, words := range stems {
		for stem := range strings.FieldsSeq(words) {
			out = append(out, stem, strings.ToLower(menus.Transliterate(stem, lang)))
			if lang == menus.Uzbek {
				out = append(out, strings.ToLower(menus.UzbekCyrillic(stem)))
			}
		}
	}
	return out
})

// Topic finds a word in a text that tells what an application is about.
func Topic(text string) (word string, found bool) {
	words := strings.FieldsFunc(strings.ToLower(menus.Fold(text)), func(r rune) bool { return r != '\'' && !unicode.IsLetter(r) })
	for _, word := range words {
		for _, stem := range topics() {
			if strings.HasPrefix(word, stem) {
				return word, true
			}
		}
	}
	return "", false
}
