// Command sapar is the whole program: it serves callbacks, and it is the phone, the checker and the bench beside the server.
package main

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	_ "time/tzdata" // zones, also where the machine has none

	"github.com/alecthomas/kong"
	"github.com/lmittmann/tint"
	"golang.org/x/term"

	"sapar/database"
)

// commands are the subcommands; each has a file of its own.
type commands struct {
	Serve      serveCmd      `cmd:"" help:"Answer carriers' callbacks."`
	Dial       dialCmd       `cmd:"" help:"Dial a code on a running server: a phone in the terminal."`
	Text       textCmd       `cmd:"" help:"Text a word to a running server and print the reply."`
	Channels   channelsCmd   `cmd:"" help:"Check, try and write down the channels of a channels file."`
	Menus      menusCmd      `cmd:"" help:"Check, draw and publish menu trees."`
	Cases      casesCmd      `cmd:"" help:"Work on what people filed, as the case worker of an office."`
	People     peopleCmd     `cmd:"" help:"Do for somebody what they ask for by voice: a new PIN, to be forgotten."`
	Deadlines  deadlinesCmd  `cmd:"" help:"List, confirm and withdraw the rules of deadlines."`
	Broadcasts broadcastsCmd `cmd:"" help:"Send one text to many people: preview, approve, start, pause, cancel."`
	Elections  electionsCmd  `cmd:"" help:"Import polling stations, and confirm what of an election may be told."`
	Jobs       jobsCmd       `cmd:"" help:"List what runs by itself, or run it by hand."`
	Operator   operatorCmd   `cmd:"" help:"Add, list and revoke those who may sign in to the console."`
	Keys       keysCmd       `cmd:"" help:"List, change and retire the keys that seal what is stored."`
	Verify     verifyCmd     `cmd:"" help:"Add up what is stored; exits 1 when something does not add up."`
	Migrate    migrateCmd    `cmd:"" help:"Bring the database to this program's version."`
	Bench      benchCmd      `cmd:"" help:"Measure turns against a bare baseline in the same run."`
}

func main() {
	var cli commands
	parser := kong.Must(&cli, kong.Name("sapar"), kong.Description("An SMS and USSD gateway for people with a basic phone."), kong.UsageOnError())
	logTo(os.Stderr)
	run, err := parser.Parse(os.Args[1:])
	parser.FatalIfErrorf(err)
	if err := run.Run(); err != nil {
		fmt.Fprintln(os.Stderr, "sapar:", err)
		os.Exit(exitCode(err))
	}
}

// exitCode is 2 where the machine lacks something and the message says what, else 1.
func exitCode(err error) int {
	if errors.Is(err, database.ErrNoPostgres) {
		return 2
	}
	return 1
}

// logTo logs for people on a terminal, and as JSON elsewhere.
func logTo(out *os.File) {
	var handler slog.Handler = slog.NewJSONHandler(out, nil)
	if term.IsTerminal(int(out.Fd())) {
		handler = tint.NewTextHandler(out, nil)
	}
	slog.SetDefault(slog.New(handler))
}
