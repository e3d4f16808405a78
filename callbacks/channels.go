package callbacks

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

	"sapar/menus"
)

// File is a channels file while it is read. What is wrong with it is said with file:line:col, and without any secret.
type File struct {
	name  string
	where map[string]place // by path, as ussd.0.settings.fields
	names map[string]bool  // of the channels read so far
}

// Entry is what every channel has in a channels file, dialled or texted.
type Entry struct {
	Name       string        `yaml:"name"`
	Kind       string        `yaml:"kind"`
	Secret     *string       `yaml:"secret"`
	SecretFile string        `yaml:"secret_file"`
	Allow      []string      `yaml:"allow"`           // addresses and networks that may call; none are all
	Proxies    []string      `yaml:"trusted_proxies"` // those that are believed when they say who called them
	Timeout    time.Duration `yaml:"timeout"`
	Charset    menus.Charset `yaml:"charset"`
	Settings   ast.Node      `yaml:"settings"`
}

// ReadFile reads a channels file into a struct; a key the struct does not know is an error. Its name stands in errors, which begin with
// file:line:col, and its folder is where the files that it names are looked for.
func ReadFile(name string, text []byte, into any) (*File, error) {
	f := &File{name: name, where: map[string]place{}, names: map[string]bool{}}
	file, err := parser.ParseBytes(text, 0)
	if err != nil {
		return nil, f.Explain("", err)
	}
	if len(file.Docs) != 1 || file.Docs[0].Body == nil {
		return nil, f.At("", "one YAML document with the channels is wanted")
	}
	body := file.Docs[0].Body
	if alias := ast.Filter(ast.AliasType, body); len(alias) > 0 {
		f.note("alias", alias[0])
		return nil, f.At("alias", "anchors and aliases are not read: write the channel out")
	}
	f.walk(body, "")
	if err := yaml.NodeToValue(body, into, yaml.Strict()); err != nil {
		return nil, f.Explain("", err)
	}
	return f, nil
}

var channelName = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,39}$`)

// CheckName sees that the channel at a path has a name that can stand in its address, and that no channel before it has the same.
func (f *File) CheckName(path string, e *Entry) error {
	if f.names[e.Name] {
		return f.At(path+".name", "another channel has this name")
	}
	f.names[e.Name] = true
	if !channelName.MatchString(e.Name) {
		return f.At(path+".name", "a channel has a name of a-z, 0-9 and -, at most 40 letters: it stands in its address")
	}
	return nil
}

// Charset is which letters arrive by the channel at a path: any, when it does not say.
func (f *File) Charset(path string, e *Entry) (menus.Charset, error) {
	switch {
	case e.Charset == "":
		return menus.UCS2, nil
	case !slices.Contains([]menus.Charset{menus.UCS2, menus.TransliterateAll, menus.ASCIIOnly}, e.Charset):
		return "", f.At(path+".charset", "a charset is ucs2, transliterate or ascii")
	}
	return e.Charset, nil
}

// Settings are those of a channel, for its carrier to read.
func (f *File) Settings(e *Entry) Settings { return Settings{e.Settings, f} }

// lines are the words of a file that the channels file names, and that stands beside it.
func (f *File) lines(name string) ([]string, error) {
	if !filepath.IsAbs(name) {
		name = filepath.Join(filepath.Dir(f.name), name)
	}
	text, err := os.ReadFile(name)
	return strings.Fields(string(text)), err
}

// Explain brings an error of the YAML reader, or of a carrier that cannot be made of the channel at a path, to file:line:col.
func (f *File) Explain(path string, err error) error {
	var y yaml.Error
	var bad *BadSetting
	switch {
	case errors.As(err, &y):
		if t := y.GetToken(); t != nil && t.Position != nil {
			f.where["error"] = place{t.Position.Line, t.Position.Column}
		}
		return f.At("error", y.GetMessage())
	case errors.As(err, &bad):
		return f.At(path+".settings."+bad.Key, bad.Error())
	}
	return f.At(path+".kind", err.Error())
}

// Settings are those of one channel; the zero value holds none.
type Settings struct {
	node ast.Node
	file *File
}

// Read reads the settings into a struct of a carrier; a key the struct does not know is an error.
func (s Settings) Read(into any) error {
	if s.node == nil {
		return nil
	}
	return yaml.NodeToValue(s.node, into, yaml.Strict())
}

// Secret is the lines of the file that a setting names, beside the channels file. One that is empty or cannot be read is a BadSetting.
func (s Settings) Secret(key, file string) ([]string, error) {
	lines, err := s.file.lines(file)
	switch {
	case err != nil:
		return nil, &BadSetting{key, err.Error()}
	case len(lines) == 0:
		return nil, &BadSetting{key, "the file is empty"}
	}
	return lines, nil
}

// BadSetting is a setting of a carrier that cannot be used.
type BadSetting struct {
	Key string // the path of the setting, as fields.session
	Why string
}

// Error names the setting and says what is wrong with it.
func (e *BadSetting) Error() string { return fmt.Sprintf("%s: %s", e.Key, e.Why) }
