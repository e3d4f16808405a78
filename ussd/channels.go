package ussd

import (
	_ "embed" // the channels of a first run
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

	"sapar/menus"
)

//go:embed channels.yaml
var builtIn []byte

// Settings reads the settings of one channel into a struct of its carrier; a key the struct does not know is an error.
type Settings func(into any) error

// NewCarrier makes a carrier of a kind; carriers.New is one. What is wrong with one setting is a BadSetting.
type NewCarrier func(kind string, settings Settings) (Carrier, error)

// BadSetting is a setting of a carrier that cannot be used.
type BadSetting struct {
	Key string // the path of the setting, as fields.session
	Why string
}

// Error names the setting and says what is wrong with it.
func (e *BadSetting) Error() string { return fmt.Sprintf("%s: %s", e.Key, e.Why) }

// The shape of a channels file. Its other half, the SMS channels, is read by sms.
type channelsFile struct {
	USSD []channelFile `yaml:"ussd"`
	SMS  ast.Node      `yaml:"sms"`
}

type channelFile struct {
	Name        string        `yaml:"name"`
	Kind        string        `yaml:"kind"`
	Secret      *string       `yaml:"secret"`
	SecretFile  string        `yaml:"secret_file"`
	Screen      *screenFile   `yaml:"screen"`
	FirstScreen *screenFile   `yaml:"first_screen"`
	Charset     menus.Charset `yaml:"charset"`
	Tree        string        `yaml:"tree"`
	Settings    ast.Node      `yaml:"settings"`
}

type screenFile struct {
	Septets int `yaml:"septets"`
	Units   int `yaml:"units"`
}

// BuiltInChannels are the channels of a first run: one of each kind, named after it, without secrets.
func BuiltInChannels(newCarrier NewCarrier) ([]Channel, error) {
	return ReadChannels("channels.yaml", builtIn, newCarrier)
}

// ReadChannels reads the USSD channels of a channels file. Its name stands in errors, which begin with file:line:col, and its folder is
// where a relative secret_file is looked for. No error holds a secret.
func ReadChannels(name string, text []byte, newCarrier NewCarrier) ([]Channel, error) {
	r := reading{name: name, where: map[string]place{}, newCarrier: newCarrier}
	file, err := parser.ParseBytes(text, 0)
	if err != nil {
		return nil, r.explain("", err)
	}
	if len(file.Docs) != 1 || file.Docs[0].Body == nil {
		return nil, r.at("", "one YAML document with the channels is wanted")
	}
	body := file.Docs[0].Body
	if alias := ast.Filter(ast.AliasType, body); len(alias) > 0 {
		r.note("alias", alias[0])
		return nil, r.at("alias", "anchors and aliases are not read: write the channel out")
	}
	r.walk(body, "")
	var channels channelsFile
	if err := yaml.NodeToValue(body, &channels, yaml.Strict()); err != nil {
		return nil, r.explain("", err)
	}
	return r.channels(channels.USSD)
}

// reading is one channels file while it is read.
type reading struct {
	name       string
	where      map[string]place // by path, as ussd.0.settings.fields
	newCarrier NewCarrier
}

func (r *reading) channels(files []channelFile) ([]Channel, error) {
	var all []Channel
	for i, f := range files {
		path := fmt.Sprintf("ussd.%d", i)
		if slices.ContainsFunc(all, func(c Channel) bool { return c.Name == f.Name }) {
			return nil, r.at(path+".name", "another channel has this name")
		}
		c, err := r.channel(path, f)
		if err != nil {
			return nil, err
		}
		all = append(all, c)
	}
	return all, nil
}

