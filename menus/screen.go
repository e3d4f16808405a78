package menus

import (
	"strconv"
	"strings"
)

// Body is what a node has to say: a text, and items that are counted from 1.
type Body struct {
	Text  string
	Items []string
}

// screen renders where the person is: the node's body, paged to what the channel can show.
func (t *turn) screen() Screen {
	if t.end {
		return t.only(t.last)
	}
	body := t.body()
	text := t.fit(body.Text)
	p := pager{limit: t.limit(), whole: text, prose: len(text)}
	if len(body.Items) > 0 {
		p.whole = t.numbered(text, body.Items)
	}
	p.lead = t.fit(t.lead)
	p.back, p.home, p.more = t.keys()
	text, next := p.page(t.state.Here.At)
	t.state.Next = next
	return Screen{Text: text, End: t.end && next == 0}
}

// only is a last screen: what does not fit is cut at a word, since nothing can be turned after the end.
func (t *turn) only(text string) Screen {
	p := pager{limit: t.limit(), whole: t.fit(text)}
	p.prose = len(p.whole)
	page, _ := p.page(0)
	t.state.Next = 0
	return Screen{Text: page, End: true}
}

func (t *turn) body() Body {
	if t.state.Held != nil && t.state.Here.Pick != "" {
		return t.gateBody(t.heldGate())
	}
	if t.state.Held != nil {
		return Body{Text: t.words.Resume, Items: []string{t.words.Continue, t.words.StartOver}}
	}
	n := t.node()
	if !shown(n.common().Facts) {
		return Body{Text: t.standIn()}
	}
	return n.body(t)
}

// numbered writes the items under the text, each on its own line behind its number.
func (t *turn) numbered(text string, items []string) string {
	var b strings.Builder
	b.Grow(len(text) + 24*len(items))
	b.WriteString(text)
	for i, item := range items {
		if b.Len() > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(strconv.Itoa(i + 1))
		if !strings.HasPrefix(item, ticked) {
			b.WriteByte(' ')
		}
		b.WriteString(t.fit(item))
	}
	return b.String()
}

func (t *turn) limit() Limit {
	if t.facts.First {
		return t.facts.Channel.First
	}
	return t.facts.Channel.Later
}

// fit brings a text into the letters the person reads and the channel carries.
func (t *turn) fit(text string) string {
	lang, script := t.language(), t.state.Script
	if c := t.facts.Channel.Charset; c != "" && c != UCS2 {
		script = Latin
	}
	text = Fold(scripted(text, lang, script))
	if t.facts.Channel.Charset == ASCIIOnly {
		text = ASCII(text)
	}
	return text
}

// keys are the words of the navigation line that this screen needs.
func (t *turn) keys() (back, home, more string) {
	more = t.fit(t.words.More)
	if t.end || t.state.Held != nil || len(t.state.Trail) == 0 && t.state.Here.Node == t.tree.Start {
		return "", "", more
	}
	if t.state.Here.Node == t.tree.Language && !t.state.Language.Known() {
		return "", "", more
	}
	back = t.fit(t.words.Back)
	if len(t.state.Trail) > 1 {
		home = t.fit(t.words.Home)
	}
	return back, home, more
}

// choose reads the number of one of n items, counted from 1; the answer is its index from 0.
func choose(input string, n int) (int, bool) {
	if len(input) == 0 || len(input) > 2 || !digitsOnly(input) {
		return 0, false
	}
	i, err := strconv.Atoi(input)
	if err != nil || i < 1 || i > n {
		return 0, false
	}
	return i - 1, true
}
