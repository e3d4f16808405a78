package main

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"strings"

	"sapar/callbacks"
	"sapar/sms"
	smscarriers "sapar/sms/carriers"
	"sapar/ussd"
	"sapar/ussd/carriers"
)

// kannelConfigCmd prints the configuration of the Kannel that stands between an SMSC and this program.
type kannelConfigCmd struct {
	Channels    string `env:"SAPAR_CHANNELS" help:"The server's channels file."`
	Server      string `env:"SAPAR_URL" default:"http://127.0.0.1:8080" help:"Address of the server as Kannel reaches it."`
	Spool       string `default:"/var/spool/kannel" help:"Folder of what Kannel keeps; it must hold two folders, store and dlr."`
	Logs        string `default:"/var/log/kannel" help:"Folder of Kannel's logs."`
	AdminPort   int    `default:"13000" help:"Port of bearerbox's own commands, on this machine only."`
	SMSBoxPort  int    `name:"smsbox-port" default:"13001" help:"Port between bearerbox and smsbox, on this machine only."`
	SendSMSPort int    `name:"sendsms-port" default:"13013" help:"Port of sendsms where no SMS channel names one."`
}

// Run prints it. It holds passwords: keep the file to the user who runs Kannel.
func (c *kannelConfigCmd) Run() error {
	k, err := c.read()
	if err != nil {
		return err
	}
	password := make([]byte, 8)
	_, _ = rand.Read(password) // never fails: crypto/rand ends the program instead
	return k.write(os.Stdout, hex.EncodeToString(password))
}

// kannelConfig is what is written down.
type kannelConfig struct {
	*kannelConfigCmd
	ussd []dialledBind
	sms  []textedBind
}

type dialledBind struct {
	name, id    string
	url         string // without the query
	serviceType string
	bind        *callbacks.SMPP
}

type textedBind struct {
	name string
	url  string
	smscarriers.Kannel
}

func (c *kannelConfigCmd) read() (*kannelConfig, error) {
	list, err := channels(c.Channels)
	if err != nil {
		return nil, err
	}
	texting, err := smsChannels(c.Channels, "")
	if err != nil {
		return nil, err
	}
	k := &kannelConfig{kannelConfigCmd: c}
	if err := k.addDialled(list); err != nil {
		return nil, err
	}
	if err := k.addTexted(texting); err != nil {
		return nil, err
	}
	if len(k.ussd)+len(k.sms) == 0 {
		return nil, errors.New("no channel of kind kannel says how to bind: give one settings.smpp with host, port, system_id and password_file")
	}
	return k, k.check()
}

func (k *kannelConfig) addDialled(list []ussd.Channel) error {
	for _, ch := range list {
		bind, serviceType := carriers.Bind(ch.Carrier)
		if bind == nil {
			continue
		}
		k.ussd = append(k.ussd, dialledBind{ch.Name, "ussd-" + ch.Name, k.address("ussd", ch.Name, ch.Secrets), serviceType, bind})
	}
	return nil
}

func (k *kannelConfig) addTexted(list []sms.Channel) error {
	for _, ch := range list {
		of, ok := smscarriers.KannelOf(ch.Carrier)
		if !ok || of.Bind == nil {
			continue
		}
		if of.SMSC == "" || strings.ContainsAny(of.SMSC, ";\" ") {
			return fmt.Errorf("SMS channel %s: settings.smsc must name the bind, or a message may leave by another", ch.Name)
		}
		k.sms = append(k.sms, textedBind{ch.Name, k.address("sms", ch.Name, ch.Secrets), of})
	}
	return nil
}

// address is where Kannel reaches a channel.
func (k *kannelConfig) address(door, name string, secrets callbacks.Secrets) string {
	address := strings.TrimSuffix(k.Server, "/") + "/" + door + "/" + name
	if len(secrets) > 0 {
		address += "/" + secrets[0]
	}
	return address
}

// check sees that one Kannel can hold all the binds: they have names of their own, and one sendsms.
func (k *kannelConfig) check() error {
	ids := map[string]bool{}
	for _, d := range k.ussd {
		ids[d.id] = true
	}
	for _, s := range k.sms {
		if ids[s.SMSC] {
			return fmt.Errorf("SMS channel %s: another bind is named %s", s.name, s.SMSC)
		}
		ids[s.SMSC] = true
		port, err := portOf(s.URL)
		if err != nil {
			return fmt.Errorf("SMS channel %s: settings.url %w", s.name, err)
		}
		if port != "" && port != k.sendsmsPort() {
			return fmt.Errorf("SMS channel %s: one Kannel has one port of sendsms, and another channel's is %s", s.name, k.sendsmsPort())
		}
	}
	return nil
}

// sendsmsPort is the port of the first channel that sends.
func (k *kannelConfig) sendsmsPort() string {
	for _, s := range k.sms {
		if port, err := portOf(s.URL); err == nil && port != "" {
			return port
		}
	}
	return fmt.Sprint(k.SendSMSPort)
}

// portOf is the port of an address of sendsms, which this Kannel opens on this machine; empty for a channel that does not send.
func portOf(address string) (string, error) {
	if address == "" {
		return "", nil
	}
	u, err := url.Parse(address)
	if err != nil || u.Port() == "" || !loopback(u.Host) || u.Path != "/cgi-bin/sendsms" {
		return "", errors.New("must be http://127.0.0.1:<port>/cgi-bin/sendsms: sendsms takes passwords in clear and stays on one machine")
	}
	return u.Port(), nil
}

// kannelWriter writes groups, and keeps the first error.
type kannelWriter struct {
	out io.Writer
	err error
}

func (w *kannelWriter) say(format string, args ...any) {
	if w.err == nil {
		_, w.err = fmt.Fprintf(w.out, format+"\n", args...)
	}
}

// group begins one. An empty line goes before it: trap 11.
func (w *kannelWriter) group(name, what string) {
	w.say("\n# %s\ngroup = %s", what, name)
}

// set writes a setting under the reason for it.
func (w *kannelWriter) set(why, key, value string) { w.say("# %s\n%s = %s", why, key, value) }

// plain writes settings that need no reason.
func (w *kannelWriter) plain(pairs ...string) {
	for i := 0; i+1 < len(pairs); i += 2 {
		w.say("%s = %s", pairs[i], pairs[i+1])
	}
}

func quoted(text string) string { return `"` + text + `"` }

// ids are the binds for USSD, as a list of Kannel's.
func (k *kannelConfig) ids() string {
	var ids []string
	for _, d := range k.ussd {
		ids = append(ids, d.id)
	}
	return quoted(strings.Join(ids, ";"))
}

func (k *kannelConfig) write(out io.Writer, adminPassword string) error {
	w := &kannelWriter{out: out}
	w.say("%s", strings.TrimSpace(kannelHead))
	k.writeCore(w, adminPassword)
	for _, d := range k.ussd {
		d.write(w)
	}
	for _, s := range k.sms {
		s.write(w)
	}
	if len(k.ussd) > 0 {
		k.writeTLVs(w)
	}
	k.writeSMSBox(w)
	return w.err
}
