package menus

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"
)

// report gathers what is wrong with the trees being read.
type report struct {
	tree     *Tree
	refs     []Link             // links that stand outside nodes: keywords
	named    map[string]bool    // nodes of the tree, also those that could not be made
	codeOf   map[string]string  // trees by their codes
	wordOf   map[string]keyword // keywords of all trees, as they are compared
	problems []Problem
}

// keyword is a word as it was written and what it opens.
type keyword struct{ word, tree, node string }

func (r *report) add(at position, format string, args ...any) {
	r.problems = append(r.problems, Problem{File: at.file, Line: at.line, Col: at.col, Text: fmt.Sprintf(format, args...)})
}

// check finds what is wrong with a whole tree; each kind of node inspects itself.
func (r *report) check(tree *Tree, s *source) {
	start := position{s.name, 1, 1}
	if tree.Start == "" {
		r.add(start, "tree %s has no start: there is no way home; check all files of the tree together", tree.Name)
	}
	if !tree.Base.Known() {
		r.add(s.at("base"), "base: %q is none of ky, ru, uz, en", tree.Base)
	}
	r.refs = append(r.refs, Link{To: tree.Start, at: s.at("start")}, Link{To: tree.Language, at: s.at("language")})
	for _, ref := range r.refs {
		r.target(ref)
	}
	for _, name := range slices.Sorted(maps.Keys(tree.Nodes)) {
		r.checkNode(tree.Nodes[name])
	}
	if _, ok := tree.Nodes[tree.Start]; ok {
		r.unreachable(tree)
	}
	r.refs = nil
}

func (r *report) target(l Link) {
	if l.To != "" && !r.named[l.To] {
		r.add(l.at, "%s: no node has that name", l.To)
	}
}

var nodeName = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)

func (r *report) checkNode(n Node) {
	c := n.common()
	if !nodeName.MatchString(c.Name) {
		r.add(c.at, "%q is no name for a node: use a-z, 0-9 and -", c.Name)
	}
	r.title(n)
	r.facts(c.at, c.Name, c.Facts)
	r.urgent(n)
	for i, l := range n.links() {
		if l.To == "" {
			r.add(l.at, "%s: a way without a target", c.Name)
		}
		r.target(l)
		if _, isGoto := n.(*Goto); !isGoto && (c.Kind == "menu" || c.Kind == "text") {
			r.label(l.at, fmt.Sprintf("%s: label %d", c.Name, i+1), l.Label)
		}
	}
	if text, ok := n.(*Text); ok {
		r.wording(c.at, c.Name+": text", text.Text)
	}
	if len(n.links()) > maxItems {
		r.add(c.at, "%s: more than %d items: 99 and 0 are keys", c.Name, maxItems)
	}
	n.inspect(r)
}

// urgent asks that what interrupts a form is a number to call, at once.
func (r *report) urgent(n Node) {
	c := n.common()
	if !c.Urgent {
		return
	}
	text, ok := n.(*Text)
	for _, lang := range Languages {
		if !ok || !strings.Contains(text.Text.Wording[lang], "{phone:") {
			r.add(c.at, "%s: urgent is a text that names a phone in every language: {phone:id}", c.Name)
			return
		}
	}
}

// maxItems is the most items a screen may number: 99 is a key.
const maxItems = 98

// titled are the kinds that cannot do without a heading: it is their question.
var titled = []string{"ask", "consent", "deadlines", "status", "account", "checklist"}

func (r *report) title(n Node) {
	c := n.common()
	if remind, is := n.(*Remind); c.Title.Given() || slices.Contains(titled, c.Kind) || is && !remind.Fixed {
		r.wording(c.at, c.Name+": title", c.Title)
	}
}

// languages asks for a text in all four languages that can be paged and holds no phone number of its own.
func (r *report) languages(at position, what string, w Wording) {
	var missing []string
	for _, lang := range Languages {
		if strings.TrimSpace(w[lang]) == "" {
			missing = append(missing, string(lang))
		}
	}
	if len(missing) > 0 {
		r.add(at, "%s: no wording in %s", what, strings.Join(missing, ", "))
	}
	for _, lang := range slices.Sorted(maps.Keys(w)) {
		if !lang.Known() {
			r.add(at, "%s: %q is none of ky, ru, uz, en", what, lang)
		}
		r.text(at, what+" in "+string(lang), w[lang])
	}
}

// smallest is the smallest screen a carrier gives: 140 octets less what some keep for themselves (carriers' figures: docs/carriers.md).
var smallest = Limit{Septets: 140, Units: 64}

// navRoom is what the longest navigation line takes.
func navRoom(lang Language) Size {
	w := wordsOf(lang)
	return Measure("\n" + w.Back + " " + w.More)
}

// Five digits in a row or a plus before digits look like a phone number; a date, a year or a sum does not.
var phoneLike = regexp.MustCompile(`\+\d[\d -]*|\d{5,}|\d{3,}[- ]\d{2,}[- ]\d{2,}([- ]\d+)*`)

var placeholder = regexp.MustCompile(`\{[^{}]*\}`)

