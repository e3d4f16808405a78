package menus

// Effect is something the caller must carry out in the same transaction as the state: exactly one of its fields is set.
type Effect struct {
	File    *Filing
	Speak   *Speech
	Tick    *Tick
	Consent *Agreement
	Wish    *Wish
	Send    *Sending
	Answer  *Reply
	SetPIN  *SetPIN
	Join    *Join
	Move    *Move
	Forget  *Forget
	Export  *Export
	Keep    *Keep
	Wait    *Waiting
	End     *Ending
	Cross   *Crossing
}

// Filing asks to file an application: for the person As, or with a new PIN, else without one. What is filed without a PIN is in nobody's
// list, since on a shared phone somebody else may set one later.
type Filing struct {
	Kind    string
	Number  string // the reference number the person is shown
	Answers []Answer
	Notify  bool   // a text when something changes, which holds nothing but the number
	As      string // who has proved their PIN
	PIN     string // a new one: the first of this phone
	Other   bool   // the new PIN is of another person than those with a PIN on this phone
}

// Reply is the answer to what an office has asked about an application of As.
type Reply struct {
	Number string
	As     string
	Text   string
}

// SetPIN gives a person another PIN, who has just proved the old one; the holder of this phone their first when As is empty, since nobody on it
// has one.
type SetPIN struct {
	As  string
	PIN string
}

// Join adds a person to this phone, told apart by a PIN.
type Join struct {
	PIN string
}

// Move makes this phone the main number of As, or a further one: they have just proved the PIN of what they filed.
type Move struct {
	Number  string
	As      string
	PIN     string
	Further bool
}

// Forget deletes all that is known of As; of the holder of this phone when it is empty, since nobody on it has a PIN.
type Forget struct {
	As string
}

// Export asks for the data of As as a text; of the holder of this phone when it is empty.
type Export struct {
	As string
}

// Keep remembers where somebody is or comes from: country, city, oblast or raion. It is of As, or of the holder of this phone.
type Keep struct {
	As    string
	Field string
	Value string
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
