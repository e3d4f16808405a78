package operators

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"slices"
	"strings"

	"github.com/google/uuid"

	"sapar/applications"
	"sapar/menus"
	"sapar/operators/accounts"
)

// policy lets a page load what comes from here, and nothing run that stands in it.
const policy = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// mostBody is more than the longest form has.
const mostBody = 64 << 10

// guarded is the console behind all that every request passes.
func (c *Console) guarded() (http.Handler, error) {
	mux := http.NewServeMux()
	for _, r := range c.table() {
		mux.HandleFunc(r.method+" "+r.path, c.admit(r))
	}
	mux.HandleFunc("GET /console/", c.admit(route{needs: signedIn, serve: func(v *visit) error { return errNoPage }}))
	foreign := http.NewCrossOriginProtection()
	if c.Origin != "" {
		if err := foreign.AddTrustedOrigin(c.Origin); err != nil {
			return nil, fmt.Errorf("address of the console: %w", err)
		}
	}
	var inner http.Handler = foreign.Handler(c.sessions.LoadAndSave(mux))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c.harden(w.Header())
		r.Body = http.MaxBytesReader(w, r.Body, mostBody)
		inner.ServeHTTP(w, r)
	}), nil
}

// harden says to the browser what it must not do with an answer, whatever it is.
func (c *Console) harden(h http.Header) {
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
	h.Set("Cache-Control", "no-store")
	if c.Secure {
		h.Set("Strict-Transport-Security", "max-age=31536000")
	}
}

// admit lets those use a route who may.
func (c *Console) admit(to route) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		v := &visit{c: c, w: w, r: r}
		if err := v.who(); err != nil {
			v.fail(err)
			return
		}
		switch {
		case to.needs == anyone:
		case v.Operator.ID == uuid.Nil:
			v.toLogin()
			return
		case to.needs != signedIn && !v.Operator.May(to.needs):
			v.fail(errForbidden)
			return
		case strings.Contains(to.path, "{number}") && !isNumber(r.PathValue("number")):
			v.fail(applications.ErrNotFound)
			return
		}
		if err := to.serve(v); err != nil {
			v.fail(err)
		}
	}
}

// isNumber reports whether something looks like a reference number; what does not is in no address of the console.
func isNumber(text string) bool { return len(text) == menus.NumberDigits && digits(text) == text }

// who reads who is signed in, as they are now.
func (v *visit) who() error {
	id, err := uuid.Parse(v.c.sessions.GetString(v.r.Context(), "operator"))
	if err != nil {
		v.choose("")
		return nil
	}
	o, err := v.c.Accounts.Get(v.r.Context(), id)
	if err != nil && !errors.Is(err, accounts.ErrUnknown) {
		return err
	}
	if err == nil && !o.Revoked && o.Epoch == v.c.sessions.GetInt(v.r.Context(), "epoch") {
		v.Operator = o
	}
	v.choose(v.Operator.Language)
	return nil
}

// toLogin sends somebody to sign in; htmx is told to take the whole page there.
func (v *visit) toLogin() {
	if v.r.Header.Get("HX-Request") != "" {
		v.w.Header().Set("HX-Redirect", "/console/login")
	}
	v.to("/console/login")
}

// address is where the browser is. What a proxy says counts only where the proxy is trusted.
func (c *Console) address(r *http.Request) string {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return ""
	}
	address := peer.Addr().Unmap()
	said := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for _, text := range slices.Backward(said) {
		if !slices.ContainsFunc(c.Proxies, func(p netip.Prefix) bool { return p.Contains(address) }) {
			break
		}
		next, err := netip.ParseAddr(strings.TrimSpace(text))
		if err != nil {
			break
		}
		address = next.Unmap()
	}
	return address.String()
}

// by is who does something, for the audit.
func (v *visit) by() accounts.By {
	return accounts.By{Who: v.Operator.Name, Address: v.c.address(v.r)}
}

// broken is the last resort: nothing of what went wrong is told.
func broken(w http.ResponseWriter, err error) {
	slog.Error("console", "error", err)
	http.Error(w, "something went wrong here", http.StatusInternalServerError)
}
