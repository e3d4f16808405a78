package menus

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// Dates without a range may lie a hundred years away.
const farDays = 36500

// build makes a tree of its files and checks it.
func (r *report) build(name string, sources []*source) *Tree {
	r.named = map[string]bool{}
	tree := &Tree{Name: name, Nodes: map[string]Node{}, Keywords: map[string]string{}, Base: Russian}
	r.tree = tree
	for _, s := range sources {
		tree.files = append(tree.files, s.file)
		r.settings(tree, s)
		for _, id := range slices.Sorted(maps.Keys(s.Nodes)) {
			r.node(tree, s, id)
		}
	}
	for _, n := range tree.Nodes {
		if list, ok := n.(*Checklist); ok {
			list.resolve(tree)
		}
	}
	r.check(tree, sources[0])
	return tree
}

func (r *report) settings(tree *Tree, s *source) {
	once := func(key string, given, had bool) bool {
		if given && had {
			r.add(s.at(key), "%s: given in another file of the tree already", key)
		}
		return given && !had
	}
	if once("start", s.Start != "", tree.Start != "") {
		tree.Start = s.Start
	}
	if once("language", s.treeFile.Language != "", tree.Language != "") {
		tree.Language = s.treeFile.Language
	}
	if once("resume", s.Resume != 0, tree.Resume != 0) {
		tree.Resume = time.Duration(s.Resume)
	}
	if s.Base != "" {
		tree.Base = s.Base
	}
	r.codes(tree, s)
	r.keywords(tree, s)
}

func (r *report) codes(tree *Tree, s *source) {
	for i, code := range s.Codes {
		at := s.at(fmt.Sprintf("codes.%d", i))
		if other, taken := r.codeOf[code]; taken {
			r.add(at, "code %s opens tree %s already", code, other)
		}
		if !validCode(code) {
			r.add(at, "%q is no code: write it as it is dialled, *141#", code)
		}
		tree.Codes = append(tree.Codes, code)
		r.codeOf[code] = tree.Name
	}
}

func (r *report) keywords(tree *Tree, s *source) {
	for _, word := range slices.Sorted(maps.Keys(s.Keywords)) {
		at := s.at("keywords." + word)
		folded, own := FoldKeyword(word), keyword{word, tree.Name, s.Keywords[word]}
		if folded == "" {
			r.add(at, "keyword %q has no letters", word)
		}
		if other, taken := r.wordOf[folded]; taken && (other.node != own.node || other.tree != own.tree) {
			r.add(at, "keyword %q reads like %q, which opens node %s of tree %s", word, other.word, other.node, other.tree)
		}
		r.wordOf[folded] = own
		tree.Keywords[word] = own.node
		r.refs = append(r.refs, Link{To: s.Keywords[word], at: at})
	}
}

func (r *report) node(tree *Tree, s *source, id string) {
	f := s.Nodes[id]
	path := "nodes." + id
	at := s.at(path)
	if _, twice := tree.Nodes[id]; twice {
		r.add(at, "node %s stands twice in the tree", id)
		return
	}
	kinds := f.kinds()
	r.named[id] = true
	switch {
	case len(kinds) == 0:
		r.add(at, "%s: the node has no kind, such as menu or text", id)
		return
	case len(kinds) > 1:
		r.add(at, "%s: a node has one kind, not %s", id, strings.Join(kinds, " and "))
		return
	case !f.Text.Given() && (f.Then != nil || f.End):
		r.add(at, "%s: then and end belong to a text", id)
	}
	c := Common{Name: id, Kind: kinds[0], Title: f.Title, Facts: f.Facts, Urgent: f.Urgent, Sensitive: f.Sensitive, at: at}
	tree.Nodes[id] = f.make(c, s, path)
}

