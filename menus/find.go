package menus

import "strings"

// Find opens, for words texted behind a keyword, the contact they name: "КОНСУЛ МОСКВА" is the post in Moscow. It looks in the directory
// nodes within two steps of a node; ok is false when the words name no contact, or several. Behind the keyword of what was filed stands its number.
func Find(tree *Tree, node, words string, contacts *Directory) (Spot, bool) {
	if _, ok := tree.Nodes[node].(*Status); ok {
		number, ok := Reference(words)
		return Spot{Node: node, Pick: number}, ok
	}
	wanted := FoldKeyword(words)
	if wanted == "" || contacts == nil {
		return Spot{}, false
	}
	for _, name := range tree.near(node) {
		list, ok := tree.Nodes[name].(*Contacts)
		if !ok || len(list.Only) > 0 || list.In != "" {
			continue
		}
		if id, ok := contacts.named(list.Of, wanted); ok {
			return Spot{Node: name, Pick: id}, true
		}
	}
	return Spot{}, false
}

// near lists a node and what is at most two steps from it, the nearest first.
func (tree *Tree) near(node string) []string {
	out, from := []string{node}, 0
	for range 2 {
		until := len(out)
		for _, name := range out[from:until] {
			if n, ok := tree.Nodes[name]; ok {
				for _, l := range n.links() {
					out = append(out, l.To)
				}
			}
		}
		from = until
	}
	return out
}

// named finds the one contact whose city, country or name is as wanted, in any language; of several in one city the first listed is meant,
// as it is the embassy or the consulate general.
func (d *Directory) named(of, wanted string) (string, bool) {
	for i := range d.Entries {
		e := &d.Entries[i]
		if e.Kind+"s" == of && (e.City.folds(wanted) || e.Name.folds(wanted)) {
			return e.ID, true
		}
	}
	for _, c := range d.Countries {
		if c.Name.folds(wanted) {
			return c.ID, true
		}
	}
	return "", false
}

// folds reports whether a wording reads as some folded words, in any language and script.
func (w Wording) folds(wanted string) bool {
	for lang, text := range w {
		if FoldKeyword(text) == wanted || FoldKeyword(Transliterate(text, lang)) == wanted {
			return true
		}
	}
	return false
}

// Telling reports whether the person is asked in a sensitive form what happened, or where, in their own words: a word of danger is their answer
// there. They have come past the numbers, and the form would not be offered again.
func (tree *Tree) Telling(s *State) bool { return tree.Sensitive(s) && tree.Greedy(s) }

// Asking reports whether the person stands at a question, so that what they text next is its answer before it is anything else.
func (tree *Tree) Asking(s *State) bool {
	if s.Held != nil {
		return false
	}
	switch n := tree.Nodes[s.Here.Node].(type) {
	case *Form, *Consent:
		return true
	case *Ask:
		return n.Question.Type != TypePIN
	case *Remind:
		return s.Here.Pick == "" && !n.Fixed
	case *Deadlines:
		return strings.HasPrefix(s.Here.Pick, pickDate)
	case *Stays:
		return s.Here.Pick == pickCame || s.Here.Pick == pickLeft
	case *Status:
		return !ValidNumber(s.Here.Pick)
	case *Account:
		return s.Here.Pick != pickTold && s.Here.Pick != pickDial
	}
	return false
}
