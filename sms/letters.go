package sms

import "sapar/menus"

// Letters say in which letters a text is sent: what language it is in, what its reader has chosen, and what the channel carries.
type Letters struct {
	Language menus.Language // of the text; "" is told by its letters
	Script   menus.Script   // the reader's choice; only Latin is leave to send Latin letters where the channel carries others
	Charset  menus.Charset  // of the channel
}

// Spell writes a text in these letters. A channel that carries Latin only gets Latin. Elsewhere only a reader who chose Latin does, and only if
// the text does not need more segments so: an emoji in it, which no Latin spelling can save, makes each letter as dear as before.
func (l Letters) Spell(text string) string {
	carried := l.Charset == "" || l.Charset == menus.UCS2
	if carried && l.Script != menus.Latin || !menus.Measure(text).Wide && l.Charset != menus.ASCIIOnly {
		return text
	}
	language := l.Language
	if language == "" {
		language = menus.GuessLanguage(text)
	}
	latin := menus.Transliterate(text, language)
	if l.Charset == menus.ASCIIOnly {
		return menus.ASCII(latin)
	}
	if carried && Segments(latin) > Segments(text) {
		return text
	}
	return latin
}
