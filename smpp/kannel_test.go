package smpp_test

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"

	"sapar/database"
)

// patience is how long anything is waited for: longer than Kannel needs to come back after it was killed.
const patience = 30 * time.Second

// logged is what a process says, for when something goes wrong.
type logged struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// network is an SMSC, Kannel and Sapar, each a process of its own.
type network struct {
	t       testing.TB
	folder  string
	ports   [5]int // of the SMSC, of Sapar, and of Kannel: admin, smsbox, sendsms
	program string
	smsc    *smsc
	between *httptest.Server // between smsbox and Sapar: it takes the time of each dialled message
	owner   *sqlx.DB
	boxes   []*exec.Cmd
	log     logged

	lost   atomic.Int64 // screens that nobody saw
	copies atomic.Int64 // screens that Kannel sent twice

	mu   sync.Mutex
	took []time.Duration
}

func newNetwork(t testing.TB) *network {
	t.Helper()
	n := &network{t: t, folder: t.TempDir()}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("the processes said:\n%s", n.log.String())
		}
	})
	for i := range n.ports {
		n.ports[i] = freePort(t)
	}
	n.build()
	n.write()
	n.smsc = startSMSC(t, n.ports[0])
	n.serve()
	n.boxes = make([]*exec.Cmd, 2)
	t.Cleanup(n.kill)
	return n
}

// freePort is one nobody listens on now.
func freePort(t testing.TB) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

func (n *network) build() {
	n.t.Helper()
	n.program = filepath.Join(n.folder, "sapar")
	if out, err := exec.Command("go", "build", "-o", n.program, "../cmd/sapar").CombinedOutput(); err != nil {
		n.t.Fatalf("%v: %s", err, out)
	}
}

// write makes the channels file, and what else is named in it.
func (n *network) write() {
	n.t.Helper()
	channels := fmt.Sprintf(`
ussd:
  - name: operator
    kind: kannel
    secret: dialled-0123456789abcdef
    settings:
      profile: standard
      smpp: {host: 127.0.0.1, port: %[1]d, system_id: sapar, password_file: password, system_type: USSD}
  - name: tata
    kind: kannel
    secret: dialled-0123456789abcdef
    settings: {profile: tata, smpp: {host: 127.0.0.1, port: %[1]d, system_id: sapartata, password_file: password}}
  - name: sixd
    kind: kannel
    secret: dialled-0123456789abcdef
    settings: {profile: 6d, smpp: {host: 127.0.0.1, port: %[1]d, system_id: sapar6d, password_file: password}}
sms:
  - name: operator
    kind: kannel
    secret: texted-0123456789abcdef
    prefixes: ["+996"]
    senders: {"+": "4040"}
    settings:
      url: http://127.0.0.1:%[2]d/cgi-bin/sendsms
      username: sapar
      password_file: sendsms
      smsc: texts
      smpp: {host: 127.0.0.1, port: %[1]d, system_id: saparsms, password_file: password}
`, n.ports[0], n.ports[4])
	for name, text := range map[string]string{"channels.yaml": channels, "password": "secret", "sendsms": "sendsms-0123456789"} {
		if err := os.WriteFile(filepath.Join(n.folder, name), []byte(text), 0o600); err != nil {
			n.t.Fatal(err)
		}
	}
	for _, folder := range []string{"store", "dlr"} {
		if err := os.Mkdir(filepath.Join(n.folder, folder), 0o700); err != nil {
			n.t.Fatal(err)
		}
	}
}

func (n *network) settings() []string {
	return []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + n.folder, "SAPAR_DATA=" + n.folder, "SAPAR_CHANNELS=" + filepath.Join(n.folder, "channels.yaml"),
		fmt.Sprintf("SAPAR_LISTEN=127.0.0.1:%d", n.ports[1]), "SAPAR_ADMIN_LISTEN=127.0.0.1:0", "SAPAR_SMS_REPLY_EVERY=1ms",
	}
}