// kinds are the kinds a node claims; exactly one is right.
func (f *nodeFile) kinds() []string {
	claims := map[string]bool{
		"menu": f.Menu != nil, "text": f.Text.Given(), "ask": f.Ask != nil, "form": f.Form != nil, "directory": f.Directory != nil,
		"checklist": f.Checklist != nil || f.Include != nil, "remind": f.Remind != nil, "deadlines": f.Deadlines != nil, "stays": f.Stays != nil, "status": f.Status != nil, "account": f.Account != nil,
		"language": f.Language != nil, "consent": f.Consent != nil, "goto": f.Goto != nil,
	}
	var out []string
	for _, kind := range Kinds {
		if claims[kind] {
			out = append(out, kind)
		}
	}
	return out
}

func (f *nodeFile) make(c Common, s *source, path string) Node {
	switch c.Kind {
	case "menu":
		return &Menu{Common: c, Items: links(f.Menu, s, path+".menu")}
	case "text":
		return &Text{Common: c, Text: f.Text, Then: links(f.Then, s, path+".then"), End: f.End}
	case "ask":
		return &Ask{Common: c, Question: f.Ask.make(s, path+".ask"), To: f.Ask.To}
	case "form":
		form := &Form{
			Common: c, File: f.Form.File, Resume: time.Duration(f.Form.Resume), Done: f.Form.Done,
			Questions: questions(f.Form.Questions, s, path+".form.questions"),
		}
		form.nameKeys()
		return form
	case "directory":
		d := f.Directory
		return &Contacts{Common: c, Of: d.Of, By: d.By, Country: d.Country, In: d.In, Only: d.Only, None: d.None}
	case "checklist":
		return &Checklist{Common: c, Items: checkItems(f.Checklist, s, path+".checklist"), Include: f.Include}
	case "remind":
		m := f.Remind
		return &Remind{Common: c, Rule: m.Rule, Days: m.Days, From: m.From.or(-farDays), Until: m.Until.or(farDays), Fixed: m.Fixed, Text: m.Text}
	case "deadlines":
		return &Deadlines{Common: c, Text: f.Deadlines.Text}
	case "stays":
		return &Stays{Common: c, Rule: f.Stays.Rule, Text: f.Stays.Text}
	case "status":
		return &Status{Common: c, Text: f.Status.Text}
	case "account":
		a := f.Account
		return &Account{Common: c, Do: a.Do, Confirm: a.Confirm, Done: a.Done}
	case "language":
		return &LanguageChoice{Common: c, To: f.Language.To}
	case "consent":
		return &Consent{Common: c, Topic: f.Consent.Topic, Version: f.Consent.Version, To: f.Consent.To}
	}
	return &Goto{Common: c, To: f.Goto.To}
}

func links(in []linkFile, s *source, path string) []Link {
	out := make([]Link, len(in))
	for i, l := range in {
		out[i] = Link{To: l.To, Label: l.Label, at: s.at(fmt.Sprintf("%s.%d", path, i))}
	}
	return out
}

func checkItems(in []checkFile, s *source, path string) []CheckItem {
	out := make([]CheckItem, len(in))
	for i, c := range in {
		out[i] = CheckItem{ID: c.ID, Label: c.Label, Text: c.Text, Facts: c.Facts, at: s.at(fmt.Sprintf("%s.%d", path, i))}
	}
	return out
}

func questions(in []questionFile, s *source, path string) []Question {
	out := make([]Question, len(in))
	for i := range in {
		out[i] = in[i].make(s, fmt.Sprintf("%s.%d", path, i))
	}
	return out
}

func (f *questionFile) make(s *source, path string) Question {
	q := Question{
		Name: f.Name, Type: f.Type, Label: f.Label, Title: f.Title, Min: f.Min, Max: f.Max, Back: f.Back, Ahead: f.Ahead,
		From: f.From.or(-farDays), Until: f.Until.or(farDays), Level: f.Level, In: f.In, Of: f.Of, Keep: f.Keep, Optional: f.Optional, Must: f.Must == yes, at: s.at(path),
	}
	for _, o := range f.Options {
		q.Options = append(q.Options, Option(o))
	}
	if f.Repeat != "" {
		q.Repeat = &Repeat{Of: f.Repeat, Questions: questions(f.Questions, s, path+".questions")}
	}
	return q
}
