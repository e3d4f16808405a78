package menus

import "maps"

// Checklist is a list of things to do that a person ticks; the progress is kept.
type Checklist struct {
	Common
	Items   []CheckItem
	Include []string // checklists whose items follow
	all     []checkRef
}

// CheckItem is one thing to do.
type CheckItem struct {
	ID    string
	Label Phrase
	Text  Phrase // what and why
	Facts []Fact
	at    position
}

// checkRef is an item with the name its tick is kept under, which an including checklist shares.
type checkRef struct {
	*CheckItem
	key string
}

// ticked stands before a ticked item in place of the space, so that a tick moves nothing on the pages.
const ticked = "+"

// resolve gathers the items that may be shown, the included ones behind the own; it runs once, when the tree is made.
func (n *Checklist) resolve(tree *Tree) {
	n.all = nil
	lists := []*Checklist{n}
	for _, name := range n.Include {
		if other, ok := tree.Nodes[name].(*Checklist); ok {
			lists = append(lists, other)
		}
	}
	for _, list := range lists {
		for i := range list.Items {
			if shown(list.Items[i].Facts) {
				n.all = append(n.all, checkRef{&list.Items[i], list.Name + "/" + list.Items[i].ID})
			}
		}
	}
}

// picked is the item the person has opened.
func (n *Checklist) picked(t *turn) (checkRef, bool) {
	for _, ref := range n.all {
		if ref.key == t.state.Here.Pick {
			return ref, true
		}
	}
	return checkRef{}, false
}

func (n *Checklist) body(t *turn) Body {
	if ref, ok := n.picked(t); ok {
		action := t.words.Tick
		if t.ticks()[ref.key] {
			action = t.words.Untick
		}
		return Body{Text: t.say(ref.Label) + ".\n" + t.say(ref.Text), Items: []string{action}}
	}
	return t.offerText(Body{Text: t.say(n.Title), Items: n.list(t)})
}

// list are the labels of the items, the ticked ones marked.
func (n *Checklist) list(t *turn) []string {
	items := make([]string, len(n.all))
	for i, ref := range n.all {
		items[i] = t.say(ref.Label)
		if t.ticks()[ref.key] {
			items[i] = ticked + items[i]
		}
	}
	return items
}

func (n *Checklist) answer(t *turn, input string) {
	ref, open := n.picked(t)
	i, ok := choose(input, len(n.all)+1)
	switch {
	case open && input == "1" && t.facts.Away:
		t.notice(t.notSaved())
	case open && input == "1":
		t.tick(ref.key, !t.ticks()[ref.key])
		t.leaveItem(ref.key)
	case !open && ok && i == len(n.all) && t.mayText():
		t.textMe(t.numbered(t.say(n.Title), n.list(t)))
	case !open && ok && i < len(n.all):
		t.pick(n.all[i].key)
	default:
		t.wrong(t.words.Wrong)
	}
}

// leaveItem goes back to the list, to the page the item was opened from, over the pages the item itself was read on.
func (t *turn) leaveItem(key string) {
	for t.state.Here.Pick == key {
		t.back()
	}
}

// ticks are the person's, with the one this turn has changed.
func (t *turn) ticks() map[string]bool {
	if t.ticked != nil {
		return t.ticked
	}
	return t.facts.Ticks
}

func (t *turn) tick(item string, done bool) {
	t.ticked = maps.Clone(t.facts.Ticks)
	if t.ticked == nil {
		t.ticked = map[string]bool{}
	}
	t.ticked[item] = done
	t.do(Effect{Tick: &Tick{Item: item, Done: done}})
}

func (n *Checklist) links() []Link { return nil }

func (n *Checklist) inspect(r *report) {
	if len(n.Items)+len(n.Include) == 0 {
		r.add(n.at, "%s: a checklist without items", n.Name)
	}
	for _, name := range n.Include {
		if _, ok := r.tree.Nodes[name].(*Checklist); !ok {
			r.add(n.at, "%s: include: no checklist is named %q", n.Name, name)
		}
	}
	if len(n.all) > maxItems {
		r.add(n.at, "%s: more than %d items: 99 and 0 are keys", n.Name, maxItems)
	}
	seen := map[string]bool{}
	for i := range n.Items {
		n.inspectItem(r, &n.Items[i], seen)
	}
}

func (n *Checklist) inspectItem(r *report, item *CheckItem, seen map[string]bool) {
	if item.ID == "" || seen[item.ID] {
		r.add(item.at, "%s: every item needs an id of its own, not %q", n.Name, item.ID)
	}
	seen[item.ID] = true
	r.wording(item.at, n.Name+": "+item.ID+": label", item.Label)
	r.wording(item.at, n.Name+": "+item.ID+": text", item.Text)
	r.facts(item.at, n.Name+": "+item.ID, item.Facts)
	if len(item.Facts) == 0 {
		r.add(item.at, "%s: %s: an item needs facts: its source, date and confidence", n.Name, item.ID)
	}
}
