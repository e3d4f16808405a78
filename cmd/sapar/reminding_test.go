package main

import (
	"testing"

	"sapar/menus"
	"sapar/scheduler/deadlines/rules"
)

// What a menu tells and what a reminder says are two files: they must tell the same day.
func TestEveryRemindNodeTellsTheDayOfItsRule(t *testing.T) {
	all, err := rules.BuiltIn()
	if err != nil {
		t.Fatal(err)
	}
	trees, problems := menus.Read(menus.BuiltIn())
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	used := map[string]bool{}
	for _, tree := range trees {
		for name, node := range tree.Nodes {
			switch n := node.(type) {
			case *menus.Remind:
				used[n.Rule] = true
				rule := all.Find(n.Rule)
				if rule == nil || rule.Count != nil || n.Fixed != (rule.Event == rules.FixedDate) || !n.Fixed && n.Days != rule.Days() {
					t.Errorf("%s: %s, %d days, does not fit its rule", name, n.Rule, n.Days)
				}
				if rule != nil && rule.Private && !n.Sensitive {
					t.Errorf("%s asks a private date and is not sensitive", name)
				}
			case *menus.Stays:
				used[n.Rule] = true
				if rule := all.Find(n.Rule); rule == nil || rule.Count == nil {
					t.Errorf("%s: %s counts no days", name, n.Rule)
				}
			}
		}
	}
	for _, rule := range all {
		if off := !rule.Trusted() || rule.ID == "ru-sim-check"; !used[rule.ID] && !off { // nobody can say when their number will change
			t.Errorf("no menu offers %s", rule.ID)
		}
	}
}
