package operators

import (
	"sapar/operators/accounts"
)

// Who may use a route besides those with a permission.
const (
	anyone   accounts.Permission = "anyone"    // who is not signed in, too
	signedIn accounts.Permission = "signed in" // every operator
)

// route is one page or one write of the console.
type route struct {
	method string
	path   string // with {number} for what differs
	needs  accounts.Permission
	serve  func(*visit) error
}

// table is every route there is: the guard, and the test that asserts who may use which, read it.
func (c *Console) table() []route {
	return []route{
		{"GET", "/console/assets/{name...}", anyone, c.asset},
		{"GET", "/console/login", anyone, c.showLogin},
		{"POST", "/console/login", anyone, c.login},
		{"GET", "/console/login/code", anyone, c.showCode},
		{"POST", "/console/login/code", anyone, c.code},
		{"GET", "/console/login/qr.png", anyone, c.qr},
		{"POST", "/console/logout", signedIn, c.logout},

		{"GET", "/console", signedIn, c.home},
		{"GET", "/console/settings", signedIn, c.showSettings},
		{"POST", "/console/settings/language", signedIn, c.setLanguage},
		{"POST", "/console/settings/password", signedIn, c.setPassword},
		{"POST", "/console/settings/everywhere", signedIn, c.signOutEverywhere},

		{"GET", "/console/cases", accounts.Cases, c.queue},
		{"POST", "/console/cases/export", accounts.Export, c.export},
		{"GET", "/console/cases/{number}", accounts.Cases, c.showCase},
		{"POST", "/console/cases/{number}/open", accounts.Cases, c.openCase},
		{"POST", "/console/cases/{number}/unmask", accounts.Unmask, c.unmask},
		{"POST", "/console/cases/{number}/move", accounts.Cases, c.changing("moved", move)},
		{"POST", "/console/cases/{number}/preview", accounts.Cases, c.preview},
		{"POST", "/console/cases/{number}/ask", accounts.Cases, c.changing("asked", ask)},
		{"POST", "/console/cases/{number}/note", accounts.Cases, c.changing("noted", note)},
		{"POST", "/console/cases/{number}/assign", accounts.Cases, c.changing("assigned", c.assign)},
		{"POST", "/console/cases/{number}/hand-over", accounts.Cases, c.changing("handed over", handOver)},
		{"POST", "/console/cases/{number}/reopen", accounts.Cases, c.changing("reopened", reopen)},
		{"POST", "/console/cases/{number}/merge", accounts.Cases, c.changing("merged", merge)},

		{"GET", "/console/operators", accounts.Administer, c.operators},
		{"POST", "/console/operators/{name}/roles", accounts.Administer, c.setRoles},
		{"POST", "/console/operators/{name}/sign-out", accounts.Administer, c.signOutOther},
		{"POST", "/console/operators/{name}/revoke", accounts.Administer, c.revoke},
		{"GET", "/console/audit", accounts.Administer, c.audit},
	}
}
