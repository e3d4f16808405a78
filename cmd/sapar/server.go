package main

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"slices"
	"sync/atomic"
	"time"

	"sapar/callbacks"
	"sapar/database"
	"sapar/directory"
	"sapar/menus"
	"sapar/operators"
	"sapar/sessions"
	"sapar/sms"
	"sapar/sms/outbox"
	"sapar/ussd"
	"sapar/ussd/carriers"
)

// server is everything that runs while the program serves; tests start the same one.
type server struct {
	config    Config
	cluster   *database.Cluster // the private Postgres, or nil
	db        *database.DB
	counting  *database.DB // what the guard counts on: it waits for no transaction that waits for it
	keys      *database.Keys
	shelf     *menus.Shelf
	contacts  atomic.Pointer[menus.Directory]
	sessions  *sessions.Sessions
	channels  map[string]ussd.Channel
	texting   []sms.Channel
	exchanges *callbacks.Exchanges
	guard     *sms.Guard
	errands   *errands
	outbox    *outbox.Outbox
	metrics   *metrics
	console   *operators.Console
	signIn    string // what the first operator is told, once
	public    *http.Server
	admin     *http.Server
	now       func() time.Time
}

// newServer makes everything ready to listen: the database, its migrations, the trees, the directory, the channels.
func newServer(ctx context.Context, config Config) (_ *server, err error) {
	s := &server{config: config, metrics: newMetrics(), now: time.Now}
	defer func() {
		if err != nil {
			s.close()
		}
	}()
	if !loopback(config.AdminListen) {
		return nil, fmt.Errorf("SAPAR_ADMIN_LISTEN is for this machine only: profiles and metrics are not shown on %s", config.AdminListen)
	}
	if err := s.readChannels(); err != nil {
		return nil, err
	}
	url, err := s.openCluster(ctx)
	if err != nil {
		return nil, err
	}
	if err := s.unlock(ctx, url); err != nil {
		return nil, err
	}
	if err := s.connect(ctx, url); err != nil {
		return nil, err
	}
	s.firstOperator(ctx)
	return s, s.open(ctx)
}

// readChannels reads the channels, and refuses to be reached from elsewhere while one of them lacks its secret.
func (s *server) readChannels() error {
	list, err := channels(s.config.Channels)
	if err != nil {
		return err
	}
	s.channels = map[string]ussd.Channel{}
	for _, ch := range list {
		if ch.Open() && !loopback(s.config.Listen) {
			return fmt.Errorf("channel %s has no secret: without one the program listens on this machine only, not on %s", ch.Name, s.config.Listen)
		}
		s.channels[ch.Name] = ch
	}
	return s.readTexting()
}

// readTexting reads the SMS half of the channels, under the same condition.
func (s *server) readTexting() (err error) {
	if s.texting, err = smsChannels(s.config.Channels, s.config.PublicURL); err != nil {
		return err
	}
	for _, ch := range s.texting {
		if ch.Open() && !loopback(s.config.Listen) {
			return fmt.Errorf("SMS channel %s has no secret: without one the program listens on this machine only, not on %s", ch.Name, s.config.Listen)
		}
	}
	s.watchExchanges()
	return nil
}

// channels reads a file of channels, or the built-in ones when none is named.
func channels(path string) ([]ussd.Channel, error) {
	if path == "" {
		return ussd.BuiltInChannels(carriers.New)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("SAPAR_CHANNELS: %w", err)
	}
	return ussd.ReadChannels(path, text, carriers.New)
}

// openCluster is the address of Postgres: the one that was given, or the private one, started or joined.
func (s *server) openCluster(ctx context.Context) (string, error) {
	url, err := s.config.databaseURL()
	if err != nil || url != "" {
		return url, err
	}
	if s.cluster, err = database.Start(ctx, s.config.Data); err != nil {
		return "", err
	}
	slog.Info("a private database, meant for trying Sapar out; DATABASE_URL names your own", "data", s.config.Data)
	return s.cluster.URL(), nil
}

// connect opens the database and what stands behind the menus.
func (s *server) connect(ctx context.Context, url string) (err error) {
	if s.db, err = database.Open(ctx, url); err != nil {
		return err
	}
	if s.counting, err = database.Open(ctx, url); err != nil {
		return err
	}
	s.counting.SetMaxOpenConns(2)
	s.guard = sms.NewGuard(s.counting, s.keys, s.config.limits(), func() time.Time { return s.now() })
	s.errands, err = s.newErrands()
	return err
}