func (r *report) text(at position, what, text string) {
	plain := placeholder.ReplaceAllString(text, "")
	if number := phoneLike.FindString(plain); number != "" {
		r.add(at, "%s: %q looks like a phone number: name the entry of the directory, {phone:id}", what, number)
	}
	if strings.ContainsAny(plain, "{}") {
		r.add(at, "%s: a brace without its partner", what)
	}
	for _, place := range placeholder.FindAllString(text, -1) {
		name := strings.Trim(place, "{}")
		if _, id, of := strings.Cut(name, ":"); of && id != "" {
			r.tree.contacts = append(r.tree.contacts, contactRef{id, at})
		}
		if !r.fills(name) {
			r.add(at, "%s: nothing fills {%s}: write {phone:id}, {name:id}, {code} or the name of an answer", what, name)
		}
	}
	for _, word := range strings.Fields(plain) {
		if !smallest.Holds(Measure(Fold(word)).Plus(Measure("\n00000000 00000000"))) {
			r.add(at, "%s: a word longer than the smallest screen, it cannot be paged", what)
		}
	}
}

// Strangers finds what a tree names of a directory that has no such entry: whoever read it would be given another number.
func (tree *Tree) Strangers(d *Directory) []Problem {
	var out []Problem
	seen := map[Problem]bool{}
	for _, ref := range tree.contacts {
		p := Problem{File: ref.at.file, Line: ref.at.line, Col: ref.at.col, Text: fmt.Sprintf("the directory has no entry %q", ref.id)}
		if _, ok := d.Entry(ref.id); !ok && !seen[p] {
			seen[p] = true
			out = append(out, p)
		}
	}
	return out
}

// Unfiled finds the forms of a tree that file what no office handles, in the order of their names; known says which kinds there are.
func (tree *Tree) Unfiled(known func(kind string) bool) []Problem {
	var out []Problem
	for _, name := range slices.Sorted(maps.Keys(tree.Nodes)) {
		if form, ok := tree.Nodes[name].(*Form); ok && !known(form.File) {
			out = append(out, Problem{File: form.at.file, Line: form.at.line, Col: form.at.col, Text: fmt.Sprintf("%s: there is no kind of application %q", name, form.File)})
		}
	}
	return out
}

// fills reports whether something stands for {name} in a wording of the tree.
func (r *report) fills(name string) bool {
	if kind, id, of := strings.Cut(name, ":"); of {
		return id != "" && (kind == "phone" || kind == "name")
	}
	if slices.Contains([]string{"code", "number", "due", "n"}, name) {
		return true
	}
	for _, n := range r.tree.Nodes {
		switch n := n.(type) {
		case *Ask:
			if n.Question.Name == name && n.Question.Type != TypePIN {
				return true
			}
		case *Form:
			if q := n.question(name); q != nil && q.Type != TypePIN {
				return true
			}
		}
	}
	return false
}

func (r *report) facts(at position, what string, facts []Fact) {
	for _, f := range facts {
		if f.Source == "" {
			r.add(at, "%s: facts: the source is missing", what)
		}
		if !slices.Contains([]string{"high", "medium", "low", "none"}, f.Confidence) {
			r.add(at, "%s: facts: confidence is high, medium, low or none, not %q", what, f.Confidence)
		}
		for _, date := range []string{f.Date, f.Review} {
			if date != "" && !factDate(date) {
				r.add(at, "%s: facts: %q is no date, write 2025-11-18, 2025-11 or 2025", what, date)
			}
		}
	}
}

// factDate reports whether a text is a day, a month or a year.
func factDate(text string) bool {
	for _, layout := range []string{time.DateOnly, "2006-01", "2006"} {
		if _, err := time.Parse(layout, text); err == nil {
			return true
		}
	}
	return false
}

// unreachable finds nodes that nobody can come to.
func (r *report) unreachable(tree *Tree) {
	seen := tree.reach(append(slices.Collect(maps.Values(tree.Keywords)), tree.Start, tree.Language)...)
	for _, name := range slices.Sorted(maps.Keys(tree.Nodes)) {
		if list, ok := tree.Nodes[name].(*Checklist); !seen[name] && !(ok && tree.included(list.Name)) {
			r.add(tree.Nodes[name].common().at, "%s: nobody can reach this node", name)
		}
	}
}

// reach gathers the nodes that can be come to from some others.
func (tree *Tree) reach(from ...string) map[string]bool {
	seen := map[string]bool{}
	for len(from) > 0 {
		name := from[len(from)-1]
		from = from[:len(from)-1]
		n, ok := tree.Nodes[name]
		if !ok || seen[name] {
			continue
		}
		seen[name] = true
		for _, l := range n.links() {
			from = append(from, l.To)
		}
	}
	return seen
}

func (tree *Tree) included(name string) bool {
	for _, n := range tree.Nodes {
		if list, ok := n.(*Checklist); ok && slices.Contains(list.Include, name) {
			return true
		}
	}
	return false
}

var codeShape = regexp.MustCompile(`^\*[0-9]{1,6}(\*[0-9]{1,6})*#$`)

func validCode(code string) bool { return codeShape.MatchString(code) }
