package database

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"
)

func keysIn(t testing.TB, path string) *Keys {
	t.Helper()
	keys, err := LoadKeys(path)
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

func newPath(t testing.TB) string {
	return filepath.Join(t.TempDir(), "data", "keys.json")
}

func wantOpened(t *testing.T, keys *Keys, sealed []byte) {
	t.Helper()
	if plain, err := keys.Open(sealed, []byte("people 7")); err != nil || string(plain) != "answer" {
		t.Errorf("opened %q, %v", plain, err)
	}
}

func TestKeysAreMadeOnceAndForThisUserOnly(t *testing.T) {
	path := newPath(t)
	first := keysIn(t, path)
	sealed, hash := first.Seal([]byte("answer"), []byte("people 7")), first.Hash("phone", "x")
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("the file has mode %v, %v", info.Mode(), err)
	}
	again := keysIn(t, path)
	wantOpened(t, again, sealed)
	if !bytes.Equal(again.Hash("phone", "x"), hash) {
		t.Error("the hash changed")
	}
	if entries, err := os.ReadDir(filepath.Dir(path)); err != nil || len(entries) != 2 {
		t.Errorf("the folder holds %v, %v", entries, err)
	}
}

func TestProcessesThatStartTogetherHaveTheSameKeys(t *testing.T) {
	path := newPath(t)
	all := make([]*Keys, 8)
	var starting sync.WaitGroup
	for i := range all {
		starting.Go(func() {
			var err error
			if all[i], err = LoadKeys(path); err != nil {
				t.Error(err)
			}
		})
	}
	starting.Wait()
	for _, keys := range all {
		if keys == nil || !bytes.Equal(keys.Hash("x"), all[0].Hash("x")) {
			t.Fatal("the keys differ")
		}
		wantOpened(t, keys, all[0].Seal([]byte("answer"), []byte("people 7")))
		wantOpened(t, keys, all[0].SealSensitive([]byte("answer"), []byte("people 7")))
	}
}

func TestKeysThatOthersCanReadAreRefused(t *testing.T) {
	for _, which := range []string{"keys.json", "keys-sensitive.json"} {
		path := newPath(t)
		keysIn(t, path)
		file := filepath.Join(filepath.Dir(path), which)
		for _, mode := range []os.FileMode{0o604, 0o640, 0o660, 0o644} {
			if err := os.Chmod(file, mode); err != nil {
				t.Fatal(err)
			}
			if _, err := LoadKeys(path); !errors.Is(err, ErrOpenKeys) || !strings.Contains(err.Error(), "chmod 600") {
				t.Errorf("%s: mode %o gives %v", which, mode, err)
			}
		}
	}
}

func TestAFileThatIsNoKeysIsRefusedAndNotOverwritten(t *testing.T) {
	whole := newPath(t)
	keysIn(t, whole)
	for _, which := range []string{"keys.json", "keys-sensitive.json"} {
		good := read(t, filepath.Join(filepath.Dir(whole), which))
		for _, text := range []string{
			"", "{}", "secret", `{"seal":{},"hash":"c2VjcmV0"}`, `{"seal":{"key":[]},"hash":"` + strings.Repeat("A", 43) + `="}`, `{"open":{"secret":1}}`, "[]",
			good[:len(good)/2], good[:len(good)-2], good + good, strings.Replace(good, `"value"`, `"secret"`, 1),
		} {
			path := newPath(t)
			keysIn(t, path)
			file := filepath.Join(filepath.Dir(path), which)
			write(t, file, text)
			_, err := LoadKeys(path)
			if err == nil || strings.Contains(err.Error(), "secret") && which == "keys.json" || !strings.Contains(err.Error(), file+" is cut short or was not written by Sapar") {
				t.Errorf("%s: %q gives %v", which, text, err)
			}
			if kept := read(t, file); kept != text {
				t.Errorf("%s: %q became %q", which, text, kept)
			}
		}
	}
}

