package operators

import (
	"errors"
	"image/png"
	"net/http"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/pquerna/otp"

	"sapar/operators/accounts"
)

// half is how long the six digits may take after the password.
const half = 5 * time.Minute

func (c *Console) showLogin(v *visit) error {
	if v.Operator.ID != uuid.Nil {
		v.to("/console")
		return nil
	}
	return v.show("login", nil)
}

// login takes name and password. What follows knows who it is and is not signed in yet.
func (c *Console) login(v *visit) error {
	if err := v.r.ParseForm(); err != nil {
		return err
	}
	name := strings.ToLower(strings.TrimSpace(v.r.PostForm.Get("name")))
	o, err := c.Accounts.Check(v.r.Context(), name, v.r.PostForm.Get("password"), c.address(v.r))
	if err != nil {
		return v.refused("login", err)
	}
	ctx := v.r.Context()
	if err := c.sessions.RenewToken(ctx); err != nil {
		return err
	}
	c.sessions.Remove(ctx, "operator")
	c.sessions.Put(ctx, "pending", o.ID.String())
	c.sessions.Put(ctx, "pending.at", c.Now().Unix())
	c.sessions.Remove(ctx, "pending.secret")
	v.to("/console/login/code")
	return nil
}

// refused shows a form of signing in again.
func (v *visit) refused(view string, err error) error {
	switch {
	case errors.Is(err, accounts.ErrTooMany):
		v.now = flash{Kind: "wrong", Text: v.T("login.many")}
		return v.showAs(http.StatusTooManyRequests, "login", nil)
	case !errors.Is(err, accounts.ErrRefused):
		return err
	case view == "code":
		v.say(flash{Kind: "wrong", Text: v.T("code.wrong")})
		v.to("/console/login/code")
		return nil
	}
	v.now = flash{Kind: "wrong", Text: v.T("login.wrong")}
	return v.showAs(http.StatusUnauthorized, view, nil)
}

// pending is who has given the password and not yet the digits.
func (v *visit) pending() (accounts.Operator, bool) {
	ctx, s := v.r.Context(), v.c.sessions
	id, err := uuid.Parse(s.GetString(ctx, "pending"))
	if err != nil || v.c.Now().Sub(time.Unix(s.GetInt64(ctx, "pending.at"), 0)) > half {
		return accounts.Operator{}, false
	}
	o, err := v.c.Accounts.Get(ctx, id)
	return o, err == nil && !o.Revoked
}

// setup is what somebody needs who sets up the six digits.
type setup struct {
	Secret string // to be typed where no picture can be taken; in groups of four
}

func (c *Console) showCode(v *visit) error {
	o, ok := v.pending()
	if !ok {
		v.to("/console/login")
		return nil
	}
	if o.Enrolled {
		return v.show("code", nil)
	}
	key, err := v.secret(o)
	if err != nil {
		return err
	}
	return v.show("code", &setup{inFours(key.Secret())})
}

// secret is the one that is being set up, the same until the browser is done with it.
func (v *visit) secret(o accounts.Operator) (*otp.Key, error) {
	ctx, s := v.r.Context(), v.c.sessions
	if url := s.GetString(ctx, "pending.secret"); url != "" {
		return otp.NewKeyFromURL(url)
	}
	key, err := v.c.Accounts.NewSecret(o)
	if err == nil {
		s.Put(ctx, "pending.secret", key.URL())
	}
	return key, err
}

func inFours(text string) string {
	var out []string
	for len(text) > 4 {
		out, text = append(out, text[:4]), text[4:]
	}
	return strings.Join(append(out, text), " ")
}

// qr is the secret as a picture for the phone's authenticator.
func (c *Console) qr(v *visit) error {
	o, ok := v.pending()
	if !ok || o.Enrolled {
		return errNoPage
	}
	key, err := v.secret(o)
	if err != nil {
		return err
	}
	picture, err := key.Image(240, 240)
	if err != nil {
		return err
	}
	v.w.Header().Set("Content-Type", "image/png")
	return png.Encode(v.w, picture)
}

// code takes the six digits, and signs in.
func (c *Console) code(v *visit) error {
	o, ok := v.pending()
	if !ok {
		v.to("/console/login")
		return nil
	}
	if err := v.r.ParseForm(); err != nil {
		return err
	}
	ctx, digits := v.r.Context(), strings.ReplaceAll(v.r.PostForm.Get("code"), " ", "")
	var err error
	if o.Enrolled {
		err = c.Accounts.CheckCode(ctx, o, digits, c.address(v.r))
	} else if key, broken := v.secret(o); broken != nil {
		return broken
	} else {
		err = c.Accounts.Enrol(ctx, o, key.Secret(), digits, c.address(v.r))
	}
	if err != nil {
		return v.refused("code", err)
	}
	return v.signIn(o)
}

// signIn begins a session under a new token.
func (v *visit) signIn(o accounts.Operator) error {
	ctx, s := v.r.Context(), v.c.sessions
	if err := s.Clear(ctx); err != nil {
		return err
	}
	if err := s.RenewToken(ctx); err != nil {
		return err
	}
	s.Put(ctx, "operator", o.ID.String())
	s.Put(ctx, "epoch", o.Epoch)
	v.to("/console")
	return nil
}

func (c *Console) logout(v *visit) error {
	err := c.Accounts.Record(v.r.Context(), c.DB, accounts.Entry{By: v.by(), Action: "signed out", About: v.Operator.Name})
	if err != nil {
		return err
	}
	if err := c.sessions.Destroy(v.r.Context()); err != nil {
		return err
	}
	v.to("/console/login")
	return nil
}