// serve starts Sapar, and what takes the time in front of it.
func (n *network) serve() {
	n.t.Helper()
	address := fmt.Sprintf("http://127.0.0.1:%d", n.ports[1])
	to, err := url.Parse(address)
	if err != nil {
		n.t.Fatal(err)
	}
	proxy := httputil.NewSingleHostReverseProxy(to)
	n.between = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := time.Now()
		proxy.ServeHTTP(w, r)
		if strings.HasPrefix(r.URL.Path, "/ussd/") {
			n.mu.Lock()
			n.took = append(n.took, time.Since(start))
			n.mu.Unlock()
		}
	}))
	n.t.Cleanup(n.between.Close)
	database := database.NewURL(n.t)
	command := exec.Command(n.program, "serve")
	command.Env = append(n.settings(), "DATABASE_URL="+database, "SAPAR_PUBLIC_URL="+n.between.URL)
	command.Stdout, command.Stderr = &n.log, &n.log
	n.run(command)
	n.t.Cleanup(func() { _ = command.Process.Kill(); _ = command.Wait() })
	n.eventually("Sapar answers", func() bool {
		r, err := http.Get(address + "/schema/tree.json")
		if err == nil {
			r.Body.Close()
		}
		return err == nil
	})
	if n.owner, err = openOwner(n.t, database); err != nil {
		n.t.Fatal(err)
	}
	n.t.Cleanup(func() { _ = n.owner.Close() })
}

func openOwner(t testing.TB, address string) (*sqlx.DB, error) {
	return database.OpenOwner(t.Context(), address)
}

func (n *network) run(command *exec.Cmd) {
	n.t.Helper()
	if err := command.Start(); err != nil {
		n.t.Fatal(err)
	}
}

// configure writes the file that sapar channels kannel-config prints.
func (n *network) configure() string {
	n.t.Helper()
	command := exec.Command(n.program, "channels", "kannel-config", "--server", n.between.URL, "--spool", n.folder, "--logs", n.folder,
		"--admin-port", fmt.Sprint(n.ports[2]), "--smsbox-port", fmt.Sprint(n.ports[3]))
	command.Env = n.settings()
	var problems bytes.Buffer
	command.Stderr = &problems
	text, err := command.Output()
	if err != nil {
		n.t.Fatalf("%v: %s", err, problems.String())
	}
	path := filepath.Join(n.folder, "kannel.conf")
	if err := os.WriteFile(path, text, 0o600); err != nil {
		n.t.Fatal(err)
	}
	return path
}

// startKannel starts bearerbox and smsbox, and waits until both binds are there and sendsms answers.
func (n *network) startKannel() {
	n.t.Helper()
	path := n.configure()
	if err := exec.Command("find", filepath.Join(n.folder, "store"), "-type", "f", "-empty", "-delete").Run(); err != nil { // as the file says
		n.t.Fatal(err)
	}
	binds := map[string]int{dialled: 0, texting: 0, tata.bind: 0, sixD.bind: 0}
	for bind := range binds {
		binds[bind] = n.smsc.times("bound", bind)
	}
	n.box(0, "bearerbox", path)
	for bind, before := range binds {
		n.smsc.await("bound", bind, before+1)
	}
	n.box(1, "smsbox", path)
	n.eventually("sendsms", func() bool {
		c, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", n.ports[4]))
		if err == nil {
			_ = c.Close()
		}
		return err == nil
	})
}

func (n *network) box(i int, name, path string) {
	n.t.Helper()
	program, err := exec.LookPath(name)
	if errors.Is(err, exec.ErrNotFound) {
		program, err = exec.LookPath("/usr/sbin/" + name)
	}
	if err != nil {
		n.t.Fatalf("%v: make smpp installs Kannel", err)
	}
	n.boxes[i] = exec.Command(program, "-v", "2", path)
	n.boxes[i].Stdout, n.boxes[i].Stderr = &n.log, &n.log
	n.run(n.boxes[i])
}

// kill ends both boxes as a power cut would.
func (n *network) kill() {
	for i, box := range n.boxes {
		if box != nil {
			_ = box.Process.Kill()
			_ = box.Wait()
		}
		n.boxes[i] = nil
	}
}
