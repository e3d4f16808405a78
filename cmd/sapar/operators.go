package main

import (
	"context"
	"fmt"
	"os"
	"os/user"
	"strings"
	"text/tabwriter"
	"time"

	"sapar/applications/offices"
	"sapar/operators/accounts"
)

// operatorCmd looks after those who may sign in to the console.
type operatorCmd struct {
	Add    operatorAddCmd    `cmd:"" help:"Add an operator; the password is printed once."`
	List   operatorListCmd   `cmd:"" help:"List the operators, their roles and offices."`
	Role   operatorRoleCmd   `cmd:"" help:"Give an operator other roles and another office, at once."`
	Reset  operatorResetCmd  `cmd:"" help:"Give an operator a new password; the six digits are set up anew."`
	Revoke operatorRevokeCmd `cmd:"" help:"Sign an operator out, for good."`
}

// accounts does something with the operators in the name of whoever runs the command.
func (c *Config) accounts(do func(ctx context.Context, a *accounts.Accounts, by accounts.By) error) error {
	ctx := context.Background()
	s, err := c.serverFor(ctx)
	if err != nil {
		return err
	}
	defer s.close()
	who := "shell:"
	if u, err := user.Current(); err == nil {
		who += u.Username
	}
	return do(ctx, &accounts.Accounts{DB: s.db, Keys: s.keys, Now: time.Now}, accounts.By{Who: who})
}

// operatorRoles are what an operator is, and where.
type operatorRoles struct {
	Role   []string `required:"" help:"viewer, translator, editor, publisher, caseworker, supervisor, broadcaster, approver, administrator; several with commas."`
	Office string   `help:"Id of the office whose cases they work on: a raion, an oblast, a consular post, or national."`
}

func (c *operatorRoles) roles() (out []accounts.Role) {
	for _, r := range c.Role {
		out = append(out, accounts.Role(r))
	}
	return out
}

// check refuses an office that takes no cases.
func (c *operatorRoles) check(ctx context.Context, a *accounts.Accounts) error {
	if c.Office == "" {
		return nil
	}
	all, err := offices.Read(ctx, a.DB)
	if err != nil {
		return err
	}
	if _, ok := all.Find(c.Office); !ok {
		return fmt.Errorf("there is no office %q that takes cases", c.Office)
	}
	return nil
}

type operatorAddCmd struct {
	Config
	operatorRoles
	Name string `arg:"" help:"Name to sign in with: small letters, digits, dots, dashes."`
}

// Run adds the operator.
func (c *operatorAddCmd) Run() error {
	return c.accounts(func(ctx context.Context, a *accounts.Accounts, by accounts.By) error {
		if err := c.check(ctx, a); err != nil {
			return err
		}
		password, err := a.Add(ctx, by, accounts.Operator{Name: c.Name, Roles: c.roles(), Office: c.Office})
		if err == nil {
			fmt.Printf("%s signs in with password %s (shown this once), and sets up the six digits then\n", c.Name, password)
		}
		return err
	})
}

type operatorListCmd struct{ Config }

// Run prints a line for each operator.
func (c *operatorListCmd) Run() error {
	return c.accounts(func(ctx context.Context, a *accounts.Accounts, _ accounts.By) error {
		list, err := a.List(ctx)
		if err != nil {
			return err
		}
		out := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
		fmt.Fprintln(out, "NAME\tROLES\tOFFICE\tSTATE")
		for _, o := range list {
			state := "new"
			switch {
			case o.Revoked:
				state = "revoked"
			case o.Enrolled:
				state = "signs in"
			}
			fmt.Fprintf(out, "%s\t%s\t%s\t%s\n", o.Name, strings.Trim(fmt.Sprint(o.Roles), "[]"), o.Office, state)
		}
		return out.Flush()
	})
}

type operatorRoleCmd struct {
	Config
	operatorRoles
	Name string `arg:"" help:"The operator."`
}

// Run changes the roles.
func (c *operatorRoleCmd) Run() error {
	return c.accounts(func(ctx context.Context, a *accounts.Accounts, by accounts.By) error {
		if err := c.check(ctx, a); err != nil {
			return err
		}
		return a.SetRoles(ctx, by, c.Name, c.roles(), c.Office)
	})
}

type operatorResetCmd struct {
	Config
	Name string `arg:"" help:"The operator."`
}

// Run prints a new password.
func (c *operatorResetCmd) Run() error {
	return c.accounts(func(ctx context.Context, a *accounts.Accounts, by accounts.By) error {
		password, err := a.Reset(ctx, by, c.Name)
		if err == nil {
			fmt.Printf("%s signs in with password %s (shown this once), and sets up the six digits then\n", c.Name, password)
		}
		return err
	})
}

type operatorRevokeCmd struct {
	Config
	Name string `arg:"" help:"The operator."`
}

// Run revokes.
func (c *operatorRevokeCmd) Run() error {
	return c.accounts(func(ctx context.Context, a *accounts.Accounts, by accounts.By) error {
		return a.Revoke(ctx, by, c.Name)
	})
}
