package main

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"sapar/ussd"
)

// buildFolder is where the program was built, when a test has needed it.
var buildFolder string

// built is the program as it is shipped, built once.
var built = sync.OnceValues(func() (program string, err error) {
	if buildFolder, err = os.MkdirTemp("", "sapar-built-"); err != nil {
		return "", err
	}
	program = filepath.Join(buildFolder, "sapar")
	if out, err := exec.Command("go", "build", "-o", program, ".").CombinedOutput(); err != nil {
		return "", errors.New(string(out))
	}
	return program, nil
})

func TestMain(m *testing.M) {
	code := m.Run()
	if buildFolder != "" {
		_ = os.RemoveAll(buildFolder)
	}
	os.Exit(code)
}

// program prepares the built program with no setting but the given ones.
func program(t testing.TB, settings []string, arguments ...string) *exec.Cmd {
	t.Helper()
	path, err := built()
	if err != nil {
		t.Fatal(err)
	}
	command := exec.Command(path, arguments...)
	command.Dir = t.TempDir()
	command.Env = append(settings, "PATH="+os.Getenv("PATH"), "HOME="+t.TempDir())
	return command
}

// serving is a sapar serve that runs.
type serving struct {
	t       testing.TB
	command *exec.Cmd
	out     *bufio.Reader
	url     string
	log     *heard
}

var greeting = regexp.MustCompile(`^Sapar answers on (http://\S+)`)

// serveProcess starts sapar serve on a data folder and waits until it answers.
func serveProcess(t testing.TB, data string) *serving {
	t.Helper()
	s := launch(t, data)
	s.ready()
	return s
}

func launch(t testing.TB, data string) *serving {
	t.Helper()
	s := &serving{t: t, log: &heard{}}
	s.command = program(t, []string{"SAPAR_DATA=" + data, "SAPAR_LISTEN=127.0.0.1:0", "SAPAR_ADMIN_LISTEN=127.0.0.1:0"}, "serve")
	s.command.Stderr = s.log
	said, err := s.command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.kill)
	s.out = bufio.NewReader(said)
	return s
}

// ready waits until the process answers; it ends otherwise, and so does what it says.
func (s *serving) ready() {
	s.t.Helper()
	line, err := s.out.ReadString('\n')
	greets := greeting.FindStringSubmatch(line)
	if err != nil || greets == nil {
		s.t.Fatalf("%v, said %q and logged:\n%s", err, line, s.logged())
	}
	s.url = greets[1]
	go func() { _, _ = io.Copy(io.Discard, s.out) }()
}

func (s *serving) logged() string {
	s.log.mu.Lock()
	defer s.log.mu.Unlock()
	return s.log.text.String()
}

// kill ends it as a power cut would; one that has ended already is left alone.
func (s *serving) kill() {
	if s.command.ProcessState == nil {
		_ = s.command.Process.Kill()
		_ = s.command.Wait()
	}
}

// terminate ends it as an operator would.
func (s *serving) terminate() {
	s.t.Helper()
	if err := s.command.Process.Signal(syscall.SIGTERM); err != nil {
		s.t.Fatal(err)
	}
	if err := s.command.Wait(); err != nil {
		s.t.Errorf("after SIGTERM: %v\n%s", err, s.logged())
	}
}

// phone is a handset that dials this process.
func (s *serving) phone(channel string) *handset {
	s.t.Helper()
	ch, err := findChannel("", channel)
	if err != nil {
		s.t.Fatal(err)
	}
	return newHandset(ch, s.url, newNumber(), "*141#")
}

// moveTo lets a call go on at another process.
func (h *handset) moveTo(s *serving) { h.url = s.url + "/ussd/" + h.channel.Name }