var channelName = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,39}$`)

func (r *reading) channel(path string, f channelFile) (Channel, error) {
	none := Channel{}
	if !channelName.MatchString(f.Name) {
		return none, r.at(path+".name", "a channel has a name of a-z, 0-9 and -, at most 40 letters: it stands in its address")
	}
	screen, err := r.screen(path, f)
	if err != nil {
		return none, err
	}
	secrets, err := r.secrets(path, f)
	if err != nil {
		return none, err
	}
	carrier, err := r.newCarrier(f.Kind, settingsOf(f.Settings))
	if err != nil {
		return none, r.explain(path, err)
	}
	return Channel{Name: f.Name, Kind: f.Kind, Secrets: secrets, Screen: screen, Tree: f.Tree, Carrier: carrier}, nil
}

func settingsOf(node ast.Node) Settings {
	return func(into any) error {
		if node == nil {
			return nil
		}
		return yaml.NodeToValue(node, into, yaml.Strict())
	}
}

// standard is what one USSD screen holds: 160 octets. Source: 3GPP TS 23.038 5, TS 24.080 (2026-11-21).
var standard = menus.Limit{Septets: 182, Units: 80}

// A screen smaller than this has no room for a title and the keys; one larger is no USSD screen.
const (
	leastSeptets, leastUnits = 60, 40
	mostScreen               = 1000
)

func (r *reading) screen(path string, f channelFile) (menus.Channel, error) {
	screen := menus.Channel{First: standard, Later: standard, Charset: menus.UCS2}
	for _, s := range []struct {
		key string
		is  *screenFile
	}{{".screen", f.Screen}, {".first_screen", f.FirstScreen}} {
		if s.is == nil {
			continue
		}
		if s.is.Septets < leastSeptets || s.is.Units < leastUnits || max(s.is.Septets, s.is.Units) > mostScreen {
			return screen, r.at(path+s.key, fmt.Sprintf("a screen holds %d septets and %d units or more, at most %d", leastSeptets, leastUnits, mostScreen))
		}
		screen.First = menus.Limit(*s.is)
		if s.key == ".screen" {
			screen.Later = screen.First
		}
	}
	if f.Charset != "" {
		screen.Charset = f.Charset
	}
	if !slices.Contains([]menus.Charset{menus.UCS2, menus.TransliterateAll, menus.ASCIIOnly}, screen.Charset) {
		return screen, r.at(path+".charset", "a charset is ucs2, transliterate or ascii")
	}
	return screen, nil
}

// A secret is long enough not to be guessed, of letters that stand in a path as they are, and cannot be taken for the word events.
var secretShape = regexp.MustCompile(`^[A-Za-z0-9_-]{16,200}$`)

// secrets are what the file gives, or the lines of the file it names: one, or two while the carrier changes from one to the other.
func (r *reading) secrets(path string, f channelFile) ([]string, error) {
	var secrets []string
	key := path + ".secret"
	switch {
	case f.Secret != nil && f.SecretFile != "":
		return nil, r.at(key, "give secret or secret_file, not both")
	case f.Secret != nil:
		secrets = []string{*f.Secret}
	case f.SecretFile != "":
		key = path + ".secret_file"
		text, err := os.ReadFile(r.beside(f.SecretFile))
		if err != nil {
			return nil, r.at(key, err.Error())
		}
		secrets = strings.Fields(string(text))
	default:
		return nil, nil
	}
	if len(secrets) == 0 || slices.ContainsFunc(secrets, func(s string) bool { return !secretShape.MatchString(s) }) {
		return nil, r.at(key, "a secret has 16 to 200 letters of A-Z, a-z, 0-9, - and _")
	}
	return secrets, nil
}

// beside is where a file named in the channels file is.
func (r *reading) beside(name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(filepath.Dir(r.name), name)
}

// explain brings an error of the YAML reader or of a carrier to file:line:col.
func (r *reading) explain(path string, err error) error {
	var y yaml.Error
	var bad *BadSetting
	switch {
	case errors.As(err, &y):
		if t := y.GetToken(); t != nil && t.Position != nil {
			r.where["error"] = place{t.Position.Line, t.Position.Column}
		}
		return r.at("error", y.GetMessage())
	case errors.As(err, &bad):
		return r.at(path+".settings."+bad.Key, bad.Error())
	}
	return r.at(path+".kind", err.Error())
}
