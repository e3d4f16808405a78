package database

import (
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"testing"
)

// resealing tells this binary to be a process that seals anew, as sapar keys rotate is.
const resealing = "SAPAR_TEST_RESEALING"

type resealJob struct {
	Database string
	Files    KeyFiles
}

// TestResealingProcess is that process. After each step it waits for a word, or goes on when there will be none.
func TestResealingProcess(t *testing.T) {
	var job resealJob
	if told := os.Getenv(resealing); told == "" || json.Unmarshal([]byte(told), &job) != nil {
		return
	}
	db, err := OpenOwner(t.Context(), job.Database)
	must(t, err)
	defer db.Close()
	word := make([]byte, 1)
	done, err := keysIn(t, job.Files.Keys).Reseal(t.Context(), db, UsualKeys, things, func(string, int) {
		fmt.Fprintln(os.Stderr, "step")
		_, _ = os.Stdin.Read(word)
	})
	if err != nil || done.Unreadable > 0 {
		t.Fatalf("%+v, %v", done, err)
	}
}

// spawn starts such a process and lets it take some steps. With none it is left to itself.
func (s *shop) spawn(steps int) *exec.Cmd {
	s.Helper()
	told, err := json.Marshal(resealJob{s.url, s.files})
	must(s, err)
	child := exec.Command(os.Args[0], "-test.run=^TestResealingProcess$")
	child.Env = append(os.Environ(), resealing+"="+string(told))
	if steps == 0 {
		child.Stdout = os.Stderr
		must(s, child.Start())
		return child
	}
	words, err := child.StdinPipe()
	must(s, err)
	said, err := child.StderrPipe()
	must(s, err)
	must(s, child.Start())
	for range steps {
		if _, err := io.ReadFull(said, make([]byte, len("step\n"))); err != nil {
			break // it came to its end
		}
		_, _ = words.Write([]byte{'.'})
	}
	return child
}

// Killed as by a power cut, again and again, while others write with the old keys and the new: nothing becomes unreadable, nothing is left.
func TestARotationThatIsKilledLosesNothing(t *testing.T) {
	rows, kills, steps := 2000, 3, 1 // of about 13
	if os.Getenv("SAPAR_LONG") != "" {
		rows, kills, steps = 100_000, 40, 8 // of about 630
	}
	s := openShop(t, rows)
	must(t, s.files.Rotate(UsualKeys))
	before := s.left(UsualKeys)
	stop, stopped := make(chan struct{}), make(chan int)
	go func() { stopped <- s.write(stop) }()
	for range kills {
		child := s.spawn(1 + rand.IntN(steps))
		must(t, child.Process.Kill())
		_ = child.Wait()
	}
	if left := s.left(UsualKeys); left == 0 || left >= before {
		t.Errorf("killed with %d of %d left", left, before)
	}
	child := s.spawn(0)
	must(t, child.Wait())
	close(stop)
	written := <-stopped
	if done := s.reseal(UsualKeys); done.Left != 0 || done.Unreadable != 0 {
		t.Errorf("%+v", done)
	}
	s.check()
	must(t, s.files.Disable(UsualKeys))
	must(t, s.files.Destroy(UsualKeys))
	s.check()
	t.Logf("%d rows, %d kills, %d written meanwhile", rows, kills, written)
}

// write writes things, old and new, as a server does that takes up new keys after some time.
func (s *shop) write(stop chan struct{}) (written int) {
	for {
		select {
		case <-stop:
			return written
		default:
		}
		written++
		if written%50 == 0 {
			if err := s.keys.Refresh(); err != nil {
				s.Error(err)
			}
		}
		err := InTx(s.Context(), s.db, func(tx *Tx) error { return s.put(tx, rand.IntN(s.rows+100), written) })
		if err != nil {
			s.Error(err)
			return written
		}
	}
}
