package menus

import (
	"slices"
	"strings"
	"time"
)

// Status shows what a person has filed: their list behind the PIN, or one application by its number and the PIN of whoever filed it. A text
// message says no more of a number than that something goes on with it.
type Status struct {
	Common
	Text Phrase // whom to call while nothing can be looked up
}

// The picks inside a status node that are not numbers.
const (
	pickNumber = "number"
	pickReply  = "reply:" // and the number
)

func (n *Status) body(t *turn) Body {
	pick, _ := t.staged()
	number, replying := strings.CutPrefix(pick, pickReply)
	switch {
	case t.facts.Channel.SMS:
		return n.texted(t, pick)
	case t.facts.Away:
		return Body{Text: t.say(n.Text)}
	case replying && t.state.As != "":
		return Body{Text: t.words.YourReply}
	case pick == pickNumber:
		return Body{Text: t.words.WhichNumber}
	case pick != "":
		return n.one(t, number)
	case t.state.As != "":
		return n.list(t)
	case !t.facts.HasPIN:
		return Body{Text: t.words.NoPIN, Items: []string{t.words.ByNumber}}
	}
	return t.gateBody(n.gate(t))
}

// texted is what a text message says.
func (n *Status) texted(t *turn, number string) Body {
	switch {
	case !ValidNumber(number):
		return Body{Text: t.words.WhichNumber}
	case t.facts.Neutral == nil || t.facts.Away:
		return Body{Text: t.say(n.Text)}
	}
	if text, ok := t.facts.Neutral(number, t.language()); ok {
		return Body{Text: text}
	}
	return Body{Text: t.words.NotFoundSMS}
}

// list numbers what the person has filed; the last item asks for another number.
func (n *Status) list(t *turn) Body {
	filed, ok := t.filed()
	if !ok {
		return Body{Text: t.say(n.Text)}
	}
	text := t.say(n.Title)
	if len(filed) == 0 {
		text = t.words.NothingFiled
	}
	items := make([]string, 0, len(filed)+1)
	for _, f := range filed {
		items = append(items, strings.TrimSpace(grouped(f.Number)+" "+t.words.Statuses[f.Status]))
	}
	return Body{Text: text, Items: append(items, t.words.ByNumber)}
}

// filed is what the person has filed who has proved their PIN; the list ends where the numbers of items do.
func (t *turn) filed() ([]Filed, bool) {
	if t.facts.Filed == nil || t.state.As == "" {
		return nil, false
	}
	filed, ok := t.facts.Filed(t.state.As, t.language())
	return filed[:min(len(filed), maxItems-1)], ok
}

// own is the application of a number, when it is the person's.
func (t *turn) own(number string) (Filed, bool) {
	filed, _ := t.filed()
	if i := slices.IndexFunc(filed, func(f Filed) bool { return f.Number == number }); i >= 0 {
		return filed[i], true
	}
	return Filed{}, false
}

func (n *Status) one(t *turn, number string) Body {
	f, ok := t.own(number)
	if !ok {
		return t.gateBody(n.byNumber(t, number))
	}
	lines := []string{f.Name, grouped(f.Number), f.Text}
	if filed, err := time.Parse(time.DateOnly, f.FiledAt); err == nil {
		lines = append(lines, strings.ReplaceAll(t.words.FiledOn, "{date}", filed.Format("02.01.2006")))
	}
	if f.Question == "" {
		return Body{Text: strings.Join(lines, "\n")}
	}
	lines = append(lines, t.words.OfficeAsks+" "+f.Question)
	return Body{Text: strings.Join(lines, "\n"), Items: []string{t.words.Reply}}
}

// gate asks for the PIN of somebody on this phone.
func (n *Status) gate(t *turn) *gate {
	return &gate{
		ask: t.say(n.Title) + "\n" + t.words.PINYours, skip: t.words.ByNumber,
		open: func(as string) { t.state.As, t.state.Here = as, Spot{Node: n.Name} },
		left: func() { t.pick(pickNumber) },
	}
}

// byNumber asks for the PIN of whoever filed a number.
func (n *Status) byNumber(t *turn, number string) *gate {
	return &gate{
		pick: number, ask: t.words.PINFiled, number: number,
		open: func(as string) { t.state.As, t.state.Here = as, Spot{Node: n.Name, Pick: number} },
	}
}

func (n *Status) answer(t *turn, input string) {
	pick, stage := t.staged()
	number, ok := Reference(input)
	reply, replying := strings.CutPrefix(pick, pickReply)
	switch {
	case t.facts.Away:
		t.wrong(t.words.Wrong)
	case replying:
		n.reply(t, reply, input)
	case ok && stage == "":
		t.pick(number)
	case pick == pickNumber, pick == "" && (t.facts.Channel.SMS || len(input) > longestPIN && digitsOnly(input)):
		t.wrong(t.words.BadReference)
	case t.facts.Channel.SMS:
		t.wrong(t.words.Wrong)
	case pick != "":
		n.within(t, pick, input)
	default:
		n.choose(t, input)
	}
}

// choose answers the list, or what stands in its place.
func (n *Status) choose(t *turn, input string) {
	if t.state.As == "" && t.facts.HasPIN {
		t.gateAnswer(n.gate(t), input)
		return
	}
	filed, _ := t.filed()
	switch i, ok := choose(input, len(filed)+1); {
	case !ok:
		t.wrong(t.words.Wrong)
	case i == len(filed):
		t.pick(pickNumber)
	default:
		t.pick(filed[i].Number)
	}
}

// within answers one application: its PIN, or that a question of the office is replied to.
func (n *Status) within(t *turn, number, input string) {
	switch f, ok := t.own(number); {
	case !ok:
		t.gateAnswer(n.byNumber(t, number), input)
	case input == "1" && f.Question != "":
		t.pick(pickReply + number)
	default:
		t.wrong(t.words.Wrong)
	}
}

// longestReply is what of a reply is taken, in characters.
const longestReply = 160

func (n *Status) reply(t *turn, number, input string) {
	f, ok := t.own(number)
	switch {
	case !ok || f.Question == "":
		t.state.Here = Spot{Node: n.Name}
	case input == "" || len([]rune(input)) > longestReply:
		t.wrong(strings.ReplaceAll(t.words.BadText, "{max}", "160"))
	default:
		t.do(Effect{Answer: &Reply{Number: number, As: t.state.As, Text: input}})
		t.rejoin(Spot{Node: n.Name})
		t.notice(t.words.Replied)
	}
}

func (n *Status) links() []Link { return nil }

func (n *Status) inspect(r *report) {
	r.wording(n.at, n.Name+": text", n.Text)
}

// Status is the node that shows what was filed, which a text that is nothing but a number opens; ok is false when the tree has none.
func (tree *Tree) Status() (node string, ok bool) {
	for name, n := range tree.Nodes {
		if _, is := n.(*Status); is && (!ok || name < node) {
			node, ok = name, true
		}
	}
	return node, ok
}
