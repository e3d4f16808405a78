package operators

import (
	"errors"
	"strconv"
	"strings"

	"sapar/applications/offices"
	"sapar/operators/accounts"
)

// team is what the page of operators shows.
type team struct {
	Operators []accounts.Operator
	Roles     []accounts.Role
	Offices   []choice
}

// choice is one option of a list.
type choice struct{ Value, Label string }

// Has reports whether an operator has a role.
func (t team) Has(o accounts.Operator, r accounts.Role) bool {
	for _, has := range o.Roles {
		if has == r {
			return true
		}
	}
	return false
}

func (c *Console) operators(v *visit) error {
	list, err := c.Accounts.List(v.r.Context())
	if err != nil {
		return err
	}
	places, err := c.officeChoices(v)
	if err != nil {
		return err
	}
	return v.show("operators", team{list, accounts.Roles(), places})
}

// officeChoices are the offices that take cases, in the language of the page.
func (c *Console) officeChoices(v *visit) (out []choice, err error) {
	all, err := offices.Read(v.r.Context(), c.DB)
	for _, o := range all {
		out = append(out, choice{o.ID, v.wording(o.Name) + v.named("office.", string(o.Kind))})
	}
	return out, err
}

func (c *Console) setRoles(v *visit) error {
	if err := v.r.ParseForm(); err != nil {
		return err
	}
	var roles []accounts.Role
	for _, r := range v.r.PostForm["role"] {
		roles = append(roles, accounts.Role(r))
	}
	office := v.r.PostForm.Get("office")
	if err := c.checkOffice(v, office); err != nil {
		return err
	}
	if len(roles) == 0 {
		v.say(flash{Kind: "wrong", Text: v.T("operators.none")})
		v.to("/console/operators")
		return nil
	}
	return v.changed(c.Accounts.SetRoles(v.r.Context(), v.by(), v.r.PathValue("name"), roles, office))
}

// checkOffice refuses an office that takes no cases; "" is none.
func (c *Console) checkOffice(v *visit, id string) error {
	all, err := offices.Read(v.r.Context(), c.DB)
	if _, ok := all.Find(id); err == nil && id != "" && !ok {
		err = errNoPage
	}
	return err
}

func (c *Console) signOutOther(v *visit) error {
	return v.changed(c.Accounts.SignOut(v.r.Context(), v.by(), v.r.PathValue("name")))
}

func (c *Console) revoke(v *visit) error {
	return v.changed(c.Accounts.Revoke(v.r.Context(), v.by(), v.r.PathValue("name")))
}

// changed goes back to the list of operators.
func (v *visit) changed(err error) error {
	switch {
	case errors.Is(err, accounts.ErrLast):
		v.say(flash{Kind: "wrong", Text: v.T("operators.last")})
	case err != nil:
		return err
	default:
		v.done("operators.changed")
	}
	v.to("/console/operators")
	return nil
}

// trail is what the page of the audit shows.
type trail struct {
	accounts.Search
	Entries []accounts.Entry
	Next    int64 // goes on behind this entry; 0 at the end
}

const entriesShown = 100

func (c *Console) audit(v *visit) error {
	asked := v.r.URL.Query()
	before, _ := strconv.ParseInt(asked.Get("before"), 10, 64)
	t := trail{Search: accounts.Search{
		Who: strings.TrimSpace(asked.Get("who")), About: strings.TrimSpace(asked.Get("about")), Before: max(before, 0), Limit: entriesShown + 1,
	}}
	var err error
	if t.Entries, err = c.Accounts.Audit(v.r.Context(), t.Search); err != nil {
		return err
	}
	if len(t.Entries) > entriesShown {
		t.Entries = t.Entries[:entriesShown]
		t.Next = t.Entries[entriesShown-1].ID
	}
	return v.show("audit", t)
}
