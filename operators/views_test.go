package operators

import (
	"crypto/sha256"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func TestEveryWordIsThereInEveryLanguage(t *testing.T) {
	all, err := readWords()
	if err != nil {
		t.Fatal(err)
	}
	want := slices.Sorted(maps.Keys(all["en"]))
	for lang, list := range all {
		if got := slices.Sorted(maps.Keys(list)); !slices.Equal(got, want) {
			t.Errorf("%s has other keys than en", lang)
		}
		for key, text := range list {
			if strings.TrimSpace(text) == "" || strings.Count(text, "%d") != strings.Count(all["en"][key], "%d") {
				t.Errorf("%s: %s is %q", lang, key, text)
			}
		}
	}
}

var wordUsed = regexp.MustCompile(`\bT "([a-z. ]+)"|\bT\("([a-z. ]+)"\)|"((?:wrong|done|settings|operators|login|code)\.[a-z]+)"`)

func TestEveryWordThatIsUsedIsThere(t *testing.T) {
	all, err := readWords()
	if err != nil {
		t.Fatal(err)
	}
	err = fs.WalkDir(os.DirFS("."), ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasSuffix(path, "_test.go") || !strings.HasSuffix(path, ".go") && !strings.HasSuffix(path, ".html") {
			return err
		}
		text, err := os.ReadFile(path)
		for _, m := range wordUsed.FindAllStringSubmatch(string(text), -1) {
			if key := m[1] + m[2] + m[3]; !strings.HasSuffix(key, ".") && all["en"][key] == "" && !strings.HasPrefix(key, "code.g") {
				t.Errorf("%s: %s is no word", path, key)
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestEveryPageSaysWhatItIsFor(t *testing.T) {
	all, err := readWords()
	if err != nil {
		t.Fatal(err)
	}
	pages, err := readViews()
	if err != nil {
		t.Fatal(err)
	}
	for name := range pages {
		if name == "layout" || name == "parts" {
			continue
		}
		if all["en"][name+".title"] == "" || all["en"][name+".purpose"] == "" {
			t.Errorf("%s has no title or no line that says what it is for", name)
		}
	}
}

func TestWhatIsVendoredIsWhatItSaysItIs(t *testing.T) {
	for _, folder := range []string{"assets/vendor", "testdata"} {
		list, err := os.ReadFile(folder + "/VENDOR.md")
		if err != nil {
			t.Fatal(err)
		}
		found := regexp.MustCompile(`\| (\S+\.js) \|.*\| ([0-9a-f]{64}) \|`).FindAllStringSubmatch(string(list), -1)
		if len(found) == 0 {
			t.Errorf("%s lists nothing", folder)
		}
		for _, m := range found {
			text, err := os.ReadFile(folder + "/" + m[1])
			if err != nil || fmt.Sprintf("%x", sha256.Sum256(text)) != m[2] {
				t.Errorf("%s is another one: %v", m[1], err)
			}
		}
	}
}