func (s *server) open(ctx context.Context) (err error) {
	if s.shelf, err = menus.OpenShelf(ctx, s.db); err != nil {
		return err
	}
	if err := s.readDirectory(ctx); err != nil {
		return err
	}
	now := func() time.Time { return s.now() }
	s.sessions, err = sessions.New(ctx, s.db, sessions.Options{
		Keys: s.keys, Shelf: s.shelf, Directory: s.contacts.Load, Effects: s.errands.carryOut, Texts: slices.ContainsFunc(s.texting, sms.Channel.Sends), Now: now,
		Number: drawNumber, Know: s.errands.know(now), Asked: s.errands.desk.Asked, Reminded: s.errands.reminded(now), CountAway: s.metrics.away.Inc,
	})
	if err != nil {
		return err
	}
	s.metrics.watchBudget(func(ctx context.Context) (int, int, error) { return s.guard.Spent(ctx, s.db) })
	s.metrics.registry.MustRegister(&dueGauges{now: func() time.Time { return s.now() }, count: s.countDue})
	s.metrics.watchIdentities(func(ctx context.Context) ([]database.Identity, error) { return database.CountIdentities(ctx, s.db) })
	s.outbox, err = outbox.New(ctx, outbox.Options{
		DB: s.db, Keys: s.keys, Channels: s.texting, Prefixes: s.config.limits().Prefixes, Observe: s.metrics.sent,
	})
	if err != nil {
		return err
	}
	s.console, err = s.newConsole()
	return err
}

func (s *server) readDirectory(ctx context.Context) error {
	contacts, err := directory.Read(ctx, s.db)
	if err != nil {
		return err
	}
	stations, err := s.elections().Entries(ctx)
	if err != nil {
		return err
	}
	contacts.Entries = append(contacts.Entries, stations...)
	s.contacts.Store(contacts)
	return nil
}

// drawNumber draws a reference number nobody can guess from another.
func drawNumber() string {
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails: crypto/rand ends the program instead
	return menus.NewNumber(binary.LittleEndian.Uint64(b[:]))
}

// lookEvery is how often a published revision or a changed contact is looked for.
const lookEvery = 2 * time.Second

// watch brings what is published or edited while the program runs to the phones, until the context ends.
func (s *server) watch(ctx context.Context) {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if s.sessions.Away() {
			continue
		}
		if err := errors.Join(s.shelf.Refresh(ctx), s.readDirectory(ctx), s.keys.Refresh()); err != nil && ctx.Err() == nil {
			slog.Warn("look for new menus", "error", err)
		}
	}
}

// listen opens both addresses and serves until the context ends; then calls in flight are finished.
func (s *server) listen(ctx context.Context, ready func(address net.Addr)) error {
	jobs, err := s.scheduler()
	if err != nil {
		return err
	}
	public, err := net.Listen("tcp", s.config.Listen)
	if err != nil {
		return err
	}
	admin, err := net.Listen("tcp", s.config.AdminListen)
	if err != nil {
		return errors.Join(err, public.Close())
	}
	s.public, s.admin = s.publicServer(), s.adminServer()
	failed := make(chan error, 2)
	go func() { failed <- s.public.Serve(public) }()
	go func() { failed <- s.admin.Serve(admin) }()
	go s.watch(ctx)
	sending, stop := context.WithCancel(ctx)
	running := make(chan struct{})
	go func() { defer close(running); jobs.Run(sending) }()
	sent := make(chan error, 1)
	go func() { sent <- s.outbox.Run(sending) }()
	ready(public.Addr())
	select {
	case err = <-failed:
	case <-ctx.Done():
	}
	stop()
	drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	err = errors.Join(err, s.public.Shutdown(drain), s.admin.Shutdown(drain), <-sent)
	<-running
	return err
}

// giveBack returns what the guard had put aside of today's limits; without it they are a little lower today.
func (s *server) giveBack() {
	if s.guard == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	if err := s.guard.Close(ctx); err != nil {
		slog.Warn("give back what was put aside of today's limits", "error", err)
	}
}

// close gives back what was opened; the private Postgres is stopped by whoever started it.
func (s *server) close() {
	if s.sessions != nil {
		s.sessions.Close()
	}
	s.giveBack()
	for _, db := range []*database.DB{s.db, s.counting} {
		if db != nil {
			db.Close()
		}
	}
	if s.cluster == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	if err := s.cluster.Stop(ctx); err != nil {
		slog.Error("stop the private database", "error", err)
	}
}
