package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"sapar/applications/kinds"
	"sapar/database"
	"sapar/directory"
	"sapar/menus"
)

// menusCmd works on tree files.
type menusCmd struct {
	Check   menusCheckCmd   `cmd:"" help:"Say what is wrong with tree files, as file:line:col: problem."`
	Graph   menusGraphCmd   `cmd:"" help:"Draw a tree as SVG or Mermaid."`
	Schema  menusSchemaCmd  `cmd:"" help:"Print the JSON Schema of tree files."`
	Publish menusPublishCmd `cmd:"" help:"Check tree files and make them the revision new calls use."`
}

type menusCheckCmd struct {
	Files []string `arg:"" help:"Tree files; all files of a tree together." type:"existingfile"`
}

// Run prints the problems.
func (c *menusCheckCmd) Run() error {
	files, err := readFiles(c.Files)
	if err != nil {
		return err
	}
	contents, err := directory.BuiltIn()
	if err != nil {
		return err
	}
	problems, err := checkTrees(files)
	if err != nil {
		return err
	}
	trees, _ := menus.Read(files)
	for _, tree := range trees {
		problems = append(problems, tree.Strangers(contents.Directory())...)
	}
	return printProblems(problems)
}

// checkTrees finds what is wrong with trees, with what they file too.
func checkTrees(files []menus.File) ([]menus.Problem, error) {
	known, err := kinds.BuiltIn()
	if err != nil {
		return nil, err
	}
	trees, problems := menus.Read(files)
	for _, tree := range trees {
		problems = append(problems, tree.Unfiled(known.Known)...)
	}
	return problems, nil
}

func printProblems(problems []menus.Problem) error {
	for _, p := range problems {
		fmt.Println(p)
	}
	if len(problems) > 0 {
		return fmt.Errorf("problems: %d", len(problems))
	}
	return nil
}

func readFiles(paths []string) ([]menus.File, error) {
	var files []menus.File
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		files = append(files, menus.File{Name: path, Text: text})
	}
	return files, nil
}

type menusGraphCmd struct {
	Files  []string `arg:"" optional:"" help:"Tree files; none: the built-in tree." type:"existingfile"`
	Format string   `enum:"svg,mermaid" default:"svg" help:"svg or mermaid."`
	Lang   string   `enum:"ky,ru,uz,en" default:"ru" help:"Language of the labels."`
}

// Run prints the picture.
func (c *menusGraphCmd) Run() error {
	files := menus.BuiltIn()
	if len(c.Files) > 0 {
		var err error
		if files, err = readFiles(c.Files); err != nil {
			return err
		}
	}
	trees, problems := menus.Read(files)
	if err := printProblems(problems); err != nil {
		return err
	}
	for _, tree := range trees {
		if c.Format == "mermaid" {
			fmt.Print(tree.Mermaid(menus.Language(c.Lang)))
			continue
		}
		os.Stdout.Write(tree.SVG(menus.Language(c.Lang)))
	}
	return nil
}

type menusSchemaCmd struct{}

// Run prints the schema.
func (menusSchemaCmd) Run() error {
	_, err := os.Stdout.Write(menus.Schema())
	return err
}

type menusPublishCmd struct {
	Config
	Files []string `arg:"" help:"Tree files; all files of a tree together." type:"existingfile"`
	Note  string   `required:"" help:"Why, for whoever reads the history."`
}

// Run publishes; a running server shows the new revision to new calls within seconds.
func (c *menusPublishCmd) Run() error {
	files, err := readFiles(c.Files)
	if err != nil {
		return err
	}
	for i := range files {
		files[i].Name = filepath.Base(files[i].Name)
	}
	problems, err := checkTrees(files)
	if err := errors.Join(err, printProblems(problems)); err != nil {
		return err
	}
	ctx := context.Background()
	s := &server{config: c.Config}
	defer s.close()
	url, err := s.openCluster(ctx)
	if err != nil {
		return err
	}
	db, err := database.Open(ctx, url)
	if err != nil {
		return err
	}
	defer db.Close()
	return database.InTx(ctx, db, func(tx *database.Tx) error {
		contacts, err := directory.Read(ctx, tx)
		if err != nil {
			return err
		}
		problems, err := menus.Publish(ctx, tx, files, c.Note, contacts)
		if errors.Is(err, menus.ErrProblems) {
			return printProblems(problems)
		}
		if err == nil {
			fmt.Println("published; calls that begin now read it, calls that are open keep theirs")
		}
		return err
	})
}
