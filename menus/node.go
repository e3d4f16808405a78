package menus

// Node is one screen of a tree, or a few that belong together: one struct a kind, in kind_*.go.
type Node interface {
	common() *Common
	body(t *turn) Body            // what stands here
	answer(t *turn, input string) // what an input does; a wrong one calls t.wrong
	links() []Link                // the nodes it leads to
	inspect(r *report)            // what is wrong with it, beyond what holds for every node
}

// Common is what every node has.
type Common struct {
	Name      string
	Kind      string
	Title     Phrase
	Facts     []Fact // where its statements come from
	Urgent    bool   // its keywords open it even in the middle of a form
	Sensitive bool   // leaves no trace: never offered again after a drop
	at        position
}

func (c *Common) common() *Common { return c }

// Link is a way from one node to another.
type Link struct {
	To    string
	Label Phrase
	at    position
}

// Fact says where a statement comes from and how far it may be trusted.
type Fact struct {
	Source     string `yaml:"source" json:"source" jsonschema:"description=a public address or document"`
	Date       string `yaml:"date,omitempty" json:"date,omitempty" jsonschema:"description=YYYY or YYYY-MM or YYYY-MM-DD; left out when unknown"`
	Confidence string `yaml:"confidence" json:"confidence" jsonschema:"enum=high,enum=medium,enum=low,enum=none"`
	Review     string `yaml:"review,omitempty" json:"review,omitempty" jsonschema:"description=the day by which somebody must look again"`
	Confirmed  *bool  `yaml:"confirmed,omitempty" json:"confirmed,omitempty" jsonschema:"description=true once an operator has confirmed it; false when it must not be shown yet"`
}

// Shown reports whether a statement may be shown: confirmed by an operator, or of confidence high or medium and not held back.
func (f Fact) Shown() bool {
	if f.Confirmed != nil {
		return *f.Confirmed
	}
	return trusted(f.Confidence)
}

// shown reports whether all facts behind a text may be shown.
func shown(facts []Fact) bool {
	for _, f := range facts {
		if !f.Shown() {
			return false
		}
	}
	return true
}

// Kinds lists every kind of node, by its key in a tree file.
var Kinds = []string{
	"menu", "text", "ask", "form", "directory", "checklist", "remind", "deadlines", "stays", "status", "account", "language", "consent", "goto",
}
