package main

import (
	"go/ast"
	"go/token"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"sapar/database"
)

func TestEveryQueryFitsTheTables(t *testing.T) {
	db := database.New(t)
	count := 0
	goFiles(t, func(path string, file *ast.File, _ *token.FileSet) {
		for name, query := range queries(file) {
			count++
			if filepath.Base(path) != "store.go" && !strings.HasPrefix(path, "database/") && !strings.HasPrefix(path, "bench/") {
				t.Errorf("%s: %s stands outside a store.go", path, name)
			}
			stmt, err := db.Prepare(query)
			if err != nil {
				t.Errorf("%s: %s: %v", path, name, err)
				continue
			}
			stmt.Close()
		}
	})
	if count < 15 {
		t.Errorf("only %d queries were found", count)
	}
}

// queries are the constants of a file that are named sql….
func queries(file *ast.File) map[string]string {
	out := map[string]string{}
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || len(spec.Names) != 1 || len(spec.Values) != 1 || !strings.HasPrefix(spec.Names[0].Name, "sql") {
			return true
		}
		if lit, ok := spec.Values[0].(*ast.BasicLit); ok && lit.Kind == token.STRING {
			text, err := strconv.Unquote(lit.Value)
			if err == nil {
				out[spec.Names[0].Name] = text
			}
		}
		return true
	})
	return out
}
