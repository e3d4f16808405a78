package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// mayImport is the picture of the house: folder → folders of ours it may import. Data goes one way.
var mayImport = map[string][]string{
	"cmd/sapar":                  {"callbacks", "bench", "ussd/carriers", "ussd", "sms/carriers", "sms/outbox", "sms/ledger", "sms", "sessions/history", "sessions", "scheduler", "scheduler/broadcasts", "scheduler/elections", "scheduler/hours", "scheduler/deadlines", "scheduler/deadlines/rules", "scheduler/deadlines/stays", "applications", "applications/kinds", "applications/offices", "operators", "operators/accounts", "directory", "people/numbers", "people/pins", "people/privacy", "people", "menus", "menus/dialogues", "database", "migrations"},
	"operators":                  {"operators/accounts", "operators/signed", "scheduler", "sms", "applications", "applications/kinds", "applications/offices", "menus", "database"},
	"operators/accounts":         {"database"},
	"operators/signed":           {"database"}, // sessions in Postgres
	"bench":                      {"ussd", "sms", "directory", "people", "menus", "database"},
	"ussd/carriers":              {"callbacks", "ussd"},
	"ussd":                       {"callbacks", "sessions", "people", "menus"},
	"sms":                        {"callbacks", "sessions", "people", "menus", "database"},
	"sms/carriers":               {"callbacks", "sms"},
	"sms/outbox":                 {"sms", "people", "menus", "database"},
	"sms/ledger":                 {"sms", "people", "database"},
	"sms/testcarrier":            {}, // for tests only
	"smpp":                       {}, // tests only: Kannel and an SMSC around the program
	"callbacks":                  {"menus"},
	"callbacks/fixtures":         {}, // for tests only
	"sessions":                   {"people", "menus", "database"},
	"sessions/history":           {"people", "database"},
	"applications":               {"applications/record", "applications/kinds", "applications/offices", "people", "menus", "database"},
	"applications/record":        {"applications/kinds", "people"},
	"applications/kinds":         {"applications/offices", "menus"},
	"applications/offices":       {"menus"},
	"people":                     {"menus", "database"},
	"people/numbers":             {"people/pins", "people", "database"},
	"people/pins":                {"people", "menus", "database"},
	"people/privacy":             {"people", "menus", "database"},
	"scheduler":                  {"database"},
	"scheduler/broadcasts":       {"scheduler/broadcasts/crowd", "scheduler/hours", "sms", "people", "menus", "database"},
	"scheduler/broadcasts/crowd": {"sms", "people", "menus"},
	"scheduler/elections":        {"scheduler/broadcasts", "sms", "people", "menus", "database"},
	"scheduler/hours":            {},
	"scheduler/deadlines":        {"scheduler/deadlines/rules", "scheduler/deadlines/stays", "scheduler/hours", "sms", "sms/ledger", "people/numbers", "people", "menus", "database"},
	"scheduler/deadlines/rules":  {"scheduler/hours", "menus"},
	"scheduler/deadlines/stays":  {"scheduler/deadlines/rules", "people", "database"},
	"directory":                  {"menus"},
	"menus":                      {},
	"menus/dialogues":            {"menus"},
	"database":                   {"migrations"},
	"database/testcluster":       {"database"},
	"migrations":                 {},
}

// only says which files alone may import a library.
var only = map[string]func(path string) bool{
	"github.com/labstack/echo": func(path string) bool {
		return strings.HasPrefix(path, "cmd/") || filepath.Base(path) == "routes.go" || path == "bench/baseline.go"
	},
	"github.com/jmoiron/sqlx": func(path string) bool {
		return filepath.Base(path) == "store.go" || strings.HasPrefix(path, "database/")
	},
	"github.com/lib/pq": func(path string) bool {
		return slices.Contains([]string{"store.go", "away.go"}, filepath.Base(path)) || strings.HasPrefix(path, "database/") || strings.HasPrefix(path, "bench/")
	},
}

const root = "../.."

