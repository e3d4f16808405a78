package database

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"
)

// states are those of a set's keys, the oldest first.
func states(t testing.TB, files KeyFiles, set KeySet) (states []KeyState) {
	t.Helper()
	keys, err := files.List(set)
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range keys {
		states = append(states, key.State)
	}
	return states
}

func wantStates(t testing.TB, files KeyFiles, set KeySet, want ...KeyState) {
	t.Helper()
	got, _ := json.Marshal(states(t, files, set))
	if wanted, _ := json.Marshal(want); !bytes.Equal(got, wanted) {
		t.Errorf("the %s keys are %s, not %s", set, got, wanted)
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// sealer is the way to seal with a set.
func sealer(keys *Keys, set KeySet) func(plain, context []byte) []byte {
	if set == SensitiveKeys {
		return keys.SealSensitive
	}
	return keys.Seal
}

func TestAKeyIsAddedRotatedDisabledAndDestroyed(t *testing.T) {
	for _, set := range []KeySet{UsualKeys, SensitiveKeys} {
		files := KeyFiles{Keys: newPath(t)}
		running := keysIn(t, files.Keys)
		seal := func() []byte { return sealer(running, set)([]byte("answer"), []byte("people 7")) }
		old, hash := seal(), running.Hash("x")
		wantStates(t, files, set, KeySeals)

		must(t, files.Add(set))
		wantStates(t, files, set, KeySeals, KeyWaits)
		must(t, running.Refresh())
		if !bytes.Equal(seal()[:5], old[:5]) {
			t.Errorf("%s: a key seals before every process has it", set)
		}
		must(t, files.Rotate(set))
		must(t, files.Rotate(set)) // a rotation that was begun is not begun again
		wantStates(t, files, set, KeyOpens, KeySeals)
		must(t, running.Refresh())
		fresh := seal()
		if bytes.Equal(fresh[:5], old[:5]) {
			t.Errorf("%s: the old key still seals", set)
		}
		wantOpened(t, running, old)
		wantOpened(t, keysIn(t, files.Keys), fresh)

		must(t, files.Destroy(set))
		wantStates(t, files, set, KeyOpens, KeySeals) // only what was disabled is destroyed
		must(t, files.Disable(set))
		wantStates(t, files, set, KeyDisabled, KeySeals)
		if _, err := running.Open(old, []byte("people 7")); err != nil && !errors.Is(err, ErrUnknownKey) {
			t.Errorf("%s: with a disabled key: %v", set, err)
		}
		must(t, running.Refresh())
		if _, err := running.Open(old, []byte("people 7")); !errors.Is(err, ErrUnknownKey) {
			t.Errorf("%s: with a disabled key: %v", set, err)
		}
		must(t, files.Enable(set))
		wantOpened(t, running, old) // it looks by itself

		must(t, files.Disable(set))
		must(t, files.Destroy(set))
		wantStates(t, files, set, KeySeals)
		again := keysIn(t, files.Keys)
		wantOpened(t, again, fresh)
		if _, err := again.Open(old, []byte("people 7")); !errors.Is(err, ErrUnknownKey) {
			t.Errorf("%s: with a destroyed key: %v", set, err)
		}
		if !bytes.Equal(again.Hash("x"), hash) {
			t.Errorf("%s: the hash changed", set)
		}
		if entries, err := os.ReadDir(filepath.Dir(files.Keys)); err != nil || len(entries) != 2 {
			t.Errorf("%s: the folder holds %v, %v", set, entries, err)
		}
	}
}

func TestWhatAnotherProcessSealedWithANewKeyOpensAtOnce(t *testing.T) {
	for _, set := range []KeySet{UsualKeys, SensitiveKeys} {
		files := KeyFiles{Keys: newPath(t)}
		running := keysIn(t, files.Keys)
		must(t, files.Rotate(set))
		wantOpened(t, running, sealer(keysIn(t, files.Keys), set)([]byte("answer"), []byte("people 7")))
	}
}

func TestTheFileAsItWasStaysBesideTheNewOne(t *testing.T) {
	files := KeyFiles{Keys: newPath(t)}
	keysIn(t, files.Keys)
	before := read(t, files.Keys)
	must(t, files.Rotate(UsualKeys))
	for _, path := range []string{files.Keys, files.Keys + ".old"} {
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", path, info, err)
		}
	}
	if read(t, files.Keys+".old") != before || read(t, files.Keys) == before {
		t.Error("the old file was not kept, or the new one is not new")
	}
}

func TestRotationsThatBeginTogetherAreOne(t *testing.T) {
	files := KeyFiles{Keys: newPath(t)}
	keysIn(t, files.Keys)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if err := files.Rotate(UsualKeys); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	wantStates(t, files, UsualKeys, KeyOpens, KeySeals)
}

func TestARotationThatStoppedBetweenItsTwoFilesGoesOn(t *testing.T) {
	files := KeyFiles{Keys: newPath(t)}
	running := keysIn(t, files.Keys)
	usual := read(t, files.Keys)
	must(t, files.Rotate(SensitiveKeys))
	write(t, files.Keys, usual) // as if it had died after the first file
	wantOpened(t, running, keysIn(t, files.Keys).SealSensitive([]byte("answer"), []byte("people 7")))
	must(t, files.Rotate(SensitiveKeys))
	wantStates(t, files, SensitiveKeys, KeyOpens, KeySeals)
}

func TestOtherKeysInTheSamePlaceAreNotTakenUp(t *testing.T) {
	path, foreign := newPath(t), newPath(t)
	running := keysIn(t, path)
	sealed := running.Seal([]byte("answer"), []byte("people 7"))
	keysIn(t, foreign)
	other, otherHalf := read(t, foreign), read(t, KeyFiles{Keys: foreign}.sensitive())
	write(t, path, other)
	write(t, KeyFiles{Keys: path}.sensitive(), otherHalf)
	if err := running.Refresh(); !errors.Is(err, ErrOtherKeys) {
		t.Errorf("other keys: %v", err)
	}
	write(t, path, other[:100])
	if err := running.Refresh(); err == nil {
		t.Error("half a file was taken up")
	}
	wantOpened(t, running, sealed)
}

func TestKeysBehindALinkAreReplacedWhereTheyLie(t *testing.T) {
	files := KeyFiles{Keys: newPath(t)}
	keysIn(t, files.Keys)
	link := KeyFiles{Keys: filepath.Join(t.TempDir(), "link.json"), Sensitive: files.sensitive()}
	must(t, os.Symlink(files.Keys, link.Keys))
	must(t, link.Rotate(UsualKeys))
	wantStates(t, files, UsualKeys, KeyOpens, KeySeals)
}
