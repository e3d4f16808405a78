package smpp_test

import (
	"fmt"
	"time"
)

// eventually looks again and again until something is so.
func (n *network) eventually(what string, so func() bool) {
	n.t.Helper()
	limit := time.NewTimer(patience)
	defer limit.Stop()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !so() {
		select {
		case <-limit.C:
			n.t.Fatalf("%s: not within %s; there are %s", what, patience, n.counts())
		case <-tick.C:
		}
	}
}

// counts are what there is, for whoever looks for what is missing.
func (n *network) counts() (text string) {
	if n.owner != nil {
		_ = n.owner.GetContext(n.t.Context(), &text, `SELECT 'turns ' || (SELECT count(*) FROM turns) || ', texts ' || (SELECT count(*) FROM inbox) || ', applications ' ||
			(SELECT count(*) FROM applications) || ', messages ' || coalesce((SELECT json_object_agg(kind, n)::text FROM
			(SELECT status || ' ' || split_part(key, '/', 1) AS kind, count(*) AS n FROM outbox GROUP BY 1) k), '{}')`)
	}
	return fmt.Sprintf("%s; of %d deliver_sm on the bind for texts %d are acknowledged", text, n.smsc.times("out", texting), n.smsc.times("acknowledged", texting))
}

func (n *network) count(query string, args ...any) int {
	n.t.Helper()
	var count int
	if err := n.owner.GetContext(n.t.Context(), &count, query, args...); err != nil {
		n.t.Fatal(err)
	}
	return count
}