// goFiles parses every file of the project that is no test.
func goFiles(t *testing.T, visit func(path string, file *ast.File, files *token.FileSet)) {
	t.Helper()
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		files := token.NewFileSet()
		file, err := parser.ParseFile(files, path, nil, parser.ParseComments)
		if err == nil {
			rel, _ := filepath.Rel(root, path)
			visit(filepath.ToSlash(rel), file, files)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestImportsPointOneWay(t *testing.T) {
	goFiles(t, func(path string, file *ast.File, _ *token.FileSet) {
		folder := filepath.ToSlash(filepath.Dir(path))
		allowed, known := mayImport[folder]
		if !known {
			t.Errorf("%s: folder %s is not in the picture", path, folder)
		}
		for _, spec := range file.Imports {
			imported := strings.Trim(spec.Path.Value, `"`)
			if own, ok := strings.CutPrefix(imported, "sapar/"); ok && !slices.Contains(allowed, own) {
				t.Errorf("%s: %s may not import %s", path, folder, own)
			}
			for library, allows := range only {
				if strings.HasPrefix(imported, library) && !allows(path) {
					t.Errorf("%s: %s is not imported here", path, library)
				}
			}
		}
	})
}

func TestThereAreFewInterfacesAndNoMocks(t *testing.T) {
	var interfaces []string
	goFiles(t, func(path string, file *ast.File, _ *token.FileSet) {
		ast.Inspect(file, func(n ast.Node) bool {
			if spec, ok := n.(*ast.TypeSpec); ok {
				if _, ok := spec.Type.(*ast.InterfaceType); ok {
					interfaces = append(interfaces, path+" "+spec.Name.Name)
				}
				if strings.Contains(strings.ToLower(spec.Name.Name), "mock") {
					t.Errorf("%s: %s", path, spec.Name.Name)
				}
			}
			return true
		})
	})
	if len(interfaces) >= 8 {
		t.Errorf("%d interfaces: %v", len(interfaces), interfaces)
	}
}

func TestFilesAndFunctionsAreShort(t *testing.T) {
	var lengths []int
	goFiles(t, func(path string, file *ast.File, files *token.FileSet) {
		if lines := files.File(file.Pos()).LineCount(); lines > 300 {
			t.Errorf("%s has %d lines", path, lines)
		}
		for _, decl := range file.Decls {
			if f, ok := decl.(*ast.FuncDecl); ok && f.Body != nil {
				lengths = append(lengths, files.Position(f.End()).Line-files.Position(f.Pos()).Line+1)
			}
		}
	})
	slices.Sort(lengths)
	if median := lengths[len(lengths)/2]; median > 10 {
		t.Errorf("the median function has %d lines", median)
	}
	if p95 := lengths[len(lengths)*95/100]; p95 > 50 {
		t.Errorf("one function of twenty has more than %d lines", p95)
	}
}

func TestEveryPackageBeginsWithASentence(t *testing.T) {
	said := map[string]bool{}
	goFiles(t, func(path string, file *ast.File, _ *token.FileSet) {
		folder := filepath.Dir(path)
		said[folder] = said[folder] || file.Doc != nil && strings.Contains(file.Doc.Text(), ".")
	})
	for folder, ok := range said {
		if !ok {
			t.Errorf("package %s has no sentence", folder)
		}
	}
}

// A timeout that answers in a second goroutine mixes up callers (labstack/echo#2754); deadlines are contexts here.
func TestEchosTimeoutIsNeverUsed(t *testing.T) {
	goFiles(t, func(path string, file *ast.File, _ *token.FileSet) {
		ast.Inspect(file, func(n ast.Node) bool {
			if call, ok := n.(*ast.SelectorExpr); ok {
				if x, ok := call.X.(*ast.Ident); ok && (x.Name == "middleware" || x.Name == "http") && strings.HasPrefix(call.Sel.Name, "Timeout") {
					t.Errorf("%s: %s.%s", path, x.Name, call.Sel.Name)
				}
			}
			return true
		})
	})
}

func TestNothingNamesThisMachine(t *testing.T) {
	out, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	top := filepath.Dir(filepath.Dir(out))
	err = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() && slices.Contains([]string{".git", "bin", "data"}, d.Name()) {
			return fs.SkipDir
		}
		if d.IsDir() {
			return nil
		}
		text, err := os.ReadFile(path)
		if strings.Contains(string(text), top+"/") {
			t.Errorf("%s names the folder it was written in", path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
