package menus

// LanguageChoice asks for the language, then for the script where the language is read in two.
type LanguageChoice struct {
	Common
	To string
}

// selfNames are the languages' own names, which everybody can read in whatever language the phone is.
var selfNames = []string{"Кыргызча", "Русский", "O'zbekcha", "English"}

// SelfName is a language's own name.
func SelfName(lang Language) string {
	for i, l := range Languages {
		if l == lang {
			return selfNames[i]
		}
	}
	return ""
}

// selfScripts name the two scripts of a language in that language.
var selfScripts = map[Language][2]string{
	Kyrgyz:  {"Кириллица", "Latyn"},
	Russian: {"Кириллица", "Latinitsa"},
	Uzbek:   {"Lotin", "Кирилл"},
}

func (n *LanguageChoice) body(t *turn) Body {
	if lang := Language(t.state.Here.Pick); lang.Known() {
		names := selfScripts[lang]
		return Body{Items: names[:]}
	}
	return Body{Text: t.say(n.Title), Items: selfNames}
}

func (n *LanguageChoice) answer(t *turn, input string) {
	if lang := Language(t.state.Here.Pick); lang.Known() {
		n.script(t, lang, input)
		return
	}
	i, ok := choose(input, len(Languages))
	if !ok {
		t.wrong(t.words.Wrong)
		return
	}
	first := !t.state.Language.Known()
	lang := Languages[i]
	if first || len(lang.Scripts()) == 1 {
		n.set(t, lang, lang.Scripts()[0])
		return
	}
	t.pick(string(lang))
}

func (n *LanguageChoice) script(t *turn, lang Language, input string) {
	scripts := lang.Scripts()
	i, ok := choose(input, len(scripts))
	if !ok {
		t.wrong(t.words.Wrong)
		return
	}
	n.set(t, lang, scripts[i])
}

// set changes what the person reads at once, and asks for it to be remembered. The way back ends here: a changed language begins anew.
func (n *LanguageChoice) set(t *turn, lang Language, script Script) {
	t.state.Language, t.state.Script = lang, script
	t.speak()
	t.do(Effect{Speak: &Speech{Language: lang, Script: script}})
	t.state.Here, t.state.Trail = Spot{Node: n.To}, nil
}

func (n *LanguageChoice) links() []Link   { return []Link{{To: n.To, at: n.at}} }
func (n *LanguageChoice) inspect(*report) {}
