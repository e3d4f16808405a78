package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"text/tabwriter"

	"sapar/database"
)

// verifyCmd adds up what is stored. It changes nothing, needs no keys, and may run while the program serves.
type verifyCmd struct {
	Config
}

// errBroken tells that something does not add up.
var errBroken = errors.New("an accounting identity is broken: keep a backup, and look before anything is changed")

// identity says what must be so, and where to look when it is not.
type identity struct {
	name, says, look string
}

// identities are all that are counted, in the order of the view.
var identities = []identity{
	{"turns", "a session at turn n has the turns 1 to n", "tables sessions and turns, by the session's id"},
	{"texts", "a text that came is one turn, its own", "tables inbox and turns, by session and turn"},
	{"outbox", "a message is in one state, which nothing kept of it contradicts", "column unaccounted of the view outbox_identity"},
	{"events", "a case of version n has the events 1 to n, the first its filing", "sapar cases show, by the case's number"},
	{"receipts", "a case has one receipt if texts are wanted; none is without a case", "table outbox, by the key case/<number>/1"},
	{"broadcasts", "whom a broadcast looked at has one row, queued or skipped", "sapar broadcasts show, by the broadcast's number"},
}

// Run prints the identities, and fails when one is broken.
func (c *verifyCmd) Run() error {
	return c.verify(context.Background(), os.Stdout)
}

func (c *verifyCmd) verify(ctx context.Context, out io.Writer) error {
	s := &server{config: c.Config}
	defer s.close()
	url, err := s.openCluster(ctx)
	if err != nil {
		return err
	}
	owner, err := database.OpenOwner(ctx, url)
	if err != nil {
		return err
	}
	defer owner.Close()
	counted, err := database.Identities(ctx, owner)
	if err != nil {
		return err
	}
	return printIdentities(out, counted)
}

func printIdentities(out io.Writer, counted []database.Identity) error {
	table, broken := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0), error(nil)
	fmt.Fprintln(table, "IDENTITY\tEXPECTED\tFOUND\tSTATE\tWHAT")
	for _, i := range counted {
		state, what := "holds", known(i.Name).says
		if !i.Holds() {
			state, what, broken = "BROKEN", look(i), errBroken
		}
		fmt.Fprintf(table, "%s\t%d\t%d\t%s\t%s\n", i.Name, i.Expected, i.Found, state, what)
	}
	return errors.Join(table.Flush(), broken)
}

// look says where to look.
func look(i database.Identity) string {
	first := ""
	if i.First != "" {
		first = ", the first " + i.First
	}
	return fmt.Sprintf("in %d places%s: look at %s", i.Broken, first, known(i.Name).look)
}

func known(name string) identity {
	for _, i := range identities {
		if i.name == name {
			return i
		}
	}
	return identity{name: name}
}