func TestHalvesOfDifferentKeysAreRefused(t *testing.T) {
	path, foreign := newPath(t), newPath(t)
	keysIn(t, path)
	keysIn(t, foreign)
	if _, err := (KeyFiles{Keys: path, Sensitive: KeyFiles{Keys: foreign}.sensitive()}).Load(); !errors.Is(err, ErrOtherHalf) {
		t.Errorf("halves that do not belong together: %v", err)
	}
}

func TestWithoutTheSecondFileSensitiveValuesAreSealedAndStayCiphertext(t *testing.T) {
	path := newPath(t)
	whole := keysIn(t, path)
	moved := filepath.Join(t.TempDir(), "case-workers.json")
	if err := os.Rename(KeyFiles{Keys: path}.sensitive(), moved); err != nil {
		t.Fatal(err)
	}
	serving := keysIn(t, path)
	if serving.OpensSensitive() || !whole.OpensSensitive() {
		t.Error("the wrong process says that it opens sensitive values")
	}
	sealed := serving.SealSensitive([]byte("answer"), []byte("people 7"))
	if plain, err := serving.Open(sealed, []byte("people 7")); !errors.Is(err, ErrSensitive) || plain != nil || bytes.Contains(sealed, []byte("answer")) {
		t.Errorf("opened %q, %v", plain, err)
	}
	if _, err := os.Stat(KeyFiles{Keys: path}.sensitive()); !errors.Is(err, os.ErrNotExist) {
		t.Error("a second file was made although sensitive values are sealed already")
	}
	caseworker, err := KeyFiles{Keys: path, Sensitive: moved}.Load()
	if err != nil {
		t.Fatal(err)
	}
	wantOpened(t, caseworker, sealed)
	wantOpened(t, caseworker, serving.Seal([]byte("answer"), []byte("people 7")))
	if plain, err := caseworker.Open(sealed, []byte("people 8")); err == nil {
		t.Errorf("opened %q in another context", plain)
	}
}

func TestAKeysFileOfBeforeThereWereSensitiveKeysIsCompleted(t *testing.T) {
	path := newPath(t)
	first := keysIn(t, path)
	var file keysFile
	if err := json.Unmarshal([]byte(read(t, path)), &file); err != nil {
		t.Fatal(err)
	}
	file.Sensitive = nil
	text, err := json.Marshal(file)
	if err != nil {
		t.Fatal(err)
	}
	write(t, path, string(text))
	if err := os.Remove(KeyFiles{Keys: path}.sensitive()); err != nil {
		t.Fatal(err)
	}
	again := keysIn(t, path)
	wantOpened(t, again, first.Seal([]byte("answer"), []byte("people 7")))
	wantOpened(t, again, again.SealSensitive([]byte("answer"), []byte("people 7")))
	if !bytes.Equal(first.Hash("x"), again.Hash("x")) || read(t, path+".old") != string(text) {
		t.Error("the file was not kept")
	}
}

func TestWithWrongKeysNothingOpens(t *testing.T) {
	right, wrong := keysIn(t, newPath(t)), keysIn(t, newPath(t))
	for _, sealed := range [][]byte{right.Seal([]byte("answer"), nil), right.SealSensitive([]byte("answer"), nil), []byte("answer"), {}, nil, {1, 2, 3, 4, 5, 6}} {
		if plain, err := wrong.Open(sealed, nil); !errors.Is(err, ErrUnknownKey) || plain != nil || strings.Contains(err.Error(), "answer") {
			t.Errorf("opened %q, %v", plain, err)
		}
	}
}

func TestOnlyKeysThatWereJustMadeAreDiscarded(t *testing.T) {
	path := newPath(t)
	made := keysIn(t, path)
	if err := keysIn(t, path).Discard(); err != nil {
		t.Fatal(err)
	}
	wantOpened(t, keysIn(t, path), made.Seal([]byte("answer"), []byte("people 7")))
	if err := made.Discard(); err != nil {
		t.Fatal(err)
	}
	if entries, err := os.ReadDir(filepath.Dir(path)); err != nil || len(entries) != 0 {
		t.Errorf("left behind: %v, %v", entries, err)
	}
}

