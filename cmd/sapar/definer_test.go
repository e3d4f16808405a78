package main

import (
	"go/ast"
	"go/token"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sapar/database"
)

// A function with its owner's rights sees past the walls between offices: it looks where it is told to, is called by those it was made for, and
// there are few.
func TestFunctionsWithTheOwnersRightsAreFewAndFixed(t *testing.T) {
	var found []struct {
		Name   string
		Path   string
		Public bool
	}
	err := database.New(t).SelectContext(t.Context(), &found, `
SELECT p.proname AS name, array_to_string(p.proconfig, ';') AS path,
    p.proacl IS NULL OR EXISTS (SELECT 1 FROM aclexplode(p.proacl) a WHERE a.grantee = 0) AS public
FROM pg_proc p WHERE p.prosecdef AND p.pronamespace = 'public'::regnamespace`)
	if err != nil {
		t.Fatal(err)
	}
	callers := map[string]string{
		"application_owner": "applications/store.go", "count_identities": "database/identities.go", "list_applicants": "scheduler/broadcasts/store.go",
	}
	for _, f := range found {
		if f.Path != "search_path=public, pg_temp" || f.Public || callers[f.Name] == "" {
			t.Errorf("%s: %q, for everybody %v, used by %q", f.Name, f.Path, f.Public, callers[f.Name])
		}
	}
	goFiles(t, func(path string, _ *ast.File, _ *token.FileSet) {
		text, err := os.ReadFile(filepath.Join(root, path))
		if err != nil {
			t.Fatal(err)
		}
		for name, caller := range callers {
			if strings.Contains(string(text), name+"(") && path != caller {
				t.Errorf("%s calls %s", path, name)
			}
		}
	})
	if len(found) != len(callers) {
		t.Errorf("there are %v", found)
	}
}
