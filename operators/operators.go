// Package operators is the web console: what those who run the service see and do, in a browser.
//
// Every page is made here and works without JavaScript. What somebody may do is asked with each request, and each write is kept in the audit, in
// the transaction of the write itself.
package operators

import (
	"context"
	"net/http"
	"net/netip"
	"time"

	"github.com/alexedwards/scs/v2"

	"sapar/applications"
	"sapar/database"
	"sapar/menus"
	"sapar/operators/accounts"
	"sapar/operators/signed"
	"sapar/scheduler"
)

// Options are what the console works with.
type Options struct {
	DB       *database.DB
	Keys     *database.Keys
	Desk     *applications.Desk
	Tree     func(ctx context.Context, name string, revision int) (*menus.Tree, error) // as it was asked from
	Jobs     func(ctx context.Context) ([]scheduler.Line, error)
	Channels func() []Channel
	Now      func() time.Time
	Secure   bool           // it is reached by https only, and so are its cookies
	Origin   string         // address it is reached at, as https://sapar.example; "" is the one that the browser names
	Proxies  []netip.Prefix // what they say of who called them is believed
}

// Channel is a door as the overview shows it.
type Channel struct {
	Name    string    // as ussd/kannel
	Latest  time.Time // when it was called last since this program started; no time for never
	Seen    int       // calls that are remembered, at most 50
	Refused int       // of these
	Open    bool      // has no secret
}

// Console is the web console. One serves the whole program.
type Console struct {
	Options
	Accounts *accounts.Accounts
	sessions *scs.SessionManager
	views    views
	words    words
	handler  http.Handler
}

// How long somebody stays signed in: without doing anything, and in all.
const (
	idle  = 15 * time.Minute
	whole = 12 * time.Hour
)

// New makes a console. The error names a view or a word that is not as it should be.
func New(options Options) (*Console, error) {
	c := &Console{Options: options, Accounts: &accounts.Accounts{DB: options.DB, Keys: options.Keys, Now: options.Now}}
	var err error
	if c.words, err = readWords(); err != nil {
		return nil, err
	}
	if c.views, err = readViews(); err != nil {
		return nil, err
	}
	c.sessions = c.newSessions()
	c.handler, err = c.guarded()
	return c, err
}

// newSessions keeps a name for the cookie that a browser takes from this host over https only, where it is reached that way.
func (c *Console) newSessions() *scs.SessionManager {
	s := scs.New()
	s.Store = signed.Store{DB: c.DB, Keys: c.Keys}
	s.HashTokenInStore = true
	s.IdleTimeout, s.Lifetime = idle, whole
	s.Cookie.Name, s.Cookie.Path, s.Cookie.HttpOnly, s.Cookie.SameSite, s.Cookie.Persist = "sapar", "/", true, http.SameSiteStrictMode, false
	if c.Secure {
		s.Cookie.Name, s.Cookie.Secure = "__Host-sapar", true
	}
	s.ErrorFunc = func(w http.ResponseWriter, _ *http.Request, err error) { broken(w, err) }
	return s
}

// ServeHTTP serves the pages under /console.
func (c *Console) ServeHTTP(w http.ResponseWriter, r *http.Request) { c.handler.ServeHTTP(w, r) }
