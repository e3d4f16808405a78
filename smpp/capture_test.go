package smpp_test

import (
	"bytes"
	"cmp"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// capture is what goes over the SMSC's port, as tshark sees it.
type capture struct {
	n       *network
	path    string
	command *exec.Cmd
	said    logged
}

func (n *network) capture() *capture {
	n.t.Helper()
	if _, err := exec.LookPath("tshark"); err != nil {
		n.t.Fatalf("%v: make smpp installs it", err)
	}
	c := &capture{n: n, path: filepath.Join(n.folder, "smpp.pcapng")}
	c.command = exec.Command("dumpcap", "-q", "-i", "lo", "-f", fmt.Sprintf("tcp port %d", n.ports[0]), "-w", c.path)
	c.command.Stderr = &c.said
	n.run(c.command)
	n.t.Cleanup(c.end)
	n.eventually("dumpcap looks on (it needs to be root, or of the group wireshark)", func() bool {
		return strings.Contains(c.said.String(), "File: ")
	})
	return c
}

func (c *capture) end() {
	if c.command.ProcessState == nil {
		_ = c.command.Process.Signal(os.Interrupt)
		_ = c.command.Wait()
	}
}

// decode reads it all back.
func (c *capture) decode(t *testing.T) {
	c.end()
	if bad := c.tshark(t, "_ws.malformed || _ws.expert.group == \"Malformed\"", "frame.number"); len(bad) > 0 {
		t.Errorf("%d packets are malformed", len(bad))
	}
	names := map[string]string{"0x00000005": "deliver_sm", "0x00000004": "submit_sm", "0x80000005": "deliver_sm_resp", "0x80000004": "submit_sm_resp"}
	seen := map[string]int{}
	for _, line := range c.tshark(t, "smpp", "smpp.command_id") {
		for id := range strings.SplitSeq(line, ",") {
			seen[cmp.Or(names[strings.ToLower(id)], "others")]++
		}
	}
	for _, name := range names {
		if seen[name] < 100 {
			t.Errorf("tshark saw %d %s", seen[name], name)
		}
	}
	t.Logf("tshark decoded %v, none malformed", seen)
}

func (c *capture) tshark(t *testing.T, filter, field string) []string {
	t.Helper()
	command := exec.Command("tshark", "-r", c.path, "-d", fmt.Sprintf("tcp.port==%d,smpp", c.n.ports[0]), "-Y", filter, "-T", "fields", "-e", field)
	var problems bytes.Buffer
	command.Stderr = &problems
	out, err := command.Output()
	if err != nil {
		t.Fatalf("tshark: %v: %s", err, problems.String())
	}
	return strings.Fields(string(out))
}
