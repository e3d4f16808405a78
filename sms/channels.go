package sms

import (
	_ "embed" // the channels of a first run
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"

	"sapar/callbacks"
)

//go:embed channels.yaml
var builtIn []byte

// Settings are what a carrier is made of.
type Settings struct {
	callbacks.Settings
	Channel Channel // what is common to all kinds; its Carrier is not yet made
}

// NewCarrier makes a carrier of a kind, and says whether it signs its callbacks; carriers.New is one. What is wrong with one setting is a
// callbacks.BadSetting.
type NewCarrier func(kind string, settings Settings) (carrier Carrier, signed bool, err error)

// The shape of a channels file. Its other half, the USSD channels, is read by ussd.
type channelsFile struct {
	USSD ast.Node      `yaml:"ussd"`
	SMS  []channelFile `yaml:"sms"`
}

type channelFile struct {
	callbacks.Entry `yaml:",inline"`
	Prefixes        *[]string         `yaml:"prefixes"`
	Failover        int               `yaml:"failover"`
	Senders         map[string]string `yaml:"senders"`
	Rate            float64           `yaml:"rate"`
}

// BuiltInChannels are the channels of a first run, named after their kinds, without secrets. What is sent goes to the log.
func BuiltInChannels(public string, newCarrier NewCarrier) ([]Channel, error) {
	return ReadChannels("channels.yaml", builtIn, public, newCarrier)
}

// ReadChannels reads the SMS channels of a channels file. Its name stands in errors, which begin with file:line:col, and its folder is
// where a relative secret_file is looked for. Public is the address of this program as carriers reach it, or empty. No error holds a secret;
// one of several channels has a line for each.
func ReadChannels(name string, text []byte, public string, newCarrier NewCarrier) ([]Channel, error) {
	if err := checkPublic(public); err != nil {
		return nil, err
	}
	var channels channelsFile
	file, err := callbacks.ReadFile(name, text, &channels)
	if err != nil {
		return nil, err
	}
	r := reading{file, strings.TrimRight(public, "/"), newCarrier}
	var all []Channel
	var wrong []error
	for i, f := range channels.SMS {
		c, err := r.channel(fmt.Sprintf("sms.%d", i), &f)
		all, wrong = append(all, c), append(wrong, err)
	}
	if err := errors.Join(wrong...); err != nil {
		return nil, err
	}
	return all, nil
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
	*callbacks.File
	public     string
	newCarrier NewCarrier
}

// A message's id follows the word status, and has the shape of a secret: a secret may not look like one.
var idShape = regexp.MustCompile(`^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$`)

func (r *reading) channel(path string, f *channelFile) (Channel, error) {
	none := Channel{}
	if err := r.CheckName(path, &f.Entry); err != nil {
		return none, err
	}
	c := Channel{Name: f.Name, Kind: f.Kind, Place: r.Place(path), Failover: f.Failover, Rate: f.Rate, Public: r.public}
	if err := r.sending(path, f, &c); err != nil {
		return none, err
	}
	var err error
	if c.Secrets, err = r.Secrets(path, &f.Entry, idShape.MatchString, ", and is no UUID"); err != nil {
		return none, err
	}
	if c.Callers, err = r.Callers(path, &f.Entry); err != nil {
		return none, err
	}
	if c.Timeout, err = r.Timeout(path, &f.Entry, time.Second, 20*time.Second); err != nil {
		return none, err
	}
	c.Carrier, c.Signed, err = r.newCarrier(f.Kind, Settings{r.Settings(&f.Entry), c})
	if err != nil {
		return none, r.Explain(path, err)
	}
	return c, nil
}
