package ussd

import (
	_ "embed" // the channels of a first run
	"errors"
	"fmt"
	"time"

	"github.com/goccy/go-yaml/ast"

	"sapar/callbacks"
	"sapar/menus"
)

//go:embed channels.yaml
var builtIn []byte

// NewCarrier makes a carrier of a kind; carriers.New is one. What is wrong with one setting is a callbacks.BadSetting.
type NewCarrier func(kind string, settings callbacks.Settings) (Carrier, error)

// The shape of a channels file. Its other half, the SMS channels, is read by sms.
type channelsFile struct {
	USSD []channelFile `yaml:"ussd"`
	SMS  ast.Node      `yaml:"sms"`
}

type channelFile struct {
	callbacks.Entry `yaml:",inline"`
	Screen          *screenFile `yaml:"screen"`
	FirstScreen     *screenFile `yaml:"first_screen"`
	Tree            string      `yaml:"tree"`
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
// where a relative secret_file is looked for. No error holds a secret; one of several channels has a line for each.
func ReadChannels(name string, text []byte, newCarrier NewCarrier) ([]Channel, error) {
	var channels channelsFile
	file, err := callbacks.ReadFile(name, text, &channels)
	if err != nil {
		return nil, err
	}
	r := reading{file, newCarrier}
	var all []Channel
	var wrong []error
	for i, f := range channels.USSD {
		c, err := r.channel(fmt.Sprintf("ussd.%d", i), &f)
		all, wrong = append(all, c), append(wrong, err)
	}
	if err := errors.Join(wrong...); err != nil {
		return nil, err
	}
	return all, nil
}

// reading is one channels file while it is read.
type reading struct {
	*callbacks.File
	newCarrier NewCarrier
}

func (r *reading) channel(path string, f *channelFile) (Channel, error) {
	none := Channel{}
	if err := r.CheckName(path, &f.Entry); err != nil {
		return none, err
	}
	screen, err := r.screen(path, f)
	if err != nil {
		return none, err
	}
	secrets, err := r.Secrets(path, &f.Entry, nil, "")
	if err != nil {
		return none, err
	}
	c := Channel{Name: f.Name, Kind: f.Kind, Secrets: secrets, Place: r.Place(path), Screen: screen, Tree: f.Tree}
	if c.Callers, err = r.Callers(path, &f.Entry); err != nil {
		return none, err
	}
	if c.Timeout, err = r.Timeout(path, &f.Entry, reserve+500*time.Millisecond, 3*time.Second); err != nil {
		return none, err
	}
	if c.Carrier, err = r.newCarrier(f.Kind, r.Settings(&f.Entry)); err != nil {
		return none, r.Explain(path, err)
	}
	return c, nil
}

// standard is what one USSD screen holds: 160 octets. Source: 3GPP TS 23.038 5, TS 24.080 (2026-11-21).
var standard = menus.Limit{Septets: 182, Units: 80}

// A screen smaller than this has no room for a title and the keys; one larger is no USSD screen.
const (
	leastSeptets, leastUnits = 60, 40
	mostScreen               = 1000
)

func (r *reading) screen(path string, f *channelFile) (menus.Channel, error) {
	screen := menus.Channel{First: standard, Later: standard}
	for _, s := range []struct {
		key string
		is  *screenFile
	}{{".screen", f.Screen}, {".first_screen", f.FirstScreen}} {
		if s.is == nil {
			continue
		}
		if s.is.Septets < leastSeptets || s.is.Units < leastUnits || max(s.is.Septets, s.is.Units) > mostScreen {
			return screen, r.At(path+s.key, fmt.Sprintf("a screen holds %d septets and %d units or more, at most %d", leastSeptets, leastUnits, mostScreen))
		}
		screen.First = menus.Limit(*s.is)
		if s.key == ".screen" {
			screen.Later = screen.First
		}
	}
	var err error
	screen.Charset, err = r.Charset(path, &f.Entry)
	return screen, err
}
