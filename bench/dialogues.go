package bench

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"net/http"
	"time"

	"sapar/directory"
	"sapar/menus"
	"sapar/people"
)

const (
	dialogueTurns = 6       // turns of each dialogue: the dial or the keyword, four answers, and 000 to leave
	walksEach     = 16      // different dialogues in each language
	newcomerEvery = 20      // one dialogue in so many is of a phone that was never seen, and begins with the choice of a language
	code          = "*141#" // that everybody dials
)

// dialogues are the dialogues callers have, with the bytes a carrier sends and those it must get back.
type dialogues struct {
	known     map[menus.Language][]walked // of people whose language is known
	newcomers []walked
}

// walked is one dialogue, turn by turn.
type walked []exchange

// exchange is one callback as bytes on the wire, with the places where the session and the phone stand in it, and the body of its answer.
type exchange struct {
	request        []byte
	session, phone int
	answer         []byte
}

// The session and the phone of a prepared callback; each caller writes its own over them, digit by digit.
const (
	sessionMark = "bench-0000000000"
	phoneMark   = "996000000000"
)

// newDialogues walks through the built-in tree with the engine alone: whatever the tree holds, the bench knows which screen must
// come, and a screen that differs by a byte counts as a mistake of the server.
func newDialogues(at door) (*dialogues, error) {
	trees, problems := menus.Read(menus.BuiltIn())
	if len(problems) > 0 {
		return nil, fmt.Errorf("built-in trees: %s", problems[0])
	}
	contents, err := directory.BuiltIn()
	if err != nil {
		return nil, err
	}
	tree, _ := menus.NewShelf(trees...).ByCode(code)
	facts := at.facts
	facts.Directory, facts.Today, facts.Number = contents.Directory(), time.Now(), menus.NewNumber(1)
	w := walker{door: at, tree: tree, random: rand.New(rand.NewPCG(1, 2)), facts: &facts}
	return w.all()
}

// door is how a dialogue reaches the program: dialled (dialled.go) or texted (texted.go).
type door struct {
	facts   menus.Facts // what the engine is told of it
	open    func(w *walker, language menus.Language) (input string, state menus.State, screen menus.Screen)
	request func(inputs []string) (*http.Request, error) // the callback of the last of some inputs
	answer  func(screen menus.Screen) string
}

// walker makes dialogues.
type walker struct {
	door
	tree   *menus.Tree
	facts  *menus.Facts
	random *rand.Rand
}

func (w *walker) all() (*dialogues, error) {
	all := &dialogues{known: map[menus.Language][]walked{}}
	for _, language := range menus.Languages {
		for range walksEach {
			known, err := w.walk(language)
			if err != nil {
				return nil, err
			}
			all.known[language] = append(all.known[language], known)
			newcomer, err := w.walk("")
			if err != nil {
				return nil, err
			}
			all.newcomers = append(all.newcomers, newcomer)
		}
	}
	return all, nil
}

// walk makes one dialogue of a person with a language, or of one without.
func (w *walker) walk(language menus.Language) (walked, error) {
	input, state, screen := w.open(w, language)
	inputs := []string{input}
	var all walked
	for {
		made, err := w.exchange(inputs, screen)
		if err != nil {
			return nil, err
		}
		if all = append(all, made); len(all) == dialogueTurns {
			return all, nil
		}
		input = "000"
		if len(all) < dialogueTurns-1 {
			input = w.key(state)
		}
		state, screen, _ = menus.Step(w.tree, state, input, w.facts)
		inputs = append(inputs, input)
	}
}

// key draws an answer that leads to another screen, and leaves out what would store more than a turn, such as a form: one of a checklist's
// ticks or a filing costs a transaction of its own. The choice of a language is kept.
func (w *walker) key(state menus.State) string {
	for _, n := range w.random.Perm(7) {
		key := fmt.Sprint(n + 1)
		next, screen, effects := menus.Step(w.tree, state, key, w.facts)
		speaks := len(effects) == 1 && effects[0].Speak != nil && state.Language == ""
		if next.Misses == 0 && !screen.End && (len(effects) == 0 || speaks) && !w.asks(&next) {
			return key
		}
	}
	return "0"
}

// asks reports whether the next answer is free text or a question of a form.
func (w *walker) asks(state *menus.State) bool {
	_, form := w.tree.Nodes[state.Here.Node].(*menus.Form)
	return form || w.tree.Greedy(state)
}

// exchange is the last callback of some inputs, and what must be answered.
func (w *walker) exchange(inputs []string, screen menus.Screen) (exchange, error) {
	request, err := w.request(inputs)
	if err != nil {
		return exchange{}, err
	}
	var wire bytes.Buffer
	if err := request.Write(&wire); err != nil {
		return exchange{}, err
	}
	return exchange{
		request: wire.Bytes(), answer: []byte(w.answer(screen)),
		session: bytes.Index(wire.Bytes(), []byte(sessionMark)) + len(sessionMark), phone: bytes.Index(wire.Bytes(), []byte(phoneMark)) + len(phoneMark),
	}, nil
}

// with writes a session and a phone into a copy of the callback, which it appends to an empty buffer.
func (e *exchange) with(buffer []byte, session, phone int) []byte {
	buffer = append(buffer[:0], e.request...)
	writeDigits(buffer[:e.session], session, 10)
	writeDigits(buffer[:e.phone], phone, 9)
	return buffer
}

// writeDigits writes a number over the end of a buffer, with leading zeros.
func writeDigits(b []byte, n, digits int) {
	for i := range digits {
		b[len(b)-1-i] = byte('0' + n%10)
		n /= 10
	}
}

// knownPhone is the number of a known person, and newPhone that of a newcomer, after +996. They lie scattered over many ranges of numbers, as
// those of people do: how many answers go to one range on a day is bounded.
func knownPhone(n int) int { return 700_000_000 + n%700*100_000 + n/700 }
func newPhone(n int) int   { return 770_000_000 + n%100*100_000 + n/100 }

// knownPerson is the number and the language of a known person.
func knownPerson(n int) (people.Phone, menus.Language) {
	phone, _ := people.NewPhone(fmt.Sprintf("+996%09d", knownPhone(n)))
	return phone, menus.Languages[n%len(menus.Languages)]
}
