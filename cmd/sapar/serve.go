package main

import (
	"context"
	"fmt"
	"maps"
	"net"
	"os"
	"os/signal"
	"runtime/debug"
	"slices"
	"strings"
	"syscall"
)

// serveCmd answers carriers until it is told to stop.
type serveCmd struct {
	Config
}

// Run serves until SIGINT or SIGTERM.
func (c *serveCmd) Run() error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	collectLess()
	s, err := newServer(ctx, c.Config)
	if err != nil {
		return err
	}
	defer s.close()
	return s.listen(ctx, s.greet)
}

// collectLess lets garbage grow to one and a half times what is in use, instead of as much again: a turn leaves much and keeps little, and collecting took
// a fifth of the processor. GOGC, when somebody has set it, wins.
func collectLess() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(150)
	}
}

// greet says how to dial, once the server listens.
func (s *server) greet(address net.Addr) {
	code := "*141#"
	if tree := s.shelf.Published("main"); tree != nil && len(tree.Codes) > 0 {
		code = tree.Codes[0]
	}
	fmt.Printf(`Sapar answers on http://%s (channels: %s).

Dial it on this machine:   bin/sapar dial '%s' --phone +996700000001
As a carrier would:        curl -d 'sessionId=try-1&phoneNumber=%%2B996700000001&serviceCode=%s&networkCode=99999&text=' http://%s/ussd/africastalking
Health and metrics:        http://%s/healthz /readyz /metrics
The console:               http://%s/console
%s`, address, strings.Join(slices.Sorted(maps.Keys(s.channels)), ", "), code, strings.NewReplacer("*", "%2A", "#", "%23").Replace(code), address, s.config.AdminListen, address, s.signIn)
}

// migrateCmd brings a database to this program's version, without serving.
type migrateCmd struct {
	Config
}

// Run migrates and loads what comes with the program.
func (c *migrateCmd) Run() error {
	ctx := context.Background()
	s := &server{config: c.Config}
	defer s.close()
	url, err := s.openCluster(ctx)
	if err != nil {
		return err
	}
	keys, err := c.keyFiles().Load()
	if err != nil {
		return err
	}
	return prepare(ctx, url, keys)
}
