package main

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"sapar/sms"
	smscarriers "sapar/sms/carriers"
	"sapar/ussd"
	"sapar/ussd/carriers"
)

// channelsCheckCmd says what is wrong with a channels file before a server is started with it.
type channelsCheckCmd struct {
	File      string `arg:"" optional:"" help:"Channels file; none: that of SAPAR_CHANNELS." type:"existingfile"`
	Channels  string `env:"SAPAR_CHANNELS" help:"Channels file of the server."`
	Listen    string `env:"SAPAR_LISTEN" default:"127.0.0.1:8080" help:"Address carriers call: a channel without a secret is served on this machine only."`
	PublicURL string `env:"SAPAR_PUBLIC_URL" help:"Address of the server as carriers reach it, which some settings need."`
}

// Run prints the problems, each with its place.
func (c *channelsCheckCmd) Run() error {
	file := cmp.Or(c.File, c.Channels)
	if file == "" {
		return errors.New("name a channels file, or set SAPAR_CHANNELS; the built-in channels are right")
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	dialled, err := ussd.ReadChannels(file, text, carriers.New)
	problems := lines(err)
	texted, err := sms.ReadChannels(file, text, c.PublicURL, smscarriers.New)
	problems = append(problems, lines(err)...)
	problems = append(problems, openTo(c.Listen, dialled, texted)...)
	slices.SortStableFunc(problems, func(a, b string) int { return byPlace(file, a, b) })
	problems = slices.Compact(problems) // both halves say what is wrong with the file as a whole
	for _, p := range problems {
		fmt.Println(p)
	}
	if len(problems) > 0 {
		return fmt.Errorf("problems: %d", len(problems))
	}
	fmt.Printf("%s: %d dialled channels, %d texted ones, nothing wrong\n", file, len(dialled), len(texted))
	return nil
}

func lines(err error) []string {
	if err == nil {
		return nil
	}
	return strings.Split(err.Error(), "\n")
}

// openTo are the channels that anybody could call on an address that is not this machine's alone.
func openTo(listen string, dialled []ussd.Channel, texted []sms.Channel) (problems []string) {
	if loopback(listen) {
		return nil
	}
	why := ": the channel has no secret, so it is served on this machine only, not on " + listen
	for _, ch := range dialled {
		if ch.Open() {
			problems = append(problems, ch.Place+why)
		}
	}
	for _, ch := range texted {
		if ch.Open() {
			problems = append(problems, ch.Place+why)
		}
	}
	return problems
}

// byPlace orders problems of a file by line and column.
func byPlace(file, a, b string) int {
	var places [2][2]int
	for i, text := range []string{a, b} {
		_, _ = fmt.Sscanf(strings.TrimPrefix(text, file+":"), "%d:%d", &places[i][0], &places[i][1]) // without a place it comes first
	}
	return cmp.Or(cmp.Compare(places[0][0], places[1][0]), cmp.Compare(places[0][1], places[1][1]))
}
