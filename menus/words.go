package menus

import (
	"embed"

	"github.com/goccy/go-yaml"
)

//go:embed lang/*.yaml
var langFiles embed.FS

// Words are the engine's own words in one language: one file of lang/ each, and every one is required.
type Words struct {
	Back         string            `yaml:"back"`         // of the navigation line, behind its key
	Home         string            `yaml:"home"`         // likewise
	More         string            `yaml:"more"`         // likewise
	Wrong        string            `yaml:"wrong"`        // a key that is no choice
	Help         string            `yaml:"help"`         // after three wrong keys
	Stopped      string            `yaml:"stopped"`      // after STOP, and how to undo it
	StoppedTopic string            `yaml:"stoppedtopic"` // after a STOP about one thing
	Started      string            `yaml:"started"`      // after a START that gave something back, above the menu
	Bye          string            `yaml:"bye"`          // after 000: nothing of what was read
	Resume       string            `yaml:"resume"`       // a dropped dialogue is offered
	Continue     string            `yaml:"continue"`     // go on with it
	StartOver    string            `yaml:"startover"`    // begin anew
	Yes          string            `yaml:"yes"`
	No           string            `yaml:"no"`
	Unknown      string            `yaml:"unknown"` // an answer left out
	Review       string            `yaml:"review"`  // above all answers
	Send         string            `yaml:"send"`
	Edit         string            `yaml:"edit"`
	EditWhich    string            `yaml:"editwhich"`
	Noted        string            `yaml:"noted"`    // a yes or no to a topic was taken
	NotSent      string            `yaml:"notsent"`  // the person said no
	NotSaved     string            `yaml:"notsaved"` // nothing can be stored now
	AsOf         string            `yaml:"asof"`     // the date of a source beside a number; holds {date}
	Unconfirmed  string            `yaml:"unconfirmed"`
	Tick         string            `yaml:"tick"`
	Untick       string            `yaml:"untick"`
	TextMe       string            `yaml:"textme"`    // asks for what stands here by SMS
	TextAsked    string            `yaml:"textasked"` // it was asked for
	BadDate      string            `yaml:"baddate"`
	BadNumber    string            `yaml:"badnumber"` // holds {min} and {max}
	BadDigits    string            `yaml:"baddigits"`
	BadPhone     string            `yaml:"badphone"`
	BadText      string            `yaml:"badtext"` // holds {max}
	BadReference string            `yaml:"badreference"`
	PIN          string            `yaml:"pin"`        // its name in the review
	PINForForm   string            `yaml:"pinforform"` // asks for it in a form: known on this phone, or chosen now
	PINYours     string            `yaml:"pinyours"`   // asks for one that was chosen before
	PINFiled     string            `yaml:"pinfiled"`   // asks for that of whoever filed a number
	PINNew       string            `yaml:"pinnew"`
	PINHolder    string            `yaml:"pinholder"` // above pinnew: the first of a household is that of whose phone it is
	PINNext      string            `yaml:"pinnext"`   // above pinnew, behind that: the one of who joins
	PINAgain     string            `yaml:"pinagain"`
	PINUnknown   string            `yaml:"pinunknown"` // nobody on this phone has it
	PINRetry     string            `yaml:"pinretry"`
	PINOther     string            `yaml:"pinother"` // somebody else on this phone
	PINSkip      string            `yaml:"pinskip"`
	PINForm      string            `yaml:"pinform"` // what was typed is none
	PINSimple    string            `yaml:"pinsimple"`
	PINDiffers   string            `yaml:"pindiffers"` // the second typing is another than the first
	PINLocked    string            `yaml:"pinlocked"`  // a phone follows, as behind notsaved
	AnswerAt     string            `yaml:"answerat"`   // of what was filed with a PIN: where it is seen; holds {list}, the heading of a status node
	PINRefused   string            `yaml:"pinrefused"`
	PINBySMS     string            `yaml:"pinbysms"`  // holds {code}
	PhoneFull    string            `yaml:"phonefull"` // too many people on one phone; a phone follows
	NoPIN        string            `yaml:"nopin"`     // nobody on this phone has one: how one is got
	ByNumber     string            `yaml:"bynumber"`
	WhichNumber  string            `yaml:"whichnumber"`
	NotFound     string            `yaml:"notfound"`    // an unknown number or a wrong PIN
	NotFoundSMS  string            `yaml:"notfoundsms"` // an unknown number or one of another phone
	NothingFiled string            `yaml:"nothingfiled"`
	FiledOn      string            `yaml:"filedon"` // holds {date}
	OfficeAsks   string            `yaml:"officeasks"`
	Reply        string            `yaml:"reply"`
	YourReply    string            `yaml:"yourreply"`
	Replied      string            `yaml:"replied"`
	NoTexts      string            `yaml:"notexts"`      // a phone follows
	RemindMe     string            `yaml:"remindme"`     // asks for the reminders of these days; holds {dates}
	RemindSet    string            `yaml:"remindset"`    // they will come; holds {dates}
	NoDeadlines  string            `yaml:"nodeadlines"`  // nothing is waited for
	DoneAlready  string            `yaml:"donealready"`  // its business is done
	NewDate      string            `yaml:"newdate"`      // it has another date
	NewDateWhich string            `yaml:"newdatewhich"` // which one
	RemindNot    string            `yaml:"remindnot"`    // the person has left, or wants no more of it
	Settled      string            `yaml:"settled"`      // nobody will be reminded of it any more
	DaysUsed     string            `yaml:"daysused"`     // in a country; holds {used} and {left}
	LastDay      string            `yaml:"lastday"`      // in a country; holds {date}
	ICame        string            `yaml:"icame"`        // into a country
	ILeft        string            `yaml:"ileft"`        // a country
	CameWhen     string            `yaml:"camewhen"`
	LeftWhen     string            `yaml:"leftwhen"`
	StayNoted    string            `yaml:"staynoted"` // what was said of a border is kept, and a reminder will come
	BadOrder     string            `yaml:"badorder"`  // nobody leaves before they came
	Statuses     map[string]string `yaml:"statuses"`  // of applications, by their code
	HelpSMS      string            `yaml:"helpsms"`   // help in a text message
	ResumeSMS    string            `yaml:"resumesms"` // resume in a text message
	texted       *Words            // these words with those of text messages
}

// on are the words for a channel.
func (w *Words) on(c *Channel) *Words {
	if c.SMS {
		return w.texted
	}
	return w
}

// words are read once: the files are part of the program, so an error in one is an error of the program.
var words = mustWords()

func mustWords() map[Language]*Words {
	out := make(map[Language]*Words, len(Languages))
	for _, lang := range Languages {
		text, err := langFiles.ReadFile("lang/" + string(lang) + ".yaml")
		if err != nil {
			panic("menus: " + err.Error())
		}
		w := new(Words)
		if err := yaml.UnmarshalWithOptions(text, w, yaml.Strict()); err != nil {
			panic("menus: lang/" + string(lang) + ".yaml: " + err.Error())
		}
		texted := *w
		texted.Help, texted.Resume = w.HelpSMS, w.ResumeSMS
		w.texted = &texted
		out[lang] = w
	}
	return out
}

// wordsOf returns the words of a language; Russian stands in for one that is not known.
func wordsOf(lang Language) *Words {
	if w, ok := words[lang]; ok {
		return w
	}
	return words[Russian]
}
