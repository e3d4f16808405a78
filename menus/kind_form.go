package menus

import (
	"strconv"
	"strings"
	"time"
)

// Form asks its questions one by one, shows all answers for review, lets one be changed, and files them when they are confirmed.
type Form struct {
	Common
	File      string        // kind of application
	Resume    time.Duration // how long a dropped form is offered again
	Questions []Question
	Done      Phrase // the last screen, shown only once the filing is stored
}

// The picks inside a form that are not questions.
const (
	pickReview = "review"
	pickEdit   = "edit"
	pickDone   = "done:" // and the reference number
)

// formStep is one question as it is asked of this person: a repeated one stands here once for each turn.
type formStep struct {
	*Question
	key string // of the answer in the state
	n   string // the turn of a repeated question
}

// steps are the questions that apply, given the answers so far.
func (n *Form) steps(t *turn) []formStep {
	out := make([]formStep, 0, len(n.Questions))
	for i := range n.Questions {
		q := &n.Questions[i]
		if q.Repeat == nil {
			out = n.with(t, out, q, q.key, "")
			continue
		}
		count, _ := t.state.answer(q.key)
		times, _ := strconv.Atoi(count)
		for turn := 1; turn <= times; turn++ {
			at := strconv.Itoa(turn)
			for j := range q.Repeat.Questions {
				inner := &q.Repeat.Questions[j]
				out = n.with(t, out, inner, q.key+"."+at+"."+inner.Name, at)
			}
		}
	}
	return out
}

// with adds a question, unless there is nothing to answer.
func (n *Form) with(t *turn, out []formStep, q *Question, key, turn string) []formStep {
	if !q.asked(t) {
		return out
	}
	return append(out, formStep{q, key, turn})
}

// key names an answer in the state, so that two forms of one call cannot read each other's.
func (n *Form) key(name string) string { return n.Name + "/" + name }

// nameKeys names the answers once, when the form is made.
func (n *Form) nameKeys() {
	for i := range n.Questions {
		q := &n.Questions[i]
		q.key = n.key(q.Name)
		if q.Repeat != nil {
			q.key = n.key(q.Repeat.Of)
		}
	}
}

// current is the question the person stands at: the picked one, or the first that has no answer.
func (n *Form) current(t *turn, steps []formStep) (formStep, bool) {
	pick, _ := t.staged()
	for _, s := range steps {
		if pick == s.key {
			return s, true
		}
	}
	return unanswered(t, steps)
}

// unanswered is the first question that has no answer.
func unanswered(t *turn, steps []formStep) (formStep, bool) {
	for _, s := range steps {
		if !s.answered(t) {
			return s, true
		}
	}
	return formStep{}, false
}

func (n *Form) body(t *turn) Body {
	pick, stage := t.staged()
	if number, filed := strings.CutPrefix(pick, pickDone); filed {
		t.set("number", grouped(number))
		t.end = true
		return Body{Text: t.say(n.Done) + t.answerAt(stage)}
	}
	if t.facts.Away {
		return Body{Text: t.notSaved()}
	}
	steps := n.steps(t)
	switch t.state.Here.Pick {
	case pickReview:
		return Body{Text: t.words.Review + "\n" + strings.Join(n.summary(t, steps), "\n"), Items: []string{t.words.Send, t.words.Edit}}
	case pickEdit:
		return Body{Text: t.words.EditWhich, Items: n.summary(t, steps)}
	}
	s, ok := n.current(t, steps)
	if !ok {
		t.state.Here.Pick = pickReview
		return n.body(t)
	}
	if s.Type == TypePIN {
		return t.gateBody(n.gate(t, s))
	}
	t.set("n", s.n)
	text := t.say(s.Title)
	if s.Question == &n.Questions[0] && n.Title.Given() {
		text = t.say(n.Title) + "\n" + text
	}
	return Body{Text: text, Items: s.items(t)}
}

// summary writes every answer behind the short name of its question.
func (n *Form) summary(t *turn, steps []formStep) []string {
	out := make([]string, 0, len(steps))
	for _, s := range steps {
		t.set("n", s.n)
		out = append(out, t.label(s.Question)+": "+s.shown(t, s.value(t)))
	}
	return out
}

func (n *Form) answer(t *turn, input string) {
	steps := n.steps(t)
	switch {
	case strings.HasPrefix(t.state.Here.Pick, pickDone):
		t.leave(t.words.Bye)
	case t.facts.Away:
	case t.state.Here.Pick == pickReview:
		n.confirm(t, steps, input)
	case t.state.Here.Pick == pickEdit:
		if i, ok := choose(input, len(steps)); ok {
			t.pick(steps[i].key)
			return
		}
		t.wrong(t.words.Wrong)
	default:
		n.take(t, steps, input)
	}
}

// take keeps the answer to the question the person stands at and goes on to the next.
func (n *Form) take(t *turn, steps []formStep, input string) {
	s, ok := n.current(t, steps)
	if !ok {
		t.rejoin(Spot{Node: n.Name, Pick: pickReview})
		return
	}
	if s.Type == TypePIN {
		t.gateAnswer(n.gate(t, s), input)
		return
	}
	value, ok, why := s.accept(t, input)
	if !ok {
		t.wrong(why)
		return
	}
	if s.Must && value == no {
		n.cancel(t)
		return
	}
	n.keep(t, s, value)
	n.advance(t, s.key)
}

// keep stores an answer and forgets the ones that depended on another value of it.
func (n *Form) keep(t *turn, s formStep, value string) {
	if old, _ := t.state.answer(s.key); old == value && old != "" {
		return
	}
	t.state.setAnswer(s.key, value)
	for _, other := range n.steps(t) {
		if other.In == s.Name && s.n == "" {
			t.state.dropAnswer(other.key)
		}
	}
}

// advance goes to the first question without an answer, or to the review; the answered one is the way back.
func (n *Form) advance(t *turn, answered string) {
	t.state.Here.Pick = answered
	if s, missing := unanswered(t, n.steps(t)); missing {
		t.pick(s.key)
		return
	}
	t.rejoin(Spot{Node: n.Name, Pick: pickReview})
}

// confirm files the answers. A question that a later change has brought, and that was left by going back, is asked first; and before
// everything has been shown, the keys of the last page turn the page: nobody sends what they have not seen.
func (n *Form) confirm(t *turn, steps []formStep, input string) {
	s, missing := unanswered(t, steps)
	switch {
	case t.state.Next > 0 && (input == "1" || input == "2"):
		t.more()
	case input == "1" && missing:
		t.pick(s.key)
	case input == "1":
		n.file(t, steps)
	case input == "2":
		t.pick(pickEdit)
	default:
		t.wrong(t.words.Wrong)
	}
}

// cancel forgets the answers and goes home: the person did not want them sent.
func (n *Form) cancel(t *turn) {
	n.forget(t)
	t.home()
	t.notice(t.words.NotSent)
}

func (n *Form) links() []Link { return nil }