// dataFolder is one that Postgres is stopped in at the end, whatever the processes of the test came to.
func dataFolder(t testing.TB) string {
	t.Helper()
	data := reachable(t)
	t.Cleanup(func() {
		dir := filepath.Join(data, "postgres")
		if pid := postmaster(dir); pid > 0 {
			_ = syscall.Kill(pid, syscall.SIGQUIT)
			eventually(t, 20*time.Second, "the end of Postgres", func() bool { return postmaster(dir) == 0 })
		}
	})
	return data
}

func TestTheProgramServesAndIsDialledFromATerminal(t *testing.T) {
	data := dataFolder(t)
	s := serveProcess(t, data)
	for _, channel := range []string{"africastalking", "form"} {
		dial := program(t, []string{"SAPAR_URL=" + s.url}, "dial", "*141#", "--phone", newNumber(), "--lang", "en", "--channel", channel)
		dial.Stdin = strings.NewReader("1\n00\n000\n")
		var out, problems bytes.Buffer
		dial.Stdout, dial.Stderr = &out, &problems
		if err := dial.Run(); err != nil {
			t.Fatalf("%v: %s", err, problems.String())
		}
		want := regexp.MustCompile(`(?s)^\| Sapar\n\| 1 Emergency help\n.*\n> 1\n\| Call 112: .*\n> 00\n\| Sapar\n.*\n> 000\n\| Goodbye\.\nend\n\n$`)
		if !want.MatchString(out.String()) {
			t.Errorf("%s: the terminal shows\n%s", channel, out.String())
		}
	}
	s.terminate()
	if pid := postmaster(filepath.Join(data, "postgres")); pid > 0 {
		t.Errorf("Postgres still runs as %d after the last one who used it", pid)
	}
}

func TestACallOutlivesTheProcessThatAnsweredIt(t *testing.T) {
	data := dataFolder(t)
	s := serveProcess(t, data)
	calls := []*handset{s.phone("africastalking"), s.phone("form")}
	for _, h := range calls {
		shows(t, says(t, h, "4", "3", "1", "2", "1", "1", "1", "Village"), "How many children")
	}
	s.kill()
	s = serveProcess(t, data) // the cluster runs on, and is joined
	for _, h := range calls {
		h.moveTo(s)
		shows(t, says(t, h, "2"), "Birth year of child 1")
	}
	postgres := postmaster(filepath.Join(data, "postgres"))
	s.kill()
	if err := syscall.Kill(postgres, syscall.SIGKILL); err != nil { // now its files lie as if it ran
		t.Fatal(err)
	}
	s = serveProcess(t, data)
	for _, h := range calls {
		h.moveTo(s)
		shows(t, says(t, h, "2018"), "Birth year of child 2")
	}
	s.terminate()
}

func TestTwoProcessesShareAClusterAndACall(t *testing.T) {
	data := dataFolder(t)
	first := serveProcess(t, data)
	second := serveProcess(t, data)
	calls := []*handset{first.phone("africastalking"), first.phone("form")}
	for _, h := range calls {
		press := func(typed string) ussd.Reply {
			h.moveTo([]*serving{first, second}[h.seq%2])
			reply, err := h.press(typed)
			if err != nil {
				t.Fatal(err)
			}
			return reply
		}
		var review ussd.Reply
		for _, typed := range request("Name") {
			review = press(typed)
		}
		shows(t, send(review, press), "write it down")
	}
	first.terminate()
	h := second.phone("africastalking")
	shows(t, says(t, h, "4", "1"), "112")
	second.terminate()
	if pid := postmaster(filepath.Join(data, "postgres")); pid > 0 {
		t.Errorf("Postgres still runs as %d after the last one who used it", pid)
	}
}

func TestTwoProcessesStartTogetherOnNewData(t *testing.T) {
	data := dataFolder(t)
	started := []*serving{launch(t, data), launch(t, data)}
	for _, s := range started {
		s.ready()
		shows(t, says(t, s.phone("form"), "4"), "Sapar")
	}
	for _, s := range started {
		s.terminate()
	}
}
