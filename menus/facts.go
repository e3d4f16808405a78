package menus

import "time"

// Facts is what a turn may look up; the caller loads them, the engine only reads.
type Facts struct {
	Directory *Directory
	Channel   Channel
	Today     time.Time       // the date at the person's place
	Ticks     map[string]bool // ticked checklist items, as "node/item"
	Code      string          // the code that was dialled, as "*141#"
	Number    string          // a fresh reference number, used when a dialogue opens
	First     bool            // the screen is the first of its call: a carrier may allow it less or more room
	Texts     bool            // a text can be sent to this phone, which is not being texted with now
	About     string          // the one thing a STOP was about; empty is everything
	Started   bool            // what was stopped is sent again, which the first screen says
	Away      bool            // nothing can be stored now: nothing may be called saved
	HeldTree  *Tree           // the tree a held dialogue is pinned to, when State.Held is set
	HasPIN    bool            // somebody on this phone has a PIN
	Refused   Refusal         // why what this very turn asked for before could not be carried out

	// What is looked up only when a node asks for it. A function that is nil is not available, as when the database is away.
	Unlock  func(pin string) Unlocked                         // whose PIN this is, of the people on this phone; a wrong one counts
	Look    func(number, pin string) Unlocked                 // whether it is the PIN of whoever filed a number, from any phone
	Filed   func(as string, lang Language) ([]Filed, bool)    // what a person has filed, the newest first; false while it cannot be read
	Neutral func(number string, lang Language) (string, bool) // what a text says of a number; false for an unknown one and for one of another phone alike

	Plan      func(as, rule, event string) (Plan, bool)         // what would be sent for a date; false for a rule that is off
	Deadlines func(as string, lang Language) ([]Deadline, bool) // what a person waits for, the next due first; false while it cannot be read
	Stay      func(as, rule string) (Stay, bool)                // the days spent in the country of a rule; false for a rule that is off
}

// Unlocked is what a PIN proves. With nothing set it was wrong, or the number unknown: the two are not told apart.
type Unlocked struct {
	As     string // the id of the person
	First  bool   // nobody on this phone has a PIN yet
	Locked bool   // too many wrong ones; this one was not looked at
	Away   bool   // it could not be looked at
}

// Filed is an application as its owner may read it.
type Filed struct {
	Number   string
	Name     string // of its kind
	Status   string // its code, as received; the words for the list are the engine's
	Text     string // the status in full
	Question string // of the office, not answered yet; empty when there is none
	FiledAt  string // yyyy-mm-dd
}

// Refusal is why an effect could not be carried out; the turn is then taken again with it.
type Refusal string

// The refusals.
const (
	RefusedPIN    Refusal = "pin"    // the PIN must be another one
	RefusedFull   Refusal = "full"   // no more people can share this phone
	RefusedLocked Refusal = "locked" // the phone has had its tries: no PIN is looked at, nor chosen
	// RefusedReply says that an office has not asked, or has its answer.
	RefusedReply Refusal = "reply"
)

// Channel is what the engine must know of the way a screen travels.
type Channel struct {
	First   Limit // room on the first screen of a call
	Later   Limit // room on every later one
	Charset Charset
	SMS     bool // the screen is a text message: a number in the reply is sent, not pressed
}

// Charset is what letters a carrier brings to the phone unharmed.
type Charset string

// The three policies of a channel.
const (
	UCS2             Charset = "ucs2"          // any letter: Cyrillic goes out as it is
	TransliterateAll Charset = "transliterate" // GSM 03.38 only: Cyrillic is shown in Latin script
	ASCIIOnly        Charset = "ascii"         // not even the umlauts of GSM 03.38 arrive
)

// Entry is one contact as a menu may show it.
type Entry struct {
	ID         string
	Kind       string // "post", "hotline" or "station"
	Country    string // ISO 3166 code of the country it stands in or serves; empty for lines that work anywhere
	Name       Wording
	City       Wording
	Phones     []string // E.164 or short numbers, as dialled
	Address    string   // of a polling station, as published
	Date       string   // of the source: YYYY, YYYY-MM or YYYY-MM-DD
	Confidence string   // high, medium, low or none
	Confirmed  bool     // an operator has confirmed it
}

// Shown reports whether the phones, or the address of a station, may be shown: there is one, and it is of confidence high or medium or an operator
// has confirmed it.
func (e Entry) Shown() bool {
	return len(e.Phones)+len(e.Address) > 0 && (e.Confirmed || trusted(e.Confidence))
}

func trusted(confidence string) bool { return confidence == "high" || confidence == "medium" }

// Place is a country, or an administrative place, by its name.
type Place struct {
	ID   string
	Name Wording
}

// Region is a region of a host country and the post that serves it.
type Region struct {
	ID   string
	Name Wording
	Post string
}

// Directory is what directory nodes and {phone:…} look up; it never changes once made.
type Directory struct {
	Entries   []Entry // in the order they are listed
	Countries []Place
	Regions   []Region
	Fallback  string // id of the entry that stands in for those that are not confirmed
}

// Entry finds a contact by its id.
func (d *Directory) Entry(id string) (Entry, bool) {
	if d == nil {
		return Entry{}, false
	}
	for i := range d.Entries {
		if d.Entries[i].ID == id {
			return d.Entries[i], true
		}
	}
	return Entry{}, false
}
