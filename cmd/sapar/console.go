package main

import (
	"context"
	"fmt"
	"log/slog"
	"net/netip"
	"net/url"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"sapar/operators"
	"sapar/operators/accounts"
	"sapar/scheduler"
)

// newConsole makes the web console of this server.
func (s *server) newConsole() (*operators.Console, error) {
	sched, err := s.scheduler()
	if err != nil {
		return nil, err
	}
	proxies, err := s.config.proxies()
	if err != nil {
		return nil, err
	}
	return operators.New(operators.Options{
		DB: s.db, Keys: s.keys, Desk: s.errands.desk, Tree: s.shelf.At, Channels: s.consoleChannels, Now: func() time.Time { return s.now() },
		Jobs:   func(ctx context.Context) ([]scheduler.Line, error) { return sched.List(ctx) },
		Secure: strings.HasPrefix(s.config.PublicURL, "https://") || !loopback(s.config.Listen), Origin: s.config.origin(), Proxies: proxies,
	})
}

// origin is the public address without a path.
func (c *Config) origin() string {
	u, err := url.Parse(c.PublicURL)
	if err != nil || u.Host == "" {
		return ""
	}
	return u.Scheme + "://" + u.Host
}

// proxies are the networks of the setting.
func (c *Config) proxies() (out []netip.Prefix, err error) {
	for _, text := range c.TrustedProxies {
		p, err := netip.ParsePrefix(text)
		if address, single := netip.ParseAddr(text); single == nil {
			p, err = netip.PrefixFrom(address, address.BitLen()), nil
		}
		if err != nil || p.Bits() == 0 {
			return nil, fmt.Errorf("SAPAR_TRUSTED_PROXIES: %q is neither an address nor a network as 192.0.2.0/24", text)
		}
		out = append(out, p)
	}
	return out, nil
}

// consoleChannels are the doors as the overview of the console shows them.
func (s *server) consoleChannels() (out []operators.Channel) {
	for name, ch := range s.channels {
		out = append(out, s.consoleChannel("ussd/"+name, ch.Open()))
	}
	for _, ch := range s.texting {
		out = append(out, s.consoleChannel("sms/"+ch.Name, ch.Open()))
	}
	slices.SortFunc(out, func(a, b operators.Channel) int { return strings.Compare(a.Name, b.Name) })
	return out
}

func (s *server) consoleChannel(name string, open bool) operators.Channel {
	out := operators.Channel{Name: name, Open: open}
	latest, _ := s.exchanges.Latest(name)
	for _, x := range latest {
		out.Latest, out.Seen = x.At, out.Seen+1
		if x.Status >= 400 {
			out.Refused++
		}
	}
	return out
}

// firstOperator makes the first administrator of an empty console. To hash the password takes more memory than all calls, so this is done before
// anything else is loaded; it is printed with the greeting, and kept nowhere.
func (s *server) firstOperator(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	defer debug.FreeOSMemory()
	debug.FreeOSMemory()
	console := accounts.Accounts{DB: s.db, Keys: s.keys, Now: time.Now}
	name, password, err := console.First(ctx)
	if err != nil {
		slog.Error("make the first operator", "error", err)
	}
	if password != "" {
		s.signIn = fmt.Sprintf("First sign-in:              name %s, password %s (shown this once; lost: sapar operator reset %s)\n\n", name, password, name)
	}
}
