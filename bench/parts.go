package bench

import (
	"context"
	"fmt"
	"net"
	"net/http"

	"sapar/database"
)

// Part is a process of the bench beside the program: it is told where to listen, and what it needs of the rest.
type Part struct {
	Name        string // baseline, broadcast or prototype
	Listen      string
	AdminListen string // not opened; every child of the bench is given one
	DatabaseURL string // migrated by Program.Prepare
	Keys        string // file of the keys
	Sink        string // address of the carrier
}

// Run does the part, and listens until the context ends.
func (p Part) Run(ctx context.Context) error {
	parts := map[string]func(context.Context, Part, *database.DB) (http.Handler, error){
		"baseline": newBaseline, "broadcast": queueBroadcast, "prototype": drainPrototype,
	}
	part, ok := parts[p.Name]
	if !ok {
		return fmt.Errorf("the bench has no part %s", p.Name)
	}
	db, err := database.Open(ctx, p.DatabaseURL)
	if err != nil {
		return err
	}
	defer db.Close()
	handler, err := part(ctx, p, db)
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", p.Listen)
	if err != nil {
		return err
	}
	server := &http.Server{Handler: handler}
	context.AfterFunc(ctx, func() { _ = server.Close() })
	if err := server.Serve(listener); ctx.Err() == nil {
		return err
	}
	return nil
}

// part starts a part of the bench and waits until it listens.
func (p *place) part(ctx context.Context, name, url string, more ...string) (*child, error) {
	return p.start(ctx, name, append([]string{"bench", "part", name, "--database-url=" + url, "--keys=" + p.keysPath()}, more...)...)
}
