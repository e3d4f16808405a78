package menus

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"embed"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"sync"
	"sync/atomic"

	"github.com/jmoiron/sqlx"
)

//go:embed trees
var treeFiles embed.FS

// BuiltIn are the files of the trees that come with the program.
func BuiltIn() []File {
	var out []File
	_ = fs.WalkDir(treeFiles, "trees", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || path.Ext(name) != ".yaml" {
			return err
		}
		text, err := treeFiles.ReadFile(name)
		out = append(out, File{Name: "menus/" + name, Text: text})
		return err
	})
	return out
}

// ErrProblems says that files were not published because something is wrong with them.
var ErrProblems = errors.New("the tree has problems")

// published is a revision as it is stored.
type published struct {
	Tree     string `db:"tree"`
	Revision int    `db:"revision"`
	Files    []byte `db:"files"`
	Hash     string `db:"hash"`
	BuiltIn  bool   `db:"built_in"`
}

// Publish checks the files and makes each of their trees a new revision, which new dialogues use from now on; running ones keep theirs.
// Nothing changes when there are problems (ErrProblems), or for a tree whose published revision holds the same files.
func Publish(ctx context.Context, tx *sqlx.Tx, files []File, note string, contacts *Directory) ([]Problem, error) {
	trees, problems := Read(files)
	for _, tree := range trees {
		problems = append(problems, tree.Strangers(contacts)...)
	}
	if len(problems) > 0 {
		return problems, ErrProblems
	}
	for _, tree := range trees {
		if err := publish(ctx, tx, tree, note, false); err != nil {
			return nil, err
		}
	}
	return nil, nil
}

// LoadBuiltIn publishes the trees of the program where none is published, or where the published one came with an earlier program; what an
// operator published stays.
func LoadBuiltIn(ctx context.Context, tx *sqlx.Tx) error {
	files := BuiltIn()
	trees, problems := Read(files)
	if len(problems) > 0 {
		return fmt.Errorf("built-in trees: %s: %w", problems[0], ErrProblems)
	}
	for _, tree := range trees {
		now, err := current(ctx, tx, tree.Name)
		if err != nil {
			return err
		}
		if now.Revision > 0 && !now.BuiltIn {
			continue
		}
		if err := publish(ctx, tx, tree, "came with the program", true); err != nil {
			return err
		}
	}
	return nil
}

const sqlReadPublished = `
SELECT r.tree, r.revision, r.files, r.hash, r.built_in
FROM trees t
JOIN tree_revisions r ON r.tree = t.name AND r.revision = t.published
WHERE t.name = $1`

// current is the published revision of a tree, with revision 0 when there is none.
func current(ctx context.Context, q sqlx.QueryerContext, name string) (published, error) {
	var p published
	err := sqlx.GetContext(ctx, q, &p, sqlReadPublished, name)
	if errors.Is(err, sql.ErrNoRows) {
		return p, nil
	}
	return p, wrap("read published tree "+name, err)
}

const sqlAddRevision = `
WITH lock AS (SELECT pg_advisory_xact_lock(hashtext('tree ' || $1))),
made AS (
    INSERT INTO tree_revisions (tree, revision, files, hash, built_in, note)
    SELECT $1, coalesce(max(r.revision), 0) + 1, $2, $3, $4, $5
    FROM lock LEFT JOIN tree_revisions r ON r.tree = $1
    RETURNING revision
)
SELECT revision FROM made`

const sqlPointTree = `
INSERT INTO trees (name, published) VALUES ($1, $2)
ON CONFLICT (name) DO UPDATE SET published = excluded.published`

func publish(ctx context.Context, tx *sqlx.Tx, tree *Tree, note string, builtIn bool) error {
	name := tree.Name
	var files []stored
	for _, f := range tree.files {
		files = append(files, stored{f.Name, string(f.Text)})
	}
	text, err := json.Marshal(files)
	if err != nil {
		return fmt.Errorf("write tree %s: %w", name, err)
	}
	sum := sha256.Sum256(text)
	hash := hex.EncodeToString(sum[:])
	now, err := current(ctx, tx, name)
	if err != nil || now.Hash == hash {
		return err
	}
	var revision int
	if err := tx.GetContext(ctx, &revision, sqlAddRevision, name, text, hash, builtIn, note); err != nil {
		return fmt.Errorf("add revision of tree %s: %w", name, err)
	}
	_, err = tx.ExecContext(ctx, sqlPointTree, name, revision)
	return wrap("publish tree "+name, err)
}

// stored is a file in the database.
type stored struct {
	Name string `json:"name"`
	Text string `json:"text"`
}

const sqlListPublished = `
SELECT name AS tree, published AS revision
FROM trees ORDER BY name`

const sqlReadRevision = `
SELECT tree, revision, files, hash, built_in
FROM tree_revisions WHERE tree = $1 AND revision = $2`

// readRevision reads one revision and makes it a tree again.
func readRevision(ctx context.Context, q sqlx.QueryerContext, name string, revision int) (*Tree, error) {
	var p published
	if err := sqlx.GetContext(ctx, q, &p, sqlReadRevision, name, revision); err != nil {
		return nil, fmt.Errorf("read revision %d of tree %s: %w", revision, name, err)
	}
	var files []stored
	if err := json.Unmarshal(p.Files, &files); err != nil {
		return nil, fmt.Errorf("read revision %d of tree %s: %w", revision, name, err)
	}
	var in []File
	for _, f := range files {
		in = append(in, File{f.Name, []byte(f.Text)})
	}
	trees, _ := Read(in) // an older program may have let pass what is a problem now; a published tree goes on
	if len(trees) == 0 {
		return nil, fmt.Errorf("read revision %d of tree %s: %w", revision, name, ErrProblems)
	}
	trees[0].Revision = revision
	return trees[0], nil
}

// Shelf keeps the published trees in memory, so that a turn needs no database to know its menu; it is safe for many callers at once.
// A revision never changes, so a tree once on the shelf is right for ever; only which one is published is looked up again.
type Shelf struct {
	db        *sqlx.DB
	published atomic.Pointer[[]*Tree] // in the order of their names
	mu        sync.Mutex
	byID      map[revisionID]*Tree
}

type revisionID struct {
	tree     string
	revision int
}

// OpenShelf reads the published trees.
func OpenShelf(ctx context.Context, db *sqlx.DB) (*Shelf, error) {
	s := &Shelf{db: db, byID: map[revisionID]*Tree{}}
	return s, s.Refresh(ctx)
}

// Refresh looks up which revisions are published and reads those that are new.
func (s *Shelf) Refresh(ctx context.Context) error {
	var ids []published
	if err := s.db.SelectContext(ctx, &ids, sqlListPublished); err != nil {
		return wrap("list published trees", err)
	}
	trees := make([]*Tree, 0, len(ids))
	for _, id := range ids {
		tree, err := s.At(ctx, id.Tree, id.Revision)
		if err != nil {
			return err
		}
		trees = append(trees, tree)
	}
	s.published.Store(&trees)
	return nil
}

// At returns a tree at a revision, from memory or, once, from the database.
func (s *Shelf) At(ctx context.Context, name string, revision int) (*Tree, error) {
	id := revisionID{name, revision}
	s.mu.Lock()
	tree, ok := s.byID[id]
	s.mu.Unlock()
	if ok {
		return tree, nil
	}
	tree, err := readRevision(ctx, s.db, name, revision)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.byID[id] = tree
	return tree, nil
}

func wrap(doing string, err error) error {
	if err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	return nil
}
