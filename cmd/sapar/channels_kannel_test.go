package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// kannelChannels writes a channels file, with the files of secrets it names.
func kannelChannels(t *testing.T, text string) *kannelConfigCmd {
	t.Helper()
	folder := t.TempDir()
	for name, text := range map[string]string{"channels.yaml": text, "bind": "secret\n", "sendsms": "sendsms-0123456789\n"} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return &kannelConfigCmd{
		Channels: filepath.Join(folder, "channels.yaml"), Server: "http://127.0.0.1:8080/", Spool: "/var/spool/kannel", Logs: "/var/log/kannel",
		AdminPort: 13000, SMSBoxPort: 13001, SendSMSPort: 13013,
	}
}

const kannelBinds = `
ussd:
  - name: megacom
    kind: kannel
    secret: dialled-0123456789abcdef
    settings: {profile: standard, smpp: {host: smsc.example, port: 2775, system_id: sapar, password_file: bind, system_type: USSD, throughput: 50}}
  - name: beeline
    kind: kannel
    secret: dialled-fedcba9876543210
    settings: {profile: 6d, service_type: USSD, smpp: {host: 192.0.2.7, port: 3700, system_id: sapar6d, password_file: bind}}
  - {name: elsewhere, kind: kannel, secret: dialled-0123456789abcdef}
sms:
  - name: megacom
    kind: kannel
    secret: texted-0123456789abcdef
    prefixes: ["+996"]
    settings:
      url: http://127.0.0.1:13013/cgi-bin/sendsms
      username: sapar
      password_file: sendsms
      smsc: texts
      smpp: {host: smsc.example, port: 2775, system_id: saparsms, password_file: bind}
`

func TestTheConfigurationOfKannelIsWrittenDown(t *testing.T) {
	k, err := kannelChannels(t, kannelBinds).read()
	if err != nil {
		t.Fatal(err)
	}
	var got bytes.Buffer
	if err := k.write(&got, "0123456789abcdef"); err != nil {
		t.Fatal(err)
	}
	const golden = "testdata/kannel.conf"
	if *update {
		if err := os.WriteFile(golden, got.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil || !bytes.Equal(got.Bytes(), want) {
		t.Errorf("%v\ngot\n%s\nwant\n%s", err, got.Bytes(), want)
	}
	for trap := 1; trap <= 12; trap++ {
		if !strings.Contains(got.String(), fmt.Sprintf("trap %d", trap)) {
			t.Errorf("trap %d is not spoken of", trap)
		}
	}
	for _, group := range strings.Split(got.String(), "group = ")[1:] {
		if body, _, empty := strings.Cut(group, "\n\n"); !empty && strings.Contains(body, "group") {
			t.Errorf("no empty line behind\n%s", body)
		}
	}
}

func TestAKannelThatCannotBeIsRefused(t *testing.T) {
	for _, c := range []struct{ name, old, new, want string }{
		{"no name of the bind", "smsc: texts", "smsc: ''", "SMS channel megacom: settings.smsc must name the bind, or a message may leave by another"},
		{"two binds of one name", "smsc: texts", "smsc: ussd-megacom", "SMS channel megacom: another bind is named ussd-megacom"},
		{"sendsms on another machine", "127.0.0.1:13013", "192.0.2.1:13013", "settings.url"},
		{"sendsms without a port", "127.0.0.1:13013", "127.0.0.1", "SMS channel megacom: settings.url must be http://127.0.0.1:<port>/cgi-bin/sendsms"},
		{"a password that is too long", "password_file: bind, system_type", "password_file: sendsms, system_type", "an SMPP password has at most 8 letters"},
		{"no password", "password_file: bind, system_type", "system_type", "smpp.password_file: is missing"},
	} {
		t.Run(c.name, func(t *testing.T) {
			text := strings.Replace(kannelBinds, c.old, c.new, 1)
			if text == kannelBinds {
				t.Fatalf("%q is not in the file", c.old)
			}
			if _, err := kannelChannels(t, text).read(); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %s", err, c.want)
			}
		})
	}
	if _, err := (&kannelConfigCmd{Server: "http://127.0.0.1:8080"}).read(); err == nil || !strings.Contains(err.Error(), "settings.smpp") {
		t.Errorf("the built-in channels: %v", err)
	}
}
