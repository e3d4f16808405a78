package callbacks_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sapar/callbacks"
)

// read reads a file with one part as its readers do: the secrets and the file that a setting names, of each channel.
func read(name, text string) (all []callbacks.Secrets, err error) {
	var parts struct {
		Part []callbacks.Entry `yaml:"part"`
	}
	file, err := callbacks.ReadFile(name, []byte(text), &parts)
	if err != nil {
		return nil, err
	}
	for i := range parts.Part {
		e, path := &parts.Part[i], fmt.Sprintf("part.%d", i)
		var secrets, tokens callbacks.Secrets
		if secrets, err = file.Secrets(path, e, func(s string) bool { return strings.HasPrefix(s, "taken-") }, ", not taken"); err != nil {
			return nil, err
		}
		if tokens, err = settings(file, e); err != nil {
			return nil, file.Explain(path, err)
		}
		all = append(all, secrets, tokens)
	}
	return all, nil
}

func settings(file *callbacks.File, e *callbacks.Entry) (callbacks.Secrets, error) {
	var s struct {
		Token string `yaml:"token_file"`
	}
	if err := file.Settings(e).Read(&s); err != nil || s.Token == "" {
		return nil, err
	}
	return file.Settings(e).Secret("token_file", s.Token)
}

func TestFilesOfSecretsStandBesideTheChannelsFileAndMayHoldTwo(t *testing.T) {
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "two"), []byte(secret+"\nnext-"+secret+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	all, err := read(filepath.Join(folder, "c.yaml"), "part: [{secret_file: two, settings: {token_file: two}}, {secret: "+secret+"}]")
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []int{2, 2, 1, 0} {
		if len(all[i]) != want {
			t.Errorf("list %d has %d secrets, want %d", i, len(all[i]), want)
		}
	}
}

func TestWhatIsWrongWithAFileIsSaidWithItsPlace(t *testing.T) {
	const rule = "a secret has 16 to 200 letters of A-Z, a-z, 0-9, - and _, not taken"
	for _, c := range []struct{ name, text, want string }{
		{"not YAML", "part: [", "1:7: sequence end token ']' not found"},
		{"nothing", "", "1:1: one YAML document with the channels is wanted"},
		{"two documents", "part: []\n---\npart: []\n", "1:1: one YAML document with the channels is wanted"},
		{"an alias", "part: [&a {name: a, kind: none}, *a]", "1:34: anchors and aliases are not read: write the channel out"},
		{"an unknown part", "prt: []", `1:1: unknown field "prt"`},
		{"a key twice", "part:\n  - name: a\n    name: b\n", `3:5: mapping key "name" already defined at [2:5]`},
		{"a secret that leaves the path", "part:\n  - name: a\n    secret: abcdefgh/12345678\n", "3:5: " + rule},
		{"a secret that is taken", "part:\n  - name: a\n    secret: taken-abcdefgh-12345678\n", "3:5: " + rule},
		{"a secret file that is empty", "part:\n  - name: a\n    secret_file: /dev/null\n", "3:5: " + rule},
		{"a secret file that is not there", "part:\n  - name: a\n    secret_file: /nowhere/x\n", "3:5: open /nowhere/x: no such file or directory"},
		{"a secret twice", "part:\n  - name: a\n    secret: x\n    secret_file: y\n", "3:5: give secret or secret_file, not both"},
		{"a setting's file that is empty", "part:\n  - name: a\n    settings:\n      token_file: /dev/null\n", "4:7: token_file: the file is empty"},
		{"a setting's file that is not there", "part:\n  - name: a\n    settings:\n      token_file: /nowhere/x\n", "4:7: token_file: open /nowhere/x: no such file or directory"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := read("c.yaml", c.text)
			if err == nil || err.Error() != "c.yaml:"+c.want {
				t.Errorf("got  %v\nwant c.yaml:%s", err, c.want)
			}
			if err != nil && strings.Contains(err.Error(), "abcdefgh") {
				t.Error("the error holds a secret")
			}
		})
	}
}
