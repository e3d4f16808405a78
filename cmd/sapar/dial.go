package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/google/uuid"
	"golang.org/x/term"

	"sapar/menus"
	"sapar/ussd"
)

// dialCmd is a phone in the terminal. It speaks to a running server as a carrier does, so what it shows is what a phone would.
type dialCmd struct {
	Code     string `arg:"" default:"*141#" help:"Code to dial."`
	Phone    string `default:"+996700000001" help:"Number of the phone."`
	Lang     string `help:"Language to choose when the phone has none yet: ky, ru, uz or en." enum:",ky,ru,uz,en" default:""`
	Channel  string `default:"africastalking" help:"Channel to dial through."`
	Script   string `help:"File with one answer a line, instead of the keyboard." type:"existingfile"`
	Server   string `env:"SAPAR_URL" default:"http://127.0.0.1:8080" help:"Address of the server."`
	Channels string `env:"SAPAR_CHANNELS" help:"The server's channels file, when it has one."`
}

// Run dials and takes answers until the session ends or the input does.
func (c *dialCmd) Run() error {
	channel, err := findChannel(c.Channels, c.Channel)
	if err != nil {
		return err
	}
	in := os.Stdin
	if c.Script != "" {
		if in, err = os.Open(c.Script); err != nil {
			return err
		}
		defer in.Close()
	}
	phone := newHandset(channel, c.Server, c.Phone, c.Code)
	display := display{out: os.Stdout, limits: channel.Screen, drawn: c.Script == "" && term.IsTerminal(int(os.Stdin.Fd())) && term.IsTerminal(int(os.Stdout.Fd()))}
	return c.talk(phone, display, bufio.NewScanner(in))
}

func findChannel(path, name string) (ussd.Channel, error) {
	list, err := channels(path)
	if err != nil {
		return ussd.Channel{}, err
	}
	for _, ch := range list {
		if ch.Name == name {
			return ch, nil
		}
	}
	return ussd.Channel{}, fmt.Errorf("no channel is named %s", name)
}

func (c *dialCmd) talk(phone *handset, display display, input *bufio.Scanner) error {
	reply, err := phone.dial(context.Background())
	if err != nil {
		return err
	}
	if choice := c.language(reply); choice != "" {
		if reply, err = phone.answer(context.Background(), choice); err != nil {
			return err
		}
	}
	display.show(reply, "")
	for !reply.End && display.prompt() && input.Scan() {
		typed := input.Text()
		if reply, err = phone.answer(context.Background(), typed); err != nil {
			return err
		}
		display.show(reply, typed)
	}
	return input.Err()
}

// language is the item of the wanted language, when the first screen asks for one.
func (c *dialCmd) language(first ussd.Reply) string {
	for i, lang := range menus.Languages {
		if string(lang) == c.Lang && strings.Contains(first.Text, fmt.Sprintf("%d %s", i+1, menus.SelfName(lang))) {
			return fmt.Sprint(i + 1)
		}
	}
	return ""
}

// handset is one phone in one session: it keeps what was typed, since some carriers send it all every time.
type handset struct {
	channel ussd.Channel
	server  string
	url     string // with the channel's secret: never printed
	session ussd.Dial
	client  *http.Client
	seq     int
}

func newHandset(channel ussd.Channel, server, phone, code string) *handset {
	url := strings.TrimSuffix(server, "/") + "/ussd/" + channel.Name
	if !channel.Open() {
		url += "/" + channel.Secrets[0]
	}
	return &handset{
		channel: channel, server: server, url: url, client: &http.Client{Timeout: 10 * time.Second},
		session: ussd.Dial{Key: uuid.NewString(), Phone: phone, Code: code},
	}
}

func (h *handset) dial(ctx context.Context) (ussd.Reply, error) {
	h.session.Begin = true
	return h.send(ctx)
}

func (h *handset) answer(ctx context.Context, typed string) (ussd.Reply, error) {
	h.session.Begin = false
	h.session.Input = typed
	if h.seq > 1 {
		h.session.Path += "*"
	}
	h.session.Path += typed
	return h.send(ctx)
}

func (h *handset) send(ctx context.Context) (ussd.Reply, error) {
	h.seq++
	h.session.Seq = fmt.Sprint(h.seq)
	request, err := h.channel.Carrier.Call(h.url, h.session)
	if err != nil {
		return ussd.Reply{}, err
	}
	response, err := h.client.Do(request.WithContext(ctx))
	if err != nil {
		return ussd.Reply{}, fmt.Errorf("no answer from %s for channel %s; start a server with make run: %w", h.server, h.channel.Name, errors.Unwrap(err))
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		text, _ := io.ReadAll(io.LimitReader(response.Body, 300))
		return ussd.Reply{}, fmt.Errorf("the server answered %s: %s", response.Status, strings.TrimSpace(string(text)))
	}
	reply, err := h.channel.Carrier.Hear(response)
	if reply.Echo != "" {
		h.session.Echo = reply.Echo
	}
	return reply, err
}
