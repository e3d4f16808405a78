package bench

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"sapar/directory"
	"sapar/menus"
	"sapar/people"
	"sapar/ussd"
)

const (
	dialogueTurns = 6       // turns of each dialogue: the dial, four answers, and 000 to leave
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
func newDialogues(channel ussd.Channel) (*dialogues, error) {
	trees, problems := menus.Read(menus.BuiltIn())
	if len(problems) > 0 {
		return nil, fmt.Errorf("built-in trees: %s", problems[0])
	}
	contents, err := directory.BuiltIn()
	if err != nil {
		return nil, err
	}
	tree, _ := menus.NewShelf(trees...).ByCode(code)
	w := walker{
		channel: channel, tree: tree, random: rand.New(rand.NewPCG(1, 2)),
		facts: &menus.Facts{Directory: contents.Directory(), Channel: channel.Screen, Today: time.Now(), Code: code, Number: menus.NewNumber(1), Texts: true},
	}
	return w.all()
}

// walker makes dialogues.
type walker struct {
	channel ussd.Channel
	tree    *menus.Tree
	facts   *menus.Facts
	random  *rand.Rand
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
	state, screen := menus.Open(w.tree, language, "", "", w.facts)
	keys := []string{}
	made, err := w.exchange(keys, screen)
	if err != nil {
		return nil, err
	}
	all := walked{made}
	for len(all) < dialogueTurns {
		key := "000"
		if len(all) < dialogueTurns-1 {
			key = w.key(state)
		}
		state, screen, _ = menus.Step(w.tree, state, key, w.facts)
		keys = append(keys, key)
		if made, err = w.exchange(keys, screen); err != nil {
			return nil, err
		}
		all = append(all, made)
	}
	return all, nil
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

// exchange is the callback after some keys, made by the carrier's own code.
func (w *walker) exchange(keys []string, screen menus.Screen) (exchange, error) {
	dial := ussd.Dial{Key: sessionMark, Phone: "+" + phoneMark, Code: code, Path: strings.Join(keys, "*"), Whole: true}
	request, err := w.channel.Carrier.Call("http://bench/ussd/"+w.channel.Name, dial)
	if err != nil {
		return exchange{}, err
	}
	var wire bytes.Buffer
	if err := request.Write(&wire); err != nil {
		return exchange{}, err
	}
	word := "CON "
	if screen.End {
		word = "END "
	}
	return exchange{
		request: wire.Bytes(), answer: []byte(word + screen.Text),
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

// knownPhones is where the numbers of known people begin, and newPhones those of newcomers, after +996.
const (
	knownPhones = 700_000_000
	newPhones   = 770_000_000
)

// knownPerson is the number and the language of a known person.
func knownPerson(n int) (people.Phone, menus.Language) {
	phone, _ := people.NewPhone(fmt.Sprintf("+996%09d", knownPhones+n))
	return phone, menus.Languages[n%len(menus.Languages)]
}
