package menus

// The shape of a tree file. The JSON Schema is made from these structs, so their descriptions are what an editor shows.

type treeFile struct {
	Tree     string              `yaml:"tree" json:"tree" jsonschema:"description=the tree this file belongs to"`
	Codes    []string            `yaml:"codes,omitempty" json:"codes,omitempty" jsonschema:"description=dialled codes that open the tree"`
	Start    string              `yaml:"start,omitempty" json:"start,omitempty" jsonschema:"description=the node 00 leads to"`
	Language string              `yaml:"language,omitempty" json:"language,omitempty" jsonschema:"description=the node that chooses a language on a first dial"`
	Base     Language            `yaml:"base,omitempty" json:"base,omitempty" jsonschema:"description=stands in for missing wording,enum=ky,enum=ru,enum=uz,enum=en"`
	Resume   window              `yaml:"resume,omitempty" json:"resume,omitempty" jsonschema:"description=how long a dropped dialogue is offered again: 10m or 72h"`
	Keywords map[string]string   `yaml:"keywords,omitempty" json:"keywords,omitempty" jsonschema:"description=texted words and the nodes they open"`
	Nodes    map[string]nodeFile `yaml:"nodes" json:"nodes,omitempty"`
}

type nodeFile struct {
	Title     Phrase         `yaml:"title,omitempty" json:"title,omitempty" jsonschema:"description=heading or question in every language"`
	Facts     factList       `yaml:"facts,omitempty" json:"facts,omitempty" jsonschema:"description=where the statements come from"`
	Urgent    bool           `yaml:"urgent,omitempty" json:"urgent,omitempty" jsonschema:"description=its keywords open it even in the middle of a form; a text that names a phone"`
	Sensitive bool           `yaml:"sensitive,omitempty" json:"sensitive,omitempty" jsonschema:"description=leaves no trace: never offered again after a drop"`
	Menu      []linkFile     `yaml:"menu,omitempty" json:"menu,omitempty"`
	Text      Phrase         `yaml:"text,omitempty" json:"text,omitempty"`
	Then      []linkFile     `yaml:"then,omitempty" json:"then,omitempty" jsonschema:"description=links behind a text"`
	End       bool           `yaml:"end,omitempty" json:"end,omitempty" jsonschema:"description=the text is the last screen of the call"`
	Ask       *questionFile  `yaml:"ask,omitempty" json:"ask,omitempty"`
	Form      *formFile      `yaml:"form,omitempty" json:"form,omitempty"`
	Directory *directoryFile `yaml:"directory,omitempty" json:"directory,omitempty"`
	Checklist []checkFile    `yaml:"checklist,omitempty" json:"checklist,omitempty"`
	Include   []string       `yaml:"include,omitempty" json:"include,omitempty" jsonschema:"description=checklists whose items follow"`
	Remind    *remindFile    `yaml:"remind,omitempty" json:"remind,omitempty"`
	Deadlines *deadlinesFile `yaml:"deadlines,omitempty" json:"deadlines,omitempty"`
	Stays     *staysFile     `yaml:"stays,omitempty" json:"stays,omitempty"`
	Status    *statusFile    `yaml:"status,omitempty" json:"status,omitempty"`
	Account   *accountFile   `yaml:"account,omitempty" json:"account,omitempty"`
	Language  *toFile        `yaml:"language,omitempty" json:"language,omitempty"`
	Consent   *consentFile   `yaml:"consent,omitempty" json:"consent,omitempty"`
	Goto      *toFile        `yaml:"goto,omitempty" json:"goto,omitempty"`
}

type linkFile struct {
	To    string `yaml:"to" json:"to"`
	Label Phrase `yaml:"label" json:"label"`
}

type toFile struct {
	To string `yaml:"to" json:"to"`
}

