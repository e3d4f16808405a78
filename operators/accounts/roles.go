package accounts

import (
	"fmt"
	"maps"
	"slices"
)

// Permission is something that may be done in the console.
type Permission string

// The permissions. Cases are those of one's own office; what is marked by Unmask and Export is allowed for these only.
const (
	Edit       Permission = "edit"      // menus, directory and rules, as drafts
	Translate  Permission = "translate" // the wording of drafts
	Publish    Permission = "publish"
	Cases      Permission = "cases"
	Unmask     Permission = "unmask" // phone numbers in full
	Export     Permission = "export"
	Broadcast  Permission = "broadcast"
	Approve    Permission = "approve" // what somebody else wrote to many people
	Administer Permission = "administer"
)

// Role is what somebody is; they may be several things.
type Role string

// The roles.
const (
	Viewer        Role = "viewer" // sees how things go, and nothing of anybody
	Translator    Role = "translator"
	Editor        Role = "editor"
	Publisher     Role = "publisher"
	CaseWorker    Role = "caseworker"
	Supervisor    Role = "supervisor" // of case workers
	Broadcaster   Role = "broadcaster"
	Approver      Role = "approver"
	Administrator Role = "administrator" // reads no cases, unless they are a case worker too
)

var allows = map[Role][]Permission{
	Viewer:        {},
	Translator:    {Translate},
	Editor:        {Edit, Translate},
	Publisher:     {Edit, Translate, Publish},
	CaseWorker:    {Cases},
	Supervisor:    {Cases, Unmask, Export},
	Broadcaster:   {Broadcast},
	Approver:      {Approve},
	Administrator: {Administer},
}

// Permissions are all there are.
func Permissions() []Permission {
	return []Permission{Edit, Translate, Publish, Cases, Unmask, Export, Broadcast, Approve, Administer}
}

// Roles are all there are, by name.
func Roles() []Role { return slices.Sorted(maps.Keys(allows)) }

// May reports whether an operator may do something. Whoever has no office has no cases.
func (o Operator) May(p Permission) bool {
	if o.Revoked || o.Office == "" && slices.Contains([]Permission{Cases, Unmask, Export}, p) {
		return false
	}
	return slices.ContainsFunc(o.Roles, func(r Role) bool { return slices.Contains(allows[r], p) })
}

func checkRoles(roles []Role) error {
	if len(roles) == 0 {
		return fmt.Errorf("an operator has a role; the roles are %v", Roles())
	}
	for _, r := range roles {
		if _, ok := allows[r]; !ok {
			return fmt.Errorf("there is no role %q; the roles are %v", r, Roles())
		}
	}
	return nil
}
