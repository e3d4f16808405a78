package menus_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"sapar/menus"
)

// problems reads files given by name and returns what is wrong with them.
func problems(files map[string]string) []string {
	var in []menus.File
	for name, text := range files {
		in = append(in, menus.File{Name: name, Text: []byte(text)})
	}
	slices.SortFunc(in, func(a, b menus.File) int { return strings.Compare(a.Name, b.Name) })
	_, found := menus.Read(in)
	var out []string
	for _, p := range found {
		out = append(out, p.String())
	}
	return out
}

// mustRead makes the one tree of a text.
func mustRead(t testing.TB, text string) *menus.Tree {
	t.Helper()
	trees, found := menus.Read([]menus.File{{Name: "test.yaml", Text: []byte(text)}})
	for _, p := range found {
		t.Fatal(p)
	}
	return trees[0]
}

// wording is one text in all languages, in YAML.
func wording(text string) string {
	return fmt.Sprintf("{ky: %[1]q, ru: %[1]q, uz: %[1]q, en: %[1]q}", text)
}

const facts = `{source: "https://example.org", date: 2025-11-18, confidence: high}`

func TestTheBuiltInTreesHaveNoProblems(t *testing.T) {
	trees, found := menus.Read(menus.BuiltIn())
	for _, p := range found {
		t.Error(p)
	}
	if len(trees) == 0 || len(trees[0].Nodes) < 100 {
		t.Error("the built-in tree is not there")
	}
}

func TestEveryBadTreeIsRefusedWithItsOwnWords(t *testing.T) {
	names, err := filepath.Glob("testdata/bad/*.yaml")
	if err != nil || len(names) < 60 {
		t.Fatalf("%d bad trees, %v", len(names), err)
	}
	for _, name := range names {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".yaml"), func(t *testing.T) {
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			var want []string
			for line := range strings.Lines(string(text)) {
				if problem, ok := strings.CutPrefix(line, "# want: "); ok {
					want = append(want, "bad.yaml:"+strings.TrimSpace(problem))
				}
			}
			if got := problems(map[string]string{"bad.yaml": string(text)}); len(want) == 0 || !slices.Equal(got, want) {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
			}
		})
	}
}

func TestAFileThatWouldTakeTheReaderMinutesIsRefusedAtOnce(t *testing.T) {
	const much = 1 << 20
	for name, text := range map[string]string{
		"brackets":        strings.Repeat("[", much),
		"braces":          strings.Repeat("{a: ", much/4),
		"brackets, lines": strings.Repeat("[\n", much/4),
		"dashes":          strings.Repeat("- ", much/4),
		"keys":            strings.Repeat("k: 1\n", much/16),
		"keys in a line":  "{" + strings.Repeat("k: 1,", much/16),
		"a long line":     "tree: " + strings.Repeat("x", 5000),
		"bytes":           "tree: x\nstart: \xff\n",
		"a zero byte":     "tree: x\x00\n",
	} {
		if got := problems(map[string]string{"f": text}); len(got) != 1 || !strings.HasPrefix(got[0], "f:1:1: ") && name != "brackets, lines" {
			t.Errorf("%s: %.300v", name, got)
		}
	}
}

func TestWindowsLineEndsChangeNothing(t *testing.T) {
	text := "tree: x\nstart: home\nnodes:\n  home:\n    text: " + wording("a") + "\n    facts: " + facts + "\n"
	if got := problems(map[string]string{"f": strings.ReplaceAll(text, "\n", "\r\n")}); got != nil {
		t.Error(got)
	}
}

// valueOf reads YAML into the values JSON knows.
func valueOf(t *testing.T, text []byte) any {
	t.Helper()
	asJSON, err := yaml.YAMLToJSON(text)
	if err != nil {
		t.Fatal(err)
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(asJSON))
	if err != nil {
		t.Fatal(err)
	}
	return value
}

// compiled is the schema of tree files, ready to validate with.
func compiled(t *testing.T) *jsonschema.Schema {
	t.Helper()
	var doc any
	if err := json.Unmarshal(menus.Schema(), &doc); err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("tree.schema.json", doc); err != nil {
		t.Fatal(err)
	}
	schema, err := compiler.Compile("tree.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

func TestTheSchemaAcceptsEveryBuiltInFile(t *testing.T) {
	schema := compiled(t)
	for _, f := range menus.BuiltIn() {
		if err := schema.Validate(valueOf(t, f.Text)); err != nil {
			t.Errorf("%s: %v", f.Name, err)
		}
	}
}

func TestTheSchemaRefusesWhatAnEditorShouldUnderline(t *testing.T) {
	schema := compiled(t)
	for _, name := range []string{
		"unknown-key", "unknown-key-in-node", "unknown-key-in-facts", "missing-language", "unknown-language", "nodes-as-list",
		"wording-as-text", "min-as-text", "ask-of-unknown-type", "wrong-confidence", "resume-10-minutes", "days-in-words", "base-unknown",
	} {
		text, err := os.ReadFile("testdata/bad/" + name + ".yaml")
		if err != nil {
			t.Fatal(err)
		}
		if schema.Validate(valueOf(t, text)) == nil {
			t.Errorf("%s is accepted", name)
		}
	}
}

func TestTheSchemaFileIsTheSchemaOfTheCode(t *testing.T) {
	const file = "trees/tree.schema.json"
	if *update {
		if err := os.WriteFile(file, menus.Schema(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(text, menus.Schema()) {
		t.Errorf("%s is out of date: go test ./menus -run %s -update", file, t.Name())
	}
}

// readJSON decodes a file.
func readJSON(t testing.TB, name string, into any) {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, into); err != nil {
		t.Fatalf("decode %s: %v", name, err)
	}
}