type questionFile struct {
	Name      string         `yaml:"name,omitempty" json:"name,omitempty"`
	Type      AnswerType     `yaml:"type,omitempty" json:"type,omitempty" jsonschema:"enum=digits,enum=number,enum=year,enum=date,enum=phone,enum=place,enum=choice,enum=yesno,enum=text,enum=pin"`
	Label     Phrase         `yaml:"label,omitempty" json:"label,omitempty" jsonschema:"description=short name for the review"`
	Title     Phrase         `yaml:"title,omitempty" json:"title,omitempty" jsonschema:"description=the question"`
	Min       int            `yaml:"min,omitempty" json:"min,omitempty"`
	Max       int            `yaml:"max,omitempty" json:"max,omitempty"`
	Back      int            `yaml:"back,omitempty" json:"back,omitempty" jsonschema:"description=year: how many years before this one"`
	Ahead     int            `yaml:"ahead,omitempty" json:"ahead,omitempty" jsonschema:"description=year: how many years after this one"`
	From      *days          `yaml:"from,omitempty" json:"from,omitempty"`
	Until     *days          `yaml:"until,omitempty" json:"until,omitempty"`
	Level     string         `yaml:"level,omitempty" json:"level,omitempty" jsonschema:"enum=oblast"`
	In        string         `yaml:"in,omitempty" json:"in,omitempty" jsonschema:"description=place: the answer whose raions are meant; regions: the answer that is their country"`
	Of        string         `yaml:"of,omitempty" json:"of,omitempty" jsonschema:"enum=regions,description=choice: the regions of the directory"`
	Options   []optionFile   `yaml:"options,omitempty" json:"options,omitempty"`
	Optional  bool           `yaml:"optional,omitempty" json:"optional,omitempty"`
	Must      string         `yaml:"must,omitempty" json:"must,omitempty" jsonschema:"enum=yes,description=a no cancels the form"`
	Repeat    string         `yaml:"repeat,omitempty" json:"repeat,omitempty" jsonschema:"description=the answer that says how often"`
	Questions []questionFile `yaml:"questions,omitempty" json:"questions,omitempty"`
	To        string         `yaml:"to,omitempty" json:"to,omitempty" jsonschema:"description=of an ask node: where it goes on"`
	Keep      string         `yaml:"keep,omitempty" json:"keep,omitempty" jsonschema:"enum=country,enum=city,enum=oblast,enum=raion,description=of an ask node: remembered of the person"`
}

type optionFile struct {
	Value string `yaml:"value" json:"value"`
	Label Phrase `yaml:"label" json:"label"`
}

type formFile struct {
	File      string         `yaml:"file" json:"file" jsonschema:"description=kind of application"`
	Resume    window         `yaml:"resume,omitempty" json:"resume,omitempty"`
	Questions []questionFile `yaml:"questions" json:"questions"`
	Done      Phrase         `yaml:"done" json:"done" jsonschema:"description=the last screen"`
}

type directoryFile struct {
	Of      string   `yaml:"of" json:"of" jsonschema:"enum=posts,enum=hotlines,enum=stations"`
	By      []string `yaml:"by,omitempty" json:"by,omitempty"`
	Country string   `yaml:"country,omitempty" json:"country,omitempty"`
	In      string   `yaml:"in,omitempty" json:"in,omitempty"`
	Only    []string `yaml:"only,omitempty" json:"only,omitempty"`
	None    string   `yaml:"none,omitempty" json:"none,omitempty" jsonschema:"description=the node that stands in while nothing is known"`
}

type checkFile struct {
	ID    string   `yaml:"id" json:"id"`
	Label Phrase   `yaml:"label" json:"label"`
	Text  Phrase   `yaml:"text" json:"text"`
	Facts factList `yaml:"facts" json:"facts"`
}

type remindFile struct {
	Rule  string `yaml:"rule" json:"rule" jsonschema:"description=id of a rule of deadlines"`
	Days  int    `yaml:"days,omitempty" json:"days,omitempty"`
	From  *days  `yaml:"from,omitempty" json:"from,omitempty"`
	Until *days  `yaml:"until,omitempty" json:"until,omitempty"`
	Fixed bool   `yaml:"fixed,omitempty" json:"fixed,omitempty" jsonschema:"description=the rule has a date of its own: none is asked"`
	Text  Phrase `yaml:"text" json:"text"`
}

type deadlinesFile struct {
	Text Phrase `yaml:"text" json:"text" jsonschema:"description=said while nothing can be looked up"`
}

type staysFile struct {
	Rule string `yaml:"rule" json:"rule" jsonschema:"description=id of a rule of deadlines that counts days"`
	Text Phrase `yaml:"text" json:"text" jsonschema:"description=the rule in words"`
}

type statusFile struct {
	Text Phrase `yaml:"text" json:"text"`
}

type accountFile struct {
	Do      string `yaml:"do" json:"do" jsonschema:"enum=pin,enum=number,enum=second,enum=forget,enum=export,enum=household"`
	Confirm Phrase `yaml:"confirm,omitempty" json:"confirm,omitempty" jsonschema:"description=of forget: the second question"`
	Done    Phrase `yaml:"done" json:"done" jsonschema:"description=the last words"`
}

type consentFile struct {
	Topic   string `yaml:"topic" json:"topic"`
	Version int    `yaml:"version" json:"version"`
	To      string `yaml:"to" json:"to"`
}
