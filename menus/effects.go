package menus

// Effect is something the caller must carry out in the same transaction as the state: exactly one of its fields is set.
type Effect struct {
	File    *Filing
	Speak   *Speech
	Tick    *Tick
	Consent *Agreement
	Wish    *Wish
	Send    *Sending
}

// Filing asks to file an application.
type Filing struct {
	Kind    string
	Number  string // the reference number the person is shown
	Answers []Answer
}

// Speech sets the language and script a person reads.
type Speech struct {
	Language Language
	Script   Script
}

// Tick sets or clears one checklist item, named "node/item".
type Tick struct {
	Item string
	Done bool
}

// Sending asks for a text to this very phone, in the words the person has just read.
type Sending struct {
	Text string
}

// Wish is what a person said about being sent messages: stop, or send again. An empty topic is everything.
type Wish struct {
	Topic string
	Send  bool
}

// Agreement records a yes or no to a topic, with the version of the wording that was read.
type Agreement struct {
	Topic   string
	Version int
	Agreed  bool
}
