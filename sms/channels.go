package sms

import (
	_ "embed" // the channels of a first run
	"errors"
	"fmt"
	"net/url"
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

// Settings are what a carrier is made of.
type Settings struct {
	Channel Channel                                  // what is common to all kinds; its Carrier is not yet made
	Read    func(into any) error                     // reads the settings into a struct of the carrier; a key the struct does not know is an error
	Secret  func(key, file string) ([]string, error) // the lines of the file that a setting names, beside the channels file; an empty one is a BadSetting
}

// NewCarrier makes a carrier of a kind, and says whether it signs its callbacks; carriers.New is one. What is wrong with one setting is a BadSetting.
type NewCarrier func(kind string, settings Settings) (carrier Carrier, signed bool, err error)

// BadSetting is a setting of a carrier that cannot be used.
type BadSetting struct {
	Key string // the path of the setting, as fields.from
	Why string
}

// Error names the setting and says what is wrong with it.
func (e *BadSetting) Error() string { return fmt.Sprintf("%s: %s", e.Key, e.Why) }

// The shape of a channels file. Its other half, the USSD channels, is read by ussd.
type channelsFile struct {
	USSD ast.Node      `yaml:"ussd"`
	SMS  []channelFile `yaml:"sms"`
}

type channelFile struct {
	Name       string            `yaml:"name"`
	Kind       string            `yaml:"kind"`
	Secret     *string           `yaml:"secret"`
	SecretFile string            `yaml:"secret_file"`
	Prefixes   *[]string         `yaml:"prefixes"`
	Failover   int               `yaml:"failover"`
	Senders    map[string]string `yaml:"senders"`
	Rate       float64           `yaml:"rate"`
	Charset    menus.Charset     `yaml:"charset"`
	Settings   ast.Node          `yaml:"settings"`
}

// BuiltInChannels are the channels of a first run, named after their kinds, without secrets. What is sent goes to the log.
func BuiltInChannels(public string, newCarrier NewCarrier) ([]Channel, error) {
	return ReadChannels("channels.yaml", builtIn, public, newCarrier)
}

// ReadChannels reads the SMS channels of a channels file. Its name stands in errors, which begin with file:line:col, and its folder is
// where a relative secret_file is looked for. Public is the address of this program as carriers reach it, or empty. No error holds a secret.
func ReadChannels(name string, text []byte, public string, newCarrier NewCarrier) ([]Channel, error) {
	if err := checkPublic(public); err != nil {
		return nil, err
	}
	r := reading{name: name, where: map[string]place{}, public: strings.TrimRight(public, "/"), newCarrier: newCarrier}
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
	return r.channels(channels.SMS)
}

func checkPublic(public string) error {
	if public == "" {
		return nil
	}
	u, err := url.Parse(public)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return errors.New("SAPAR_PUBLIC_URL must be an address as https://sapar.example, without a query")
	}
	return nil
}

// reading is one channels file while it is read.
type reading struct {
	name       string
	where      map[string]place // by path, as sms.0.settings.fields
	public     string
	newCarrier NewCarrier
}

func (r *reading) channels(files []channelFile) ([]Channel, error) {
	var all []Channel
	for i, f := range files {
		path := fmt.Sprintf("sms.%d", i)
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
	c := Channel{Name: f.Name, Kind: f.Kind, Failover: f.Failover, Rate: f.Rate, Charset: menus.UCS2, Public: r.public}
	if err := r.sending(path, f, &c); err != nil {
		return none, err
	}
	var err error
	if c.Secrets, err = r.secrets(path, f); err != nil {
		return none, err
	}
	c.Carrier, c.Signed, err = r.newCarrier(f.Kind, r.settings(c, f.Settings))
	if err != nil {
		return none, r.explain(path, err)
	}
	return c, nil
}

func (r *reading) settings(c Channel, node ast.Node) Settings {
	read := func(into any) error {
		if node == nil {
			return nil
		}
		return yaml.NodeToValue(node, into, yaml.Strict())
	}
	secret := func(key, file string) ([]string, error) {
		text, err := os.ReadFile(r.beside(file))
		if err != nil {
			return nil, &BadSetting{key, err.Error()}
		}
		lines := strings.Fields(string(text))
		if len(lines) == 0 {
			return nil, &BadSetting{key, "the file is empty"}
		}
		return lines, nil
	}
	return Settings{Channel: c, Read: read, Secret: secret}
}

// A secret is long enough not to be guessed, of letters that stand in a path as they are, and cannot be taken for the word status.
var secretShape = regexp.MustCompile(`^[A-Za-z0-9_-]{16,200}$`)

// A message's id follows the word status, and has the shape of a secret: a secret may not look like one.
var idShape = regexp.MustCompile(`^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$`)

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
	bad := func(s string) bool { return !secretShape.MatchString(s) || idShape.MatchString(s) }
	if len(secrets) == 0 || slices.ContainsFunc(secrets, bad) {
		return nil, r.at(key, "a secret has 16 to 200 letters of A-Z, a-z, 0-9, - and _, and is no UUID")
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
