package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"

	"sapar/callbacks"
)

// channelsLogCmd shows what a channel's carrier sent lately, for whoever puts a connection right.
type channelsLogCmd struct {
	Name  string `arg:"" help:"Channel."`
	SMS   bool   `name:"sms" help:"The channel is one of texts."`
	Admin string `env:"SAPAR_ADMIN_URL" default:"http://127.0.0.1:8081" help:"Address of the server for this machine: SAPAR_ADMIN_LISTEN."`
}

// Run prints the exchanges, the oldest first.
func (c *channelsLogCmd) Run() error {
	door := "ussd"
	if c.SMS {
		door = "sms"
	}
	client := &http.Client{Timeout: 10 * time.Second}
	response, err := client.Get(strings.TrimSuffix(c.Admin, "/") + "/channels/" + door + "/" + c.Name)
	if err != nil {
		return fmt.Errorf("no server answers at %s: %w", c.Admin, errors.Unwrap(err))
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: the server knows no channel of this name there", c.Name)
	}
	var list []callbacks.Exchange
	if err := json.NewDecoder(response.Body).Decode(&list); err != nil {
		return fmt.Errorf("read exchanges: %w", err)
	}
	if len(list) == 0 {
		fmt.Println("nothing came since the server was started")
	}
	for _, x := range list {
		printExchange(os.Stdout, x)
	}
	return nil
}

func printExchange(out io.Writer, x callbacks.Exchange) {
	fmt.Fprintf(out, "%s  %s  %s %s %d bytes → %d after %s\n", x.At.UTC().Format("2006-01-02 15:04:05.000"), x.From, x.Method, x.Type, x.Bytes, x.Status,
		x.Took.Round(100*time.Microsecond))
	var seen []string
	for _, part := range []struct{ name, value string }{{"session", x.Session}, {"phone", x.Phone}, {"code", x.Code}, {"step", x.Step}} {
		if part.value != "" {
			seen = append(seen, part.name+" "+part.value)
		}
	}
	if x.Session != "" {
		seen = append(seen, fmt.Sprintf("typed %d letters", len(x.Typed)))
	}
	switch {
	case x.Why != "":
		seen = append(seen, "refused: "+x.Why)
	case x.Over:
		seen = append(seen, "the session is over")
	case x.Waits:
		seen = append(seen, fmt.Sprintf("a screen of %d letters that waits", len(x.Screen)))
	case x.Screen != "":
		seen = append(seen, fmt.Sprintf("a last screen of %d letters", len(x.Screen)))
	}
	if len(seen) > 0 {
		fmt.Fprintln(out, "    "+strings.Join(seen, ", "))
	}
}

// exchanges answers with the latest of a channel. It is for the address of this machine only.
func (s *server) latestExchanges(w http.ResponseWriter, r *http.Request) {
	list, ok := s.exchanges.Latest(r.PathValue("door") + "/" + r.PathValue("channel"))
	if !ok {
		http.NotFound(w, r)
		return
	}
	if list == nil {
		list = []callbacks.Exchange{}
	}
	w.Header().Set("Content-Type", callbacks.JSONType)
	_ = json.NewEncoder(w).Encode(list)
}

// watchExchanges remembers those of the channels that were read.
func (s *server) watchExchanges() {
	var names []string
	for name := range s.channels {
		names = append(names, "ussd/"+name)
	}
	for _, ch := range s.texting {
		names = append(names, "sms/"+ch.Name)
	}
	s.exchanges = callbacks.NewExchanges(names)
}
