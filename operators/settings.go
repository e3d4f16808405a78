package operators

import (
	"errors"
	"slices"

	"sapar/operators/accounts"
)

func (c *Console) showSettings(v *visit) error { return v.show("settings", languages) }

func (c *Console) setLanguage(v *visit) error {
	lang := v.r.PostFormValue("language")
	if lang != "" && !slices.Contains(languages, lang) {
		return errNoPage
	}
	if err := c.Accounts.SetLanguage(v.r.Context(), v.by(), v.Operator.Name, lang); err != nil {
		return err
	}
	v.choose(lang)
	v.done("settings.kept")
	v.to("/console/settings")
	return nil
}

// setPassword changes one's own password, and ends the other sessions.
func (c *Console) setPassword(v *visit) error {
	err := c.Accounts.SetPassword(v.r.Context(), v.by(), v.Operator, v.r.PostFormValue("old"), v.r.PostFormValue("new"))
	switch {
	case errors.Is(err, accounts.ErrPassword):
		v.say(flash{Kind: "wrong", Text: v.T("settings.short")})
	case errors.Is(err, accounts.ErrRefused):
		v.say(flash{Kind: "wrong", Text: v.T("settings.old")})
	case errors.Is(err, accounts.ErrTooMany):
		v.say(flash{Kind: "wrong", Text: v.T("login.many")})
	case err != nil:
		return err
	default:
		if err := c.sessions.RenewToken(v.r.Context()); err != nil {
			return err
		}
		c.sessions.Put(v.r.Context(), "epoch", v.Operator.Epoch+1)
		v.done("settings.kept")
	}
	v.to("/console/settings")
	return nil
}

func (c *Console) signOutEverywhere(v *visit) error {
	if err := c.Accounts.SignOut(v.r.Context(), v.by(), v.Operator.Name); err != nil {
		return err
	}
	v.to("/console/login")
	return nil
}
