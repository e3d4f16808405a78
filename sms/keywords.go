package sms

import (
	"slices"
	"strings"

	"sapar/menus"
)

// Keywords are the texted words of one revision of a tree, made ready to be found. They never change once made.
type Keywords struct {
	nodes   map[string]string // folded keyword, as it is and without its spaces, to its node
	phrases [][]phrase        // by number of words
}

// phrase is a keyword that may be typed with an error.
type phrase struct {
	words []string
	runes [][]rune
	node  string
}

// typoLetters is how long a word must be for one typing error in it to be forgiven: shorter ones turn into each other.
const typoLetters = 5

// NewKeywords makes a tree's keywords ready. Of keywords that read alike the tree has only those of one node (menus.Read).
func NewKeywords(tree *menus.Tree) *Keywords {
	k := &Keywords{nodes: make(map[string]string, len(tree.Keywords)), phrases: make([][]phrase, 1)}
	for keyword, node := range tree.Keywords {
		k.nodes[menus.FoldKeyword(keyword)] = node
	}
	joined := map[string]string{}
	for folded, node := range k.nodes {
		k.learn(phraseOf(strings.Fields(folded), node))
		together := strings.ReplaceAll(folded, " ", "")
		if other, taken := joined[together]; taken && other != node {
			node = ""
		}
		joined[together] = node
	}
	for together, node := range joined {
		if _, taken := k.nodes[together]; !taken && node != "" {
			k.nodes[together] = node
		}
	}
	return k
}

func (k *Keywords) learn(p phrase) {
	for len(k.phrases) <= len(p.words) {
		k.phrases = append(k.phrases, nil)
	}
	k.phrases[len(p.words)] = append(k.phrases[len(p.words)], p)
}

func phraseOf(words []string, node string) phrase {
	p := phrase{words: words, node: node, runes: make([][]rune, len(words))}
	for i, word := range words {
		p.runes[i] = []rune(word)
	}
	return p
}

// Find returns the node that a text opens: the one of the longest keyword that it is, or begins with as whole words. Next to a keyword with
// the same number of words, one typing error in a word of five letters or more is forgiven, unless two nodes are that near.
// A text that has no keyword, but whose Latin letters only look like Cyrillic ones, is read as those. Nothing else is guessed.
func (k *Keywords) Find(text string) (node string, ok bool) {
	if len(text) > maxKeywordText {
		text = strings.ToValidUTF8(text[:maxKeywordText], "")
	}
	folded := menus.FoldKeyword(text)
	if node, ok = k.find(folded); ok {
		return node, true
	}
	if !strings.ContainsAny(folded, latinLookAlikes) {
		return "", false
	}
	if other := menus.FoldLookAlikes(text); other != folded {
		return k.find(other)
	}
	return "", false
}

// Exact returns the node of the keyword that a text is as a whole, as it is folded or by letters that only look alike. No typing error is
// forgiven and no word may follow: it is asked while a question is open, where nearly any text is an answer. A single word may be repeated, as
// people do who are in danger.
func (k *Keywords) Exact(text string) (node string, ok bool) {
	if len(text) > maxKeywordText {
		return "", false
	}
	for _, folded := range []string{menus.FoldKeyword(text), menus.FoldLookAlikes(text)} {
		if once := slices.Compact(strings.Fields(folded)); len(once) == 1 {
			folded = once[0]
		}
		if node, ok = k.nodes[folded]; ok {
			return node, true
		}
	}
	return "", false
}

// latinLookAlikes are folded letters that a Latin word must have some of to look Cyrillic.
const latinLookAlikes = "abcehikmopt"

// maxKeywordText is how many bytes of a text are looked at: keywords stand at its beginning.
const maxKeywordText = 256

func (k *Keywords) find(folded string) (node string, ok bool) {
	words := strings.SplitN(folded, " ", len(k.phrases)) // the last one holds all words that are too many
	if len(words) == len(k.phrases) {
		folded = strings.TrimSuffix(folded, " "+words[len(words)-1])
		words = words[:len(words)-1]
	}
	typed := phraseOf(words, "")
	for n := len(words); n > 0; n-- {
		if node, ok := k.nodes[folded]; ok {
			return node, true
		}
		if node, ok := k.nearest(phrase{words: words[:n], runes: typed.runes[:n]}); ok {
			return node, true
		}
		folded = strings.TrimSuffix(folded, " "+words[n-1])
	}
	return "", false
}

// nearest is the one node whose keywords are a typing error away.
func (k *Keywords) nearest(typed phrase) (node string, ok bool) {
	for _, p := range k.phrases[len(typed.words)] {
		if p.node == node || !p.mistyped(&typed) {
			continue
		}
		if ok {
			return "", false
		}
		node, ok = p.node, true
	}
	return node, ok
}

// mistyped reports that a keyword was typed with one error, in one of its long words.
func (p *phrase) mistyped(typed *phrase) bool {
	wrong := -1
	for i, word := range p.words {
		switch {
		case word == typed.words[i]:
		case wrong >= 0 || len(p.runes[i]) < typoLetters:
			return false
		default:
			wrong = i
		}
	}
	return wrong >= 0 && oneError(p.runes[wrong], typed.runes[wrong])
}

// oneError reports two different words of which one is the other with a letter more, less or changed, or with two neighbours swapped.
func oneError(a, b []rune) bool {
	if d := len(a) - len(b); d < -1 || d > 1 {
		return false
	}
	for len(a) > 0 && len(b) > 0 && a[0] == b[0] {
		a, b = a[1:], b[1:]
	}
	for len(a) > 0 && len(b) > 0 && a[len(a)-1] == b[len(b)-1] {
		a, b = a[:len(a)-1], b[:len(b)-1]
	}
	if len(a) == 2 && len(b) == 2 {
		return a[0] == b[1] && a[1] == b[0]
	}
	return len(a) <= 1 && len(b) <= 1 && !slices.Equal(a, b)
}
