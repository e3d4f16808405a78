package sms

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"

	"sapar/menus"
	"sapar/people"
)

//go:embed words.yaml
var wordsFile []byte

// Order is a word that is obeyed whatever conversation a phone is in.
type Order string

// The orders.
const (
	OrderNone  Order = ""
	OrderStop  Order = "stop"  // send nothing more
	OrderStart Order = "start" // send again; of a phone that had stopped nothing, open the menu
	OrderHelp  Order = "help"
)

// said is what a spelling stands for.
type said struct {
	order Order
	topic string
}

// vocabulary is the file of words; its spellings are folded and point to what they stand for.
type vocabulary struct {
	Version int                 `yaml:"version"`
	Stop    []string            `yaml:"stop"`
	Start   []string            `yaml:"start"`
	Help    []string            `yaml:"help"`
	Topics  map[string][]string `yaml:"topics"`
	orders  map[string]Order
	topics  map[string]string
}

// spoken is read once: the file is part of the program, so an error in it is an error of the program.
var spoken = mustVocabulary()

// WordsVersion numbers the words and the confirmations they get; it is kept with every stop and start.
var WordsVersion = spoken.Version

func mustVocabulary() *vocabulary {
	v := &vocabulary{orders: map[string]Order{}, topics: map[string]string{}}
	if err := yaml.UnmarshalWithOptions(wordsFile, v, yaml.Strict()); err != nil {
		panic("sms: words.yaml: " + err.Error())
	}
	learn(v.orders, OrderStop, v.Stop)
	learn(v.orders, OrderStart, v.Start)
	learn(v.orders, OrderHelp, v.Help)
	for topic, spellings := range v.Topics {
		if !slices.Contains(people.Topics, topic) {
			panic(fmt.Sprintf("sms: words.yaml: nothing is sent about %s", topic))
		}
		learn(v.topics, topic, spellings)
	}
	return v
}

// learn adds spellings of one meaning; a spelling of two is an error.
func learn[M comparable](known map[string]M, meaning M, spellings []string) {
	for _, spelling := range spellings {
		folded := menus.FoldKeyword(spelling)
		if other, taken := known[folded]; taken && other != meaning || folded == "" {
			panic(fmt.Sprintf("sms: words.yaml: %q stands for %v and for %v", spelling, other, meaning))
		}
		known[folded] = meaning
	}
}

// Command reads a text that is nothing but an order, in any of the four languages and both scripts. A stop or a start may name a topic,
// before or after it; without one it is about everything. Words with typing errors, and orders within other words, are none.
func Command(text string) (order Order, topic string, ok bool) {
	if len(text) > 4*menus.MaxInput {
		return OrderNone, "", false
	}
	for _, folded := range []string{menus.FoldKeyword(text), menus.FoldLookAlikes(text)} {
		if meant, ok := spoken.read(folded); ok {
			return meant.order, meant.topic, true
		}
	}
	return OrderNone, "", false
}

// read knows an order alone, said several times, or beside a topic.
func (v *vocabulary) read(folded string) (said, bool) {
	if order, ok := v.orders[folded]; ok {
		return said{order: order}, true
	}
	words := strings.Split(folded, " ")
	if once := slices.Compact(slices.Clone(words)); len(once) == 1 {
		order, ok := v.orders[once[0]]
		return said{order: order}, ok
	}
	for i := 1; i < len(words); i++ {
		before, after := strings.Join(words[:i], " "), strings.Join(words[i:], " ")
		if meant, ok := v.pair(before, after); ok {
			return meant, true
		}
		if meant, ok := v.pair(after, before); ok {
			return meant, true
		}
	}
	return said{}, false
}

// pair is an order about a topic; help is about none.
func (v *vocabulary) pair(order, topic string) (said, bool) {
	meant, ok := v.orders[order]
	about, known := v.topics[topic]
	return said{meant, about}, ok && known && meant != OrderHelp
}
