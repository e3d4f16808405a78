package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/httputil"
	"os"
	"strings"
	"time"

	"sapar/menus"
	"sapar/menus/dialogues"
	"sapar/ussd"
)

// channelsTryCmd is the carrier's side of a channel, for whoever connects one: it calls a running server as the carrier would.
type channelsTryCmd struct {
	Name     string `arg:"" help:"Channel to call through."`
	Dialogue string `default:"first-dial" help:"Dialogue to play: one that comes with the program, by its name, or a file."`
	Phone    string `default:"+996700000001" help:"Number of the phone."`
	Code     string `help:"Code to dial instead of that of the dialogue."`
	Server   string `env:"SAPAR_URL" default:"http://127.0.0.1:8080" help:"Address of the server."`
	Channels string `env:"SAPAR_CHANNELS" help:"The server's channels file, when it has one."`
}

// Run plays the dialogue and prints each exchange. It fails when the carrier could not use an answer; screens may differ from the recorded
// ones, for the phone may be known already, and are only counted.
func (c *channelsTryCmd) Run() error {
	channel, err := findChannel(c.Channels, c.Name)
	if err != nil {
		return err
	}
	text, err := c.read()
	if err != nil {
		return err
	}
	phone := &tryingPhone{cmd: c, channel: channel, out: os.Stdout}
	played, err := dialogues.Play(text, phone)
	if err != nil {
		return err
	}
	fmt.Printf("%d exchanges, the slowest took %s; the carrier could read every answer.\n", phone.count, phone.slowest.Round(time.Millisecond))
	if played != text {
		fmt.Println("Not every screen was as recorded: the phone may be known already, and menus change.")
	}
	return nil
}

func (c *channelsTryCmd) read() (string, error) {
	if strings.ContainsAny(c.Dialogue, "./") {
		text, err := os.ReadFile(c.Dialogue)
		return string(text), err
	}
	text, err := fs.ReadFile(dialogues.Files, c.Dialogue+".txt")
	if err != nil {
		return "", fmt.Errorf("no dialogue is named %s: %w", c.Dialogue, errors.Unwrap(err))
	}
	return string(text), nil
}

// tryingPhone is a phone behind a carrier whose exchanges are printed.
type tryingPhone struct {
	cmd     *channelsTryCmd
	channel ussd.Channel
	out     io.Writer
	call    *handset
	ended   bool // the last screen was one
	count   int
	slowest time.Duration
}

// Speak does nothing: whoever is known to the server has chosen a language there.
func (p *tryingPhone) Speak(menus.Language, menus.Script) error { return nil }

// PickUp is refused: there is one number.
func (p *tryingPhone) PickUp(string) error {
	return errors.New("this dialogue needs two phones; try another")
}

// Later does nothing: no time is waited for.
func (p *tryingPhone) Later(time.Duration) {}

// Inbox is empty.
func (p *tryingPhone) Inbox() ([]string, error) { return nil, nil }

// Dial begins a call.
func (p *tryingPhone) Dial(code string) (menus.Screen, error) {
	if p.cmd.Code != "" {
		code = p.cmd.Code
	}
	p.call = newHandset(p.channel, p.cmd.Server, p.cmd.Phone, code)
	p.call.client.Transport = p
	return p.shown(p.call.dial)
}

// Type answers a screen; after the last one of a call it dials again, as a person would who was not shown what the recording has.
func (p *tryingPhone) Type(input string) (menus.Screen, error) {
	if p.call == nil {
		return menus.Screen{}, errors.New("the dialogue does not begin with a code")
	}
	if p.ended {
		return p.Dial(p.call.session.Code)
	}
	return p.shown(func(ctx context.Context) (ussd.Reply, error) { return p.call.answer(ctx, input) })
}

func (p *tryingPhone) shown(send func(context.Context) (ussd.Reply, error)) (menus.Screen, error) {
	reply, err := send(context.Background())
	p.ended = reply.End
	return menus.Screen{Text: reply.Text, End: reply.End}, err
}

// RoundTrip prints an exchange as it travels, with the channel's secrets masked.
func (p *tryingPhone) RoundTrip(r *http.Request) (*http.Response, error) {
	asked, err := httputil.DumpRequestOut(r, true)
	if err != nil {
		return nil, err
	}
	start := time.Now()
	response, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	took := time.Since(start)
	answered, err := httputil.DumpResponse(response, true)
	if err != nil {
		return nil, err
	}
	p.count, p.slowest = p.count+1, max(p.slowest, took)
	fmt.Fprintf(p.out, "### %d\n%s\n\n### answered after %s\n%s\n\n", p.count, p.masked(asked), took.Round(100*time.Microsecond), p.masked(answered))
	return response, nil
}

// masked is what travelled, without secrets and line ends of its own.
func (p *tryingPhone) masked(text []byte) string {
	shown := strings.TrimRight(strings.ReplaceAll(string(text), "\r\n", "\n"), "\n")
	for _, secret := range p.channel.Secrets {
		shown = strings.ReplaceAll(shown, secret, "‹secret›")
	}
	return shown
}
