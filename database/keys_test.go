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

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/keyset"
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
	if entries, err := os.ReadDir(filepath.Dir(path)); err != nil || len(entries) != 1 {
		t.Errorf("the folder holds %v, %v", entries, err)
	}
}

func TestProcessesThatStartTogetherHaveTheSameKeys(t *testing.T) {
	path := newPath(t)
	hashes := make([]string, 8)
	var all sync.WaitGroup
	for i := range hashes {
		all.Go(func() {
			if keys, err := LoadKeys(path); err == nil {
				hashes[i] = string(keys.Hash("x"))
			}
		})
	}
	all.Wait()
	for _, hash := range hashes {
		if hash == "" || hash != hashes[0] {
			t.Fatal("the keys differ")
		}
	}
}

func TestKeysThatOthersCanReadAreRefused(t *testing.T) {
	path := newPath(t)
	keysIn(t, path)
	for _, mode := range []os.FileMode{0o604, 0o640, 0o660, 0o644} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		if _, err := LoadKeys(path); !errors.Is(err, ErrOpenKeys) {
			t.Errorf("mode %o gives %v", mode, err)
		}
	}
}

func TestAFileThatIsNoKeysIsRefusedAndNotOverwritten(t *testing.T) {
	for _, text := range []string{"", "{}", "secret", `{"seal":{},"hash":"c2VjcmV0"}`, `{"seal":{"key":[]},"hash":"` + strings.Repeat("A", 43) + `="}`} {
		path := filepath.Join(t.TempDir(), "keys.json")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := LoadKeys(path); err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("%q gives %v", text, err)
		}
		if kept, err := os.ReadFile(path); err != nil || string(kept) != text {
			t.Errorf("%q became %q, %v", text, kept, err)
		}
	}
}

func TestASealedValueOpensUnchangedAndInItsContextOnly(t *testing.T) {
	keys := keysIn(t, newPath(t))
	rapid.Check(t, func(t *rapid.T) {
		plain := rapid.SliceOf(rapid.Byte()).Draw(t, "plain")
		context := rapid.SliceOf(rapid.Byte()).Draw(t, "context")
		sealed := keys.Seal(plain, context)
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
	if bytes.Equal(keys.Seal([]byte("yes"), nil), keys.Seal([]byte("yes"), nil)) {
		t.Error("equal answers can be seen to be equal")
	}
}

func TestAfterANewKeyOldValuesStillOpen(t *testing.T) {
	path := newPath(t)
	old := keysIn(t, path).Seal([]byte("answer"), []byte("people 7"))
	addKey(t, path)
	rotated := keysIn(t, path)
	wantOpened(t, rotated, old)
	fresh := rotated.Seal([]byte("answer"), []byte("people 7"))
	wantOpened(t, rotated, fresh)
	if bytes.Equal(fresh[:5], old[:5]) {
		t.Error("the new key has the id of the old one")
	}
}

// addKey does what an operator does with tinkey: one more key in the keyset, made primary.
func addKey(t *testing.T, path string) {
	t.Helper()
	var file keysFile
	text, err := os.ReadFile(path)
	if err := errors.Join(err, json.Unmarshal(text, &file)); err != nil {
		t.Fatal(err)
	}
	handle, err := insecurecleartextkeyset.Read(keyset.NewJSONReader(bytes.NewReader(file.Seal)))
	if err != nil {
		t.Fatal(err)
	}
	manager := keyset.NewManagerFromHandle(handle)
	id, err := manager.Add(aead.AES256GCMKeyTemplate())
	if err := errors.Join(err, manager.SetPrimary(id)); err != nil {
		t.Fatal(err)
	}
	handle, err = manager.Handle()
	if err != nil {
		t.Fatal(err)
	}
	var seal bytes.Buffer
	if err := insecurecleartextkeyset.Write(handle, keyset.NewJSONWriter(&seal)); err != nil {
		t.Fatal(err)
	}
	file.Seal = seal.Bytes()
	text, err = json.Marshal(file)
	if err := errors.Join(err, os.WriteFile(path, text, 0o600)); err != nil {
		t.Fatal(err)
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