func read(t testing.TB, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func write(t testing.TB, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestASealedValueOpensUnchangedAndInItsContextOnly(t *testing.T) {
	keys := keysIn(t, newPath(t))
	rapid.Check(t, func(t *rapid.T) {
		plain := rapid.SliceOf(rapid.Byte()).Draw(t, "plain")
		context := rapid.SliceOf(rapid.Byte()).Draw(t, "context")
		seal := rapid.SampledFrom([]func(plain, context []byte) []byte{keys.Seal, keys.SealSensitive}).Draw(t, "seal")
		sealed := seal(plain, context)
		if opened, err := keys.Open(sealed, context); err != nil || !bytes.Equal(opened, plain) {
			t.Fatalf("opened %x, %v", opened, err)
		}
		if _, err := keys.Open(sealed, append([]byte("other "), context...)); err == nil {
			t.Fatal("opened in another context")
		}
		sealed[rapid.IntRange(0, len(sealed)-1).Draw(t, "byte")] ^= 1 << rapid.IntRange(0, 7).Draw(t, "bit")
		if _, err := keys.Open(sealed, context); err == nil {
			t.Fatal("opened although a bit was changed")
		}
	})
}

func TestTheSameValueIsNeverSealedTheSameWay(t *testing.T) {
	keys := keysIn(t, newPath(t))
	if bytes.Equal(keys.Seal([]byte("yes"), nil), keys.Seal([]byte("yes"), nil)) || bytes.Equal(keys.SealSensitive([]byte("yes"), nil), keys.SealSensitive([]byte("yes"), nil)) {
		t.Error("equal answers can be seen to be equal")
	}
}

func TestTheBordersOfHashedPartsCannotShift(t *testing.T) {
	keys := keysIn(t, newPath(t))
	rapid.Check(t, func(t *rapid.T) {
		parts := rapid.SliceOfN(rapid.String(), 1, 4)
		a, b := parts.Draw(t, "a"), parts.Draw(t, "b")
		same := len(a) == len(b)
		for i := range min(len(a), len(b)) {
			same = same && a[i] == b[i]
		}
		if bytes.Equal(keys.Hash(a...), keys.Hash(b...)) != same {
			t.Fatalf("the hashes of %q and %q", a, b)
		}
	})
	if bytes.Equal(keys.Hash("ab", "c"), keys.Hash("a", "bc")) || len(keys.Hash("x")) != 16 {
		t.Error("a border shifted")
	}
	if bytes.Equal(keys.Hash("x"), keysIn(t, newPath(t)).Hash("x")) {
		t.Error("the hash does not depend on the keys")
	}
}

func BenchmarkSealOneKilobyte(b *testing.B) {
	keys, plain, context := keysIn(b, newPath(b)), make([]byte, 1024), []byte("sessions 12345678")
	b.SetBytes(1024)
	b.ReportAllocs()
	for b.Loop() {
		keys.Seal(plain, context)
	}
}

func BenchmarkHash(b *testing.B) {
	keys := keysIn(b, newPath(b))
	b.ReportAllocs()
	for b.Loop() {
		keys.Hash("phone", "+996700000001")
	}
}

func BenchmarkOpenOneKilobyte(b *testing.B) {
	keys, context := keysIn(b, newPath(b)), []byte("sessions 12345678")
	sealed := keys.Seal(make([]byte, 1024), context)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := keys.Open(sealed, context); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSealSensitiveOneKilobyte(b *testing.B) {
	keys, plain, context := keysIn(b, newPath(b)), make([]byte, 1024), []byte("application 12345678")
	b.ReportAllocs()
	for b.Loop() {
		keys.SealSensitive(plain, context)
	}
}
