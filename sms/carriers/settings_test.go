package carriers_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sapar/sms"
	"sapar/sms/carriers"
)

func TestAChannelThatCannotWorkRefusesToStart(t *testing.T) {
	folder := t.TempDir()
	for name, text := range map[string]string{"token": token, "empty": "", "blank": " \n\n", "short": "abc", "odd": "0123456789abcdef-0123456789abcdef"} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	const ac = "account_sid: AC00000000000000000000000000000001"
	send := func(more string) string {
		return "kind: form, settings: {send: {url: 'https://c.example', method: POST, encoding: form, fields: {to: a, text: b}, id: id" + more + "}}"
	}
	for _, c := range []struct{ name, channel, want string }{
		{"twilio with an empty token", "kind: twilio, senders: {'+': '4040'}, settings: {" + ac + ", auth_token_file: empty}", "auth_token_file: the file is empty"},
		{"twilio with a blank token", "kind: twilio, senders: {'+': '4040'}, settings: {" + ac + ", auth_token_file: blank}", "auth_token_file: the file is empty"},
		{"twilio with no token", "kind: twilio, senders: {'+': '4040'}, settings: {" + ac + "}", "auth_token_file: is missing: without a token everything is well signed"},
		{"twilio with a short token", "kind: twilio, senders: {'+': '4040'}, settings: {" + ac + ", auth_token_file: short}", "auth_token_file: a token has 16 to 128 letters and digits"},
		{"twilio with signs in its token", "kind: twilio, senders: {'+': '4040'}, settings: {" + ac + ", auth_token_file: odd}", "auth_token_file: a token has 16 to 128 letters and digits"},
		{"twilio with no account", "kind: twilio, senders: {'+': '4040'}, settings: {auth_token_file: token}", "account_sid: must be AC and 32 of 0-9 and a-f"},
		{"twilio with nobody to send as", "kind: twilio, senders: {'+996': '4040'}, settings: {" + ac + ", auth_token_file: token}", "senders: must have one for each prefix"},
		{"twilio in the open", "kind: twilio, senders: {'+': '4040'}, settings: {" + ac + ", auth_token_file: token, url: 'http://c.example'}", "url: must begin with https://"},
		{"twilio with a strange lag", "kind: twilio, senders: {'+': '4040'}, settings: {" + ac + ", auth_token_file: token, lag: 2h}", "lag: must be between"},
		{"africastalking with no user", "kind: africastalking, settings: {api_key_file: token}", "username: is missing"},
		{"africastalking with no key", "kind: africastalking, settings: {username: a}", "api_key_file: is missing"},
		{"africastalking in the open", "kind: africastalking, settings: {username: a, api_key_file: token, url: 'http://c.example'}", "url: must begin with https://"},
		{"kannel with no address", "kind: kannel, settings: {username: a, password_file: token}", "url: is missing"},
		{"kannel with no password", "kind: kannel, settings: {url: 'http://k:13013', username: a}", "password_file: is missing"},
		{"kannel with no user", "kind: kannel, settings: {url: 'http://k:13013', password_file: token}", "username: is missing"},
		{"kannel with a method", "kind: kannel, settings: {method: PUT}", "method: must be GET or POST"},
		{"form that cannot send", "kind: form", "send: is missing"},
		{"form with a method", "kind: form, prefixes: [], settings: {inbound: {method: PUT}}", "inbound.method: must be GET or POST"},
		{"form with an encoding", "kind: form, prefixes: [], settings: {inbound: {method: POST, encoding: xml}}", "inbound.encoding: of a POST must be form or json"},
		{"form with an encoding of a GET", "kind: form, prefixes: [], settings: {report: {method: GET, encoding: form}}", "report.encoding: of a GET must be query"},
		{"form with no id", "kind: form, prefixes: [], settings: {inbound: {method: POST, encoding: form, fields: {from: a, to: b, text: c}}}", "inbound.fields: must name every field that is needed"},
		{"form with a name twice", "kind: form, prefixes: [], settings: {inbound: {method: POST, encoding: form, fields: {id: a, from: a, to: b, text: c}}}", "inbound.fields: must each have a name of their own"},
		{"form with a state", "kind: form, prefixes: [], settings: {report: {method: POST, encoding: form, fields: {status: s}, statuses: {gone: [x]}}}", "report.statuses.gone: is none of"},
		{"form with a word twice", "kind: form, prefixes: [], settings: {report: {method: POST, encoding: form, fields: {status: s}, statuses: {sent: [x], failed: [x]}}}", "must give every word one meaning"},
		{"form with no words", "kind: form, prefixes: [], settings: {report: {method: POST, encoding: form, fields: {status: s}}}", "report.statuses: is missing"},
		{"form that takes every answer", strings.Replace(send(""), ", id: id", "", 1), "send.success: is missing"},
		{"form with half a rule", send(", success: {path: a}"), "send.success: must have both path and values"},
		{"form with a pattern", send(", success: {pattern: '('}"), "send.success.pattern: must be a regular expression"},
		{"form with two groups", send(", success: {pattern: '(a)(b)'}"), "send.success.pattern: must be a regular expression"},
		{"form with a field twice", send(", extra: {a: x}"), "send.fields: must each have a name of their own"},
		{"form with a secret that is empty", send(", secret_fields: {k: empty}"), "send.secret_fields.k: the file is empty"},
		{"form with a template of nothing", strings.Replace(send(", template: 'a'"), "encoding: form", "encoding: template", 1), "send.template: must have {to} and {text}"},
		{"form with a template of no type", strings.Replace(send(", template: '{to}{text}'"), "encoding: form", "encoding: template", 1), "send.content_type: is missing"},
		{"form with a template of bad JSON", strings.Replace(send(", content_type: application/json, template: '{to}{text}'"), "encoding: form", "encoding: template", 1), "send.template: makes no JSON"},
		{"form with a template of bad XML", strings.Replace(send(", content_type: text/xml, template: '<a>{to}{text}'"), "encoding: form", "encoding: template", 1), "send.template: makes no XML"},
		{"a log with settings", "kind: log, settings: {x: 1}", `unknown field "x"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := sms.ReadChannels(filepath.Join(folder, "c.yaml"), []byte("sms: [{name: a, "+c.channel+"}]"), public, carriers.New)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got  %v\nwant %s", err, c.want)
			}
			if err != nil && strings.Contains(err.Error(), token[:8]) {
				t.Error("the error holds a secret")
			}
		})
	}
	text := "sms: [{name: a, kind: twilio, senders: {'+': '4040'}, settings: {" + ac + ", auth_token_file: token}}]"
	if _, err := sms.ReadChannels(filepath.Join(folder, "c.yaml"), []byte(text), "", carriers.New); err == nil || !strings.Contains(err.Error(), "SAPAR_PUBLIC_URL: is missing") {
		t.Errorf("without a public address: %v", err)
	}
}
