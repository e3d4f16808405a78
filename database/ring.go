package database

import (
	"bytes"
	"encoding/binary"
	"errors"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/hybrid"
	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/tink"
)

// ring is the keys as two files had them at one moment.
type ring struct {
	version       version
	hash          []byte
	usual         *keyset.Handle
	public        *keyset.Handle // of the sensitive keys, the half that seals
	private       *keyset.Handle // the half that opens, or nil
	seal          tink.AEAD
	sealSensitive tink.HybridEncrypt
	openSensitive tink.HybridDecrypt // or nil
}

// ErrOtherHalf tells that the file of sensitive keys cannot open what the other keys file seals.
var ErrOtherHalf = errors.New("the two keys files do not belong together")

// newRing puts the halves together.
func newRing(hash []byte, usual, public, private *keyset.Handle) (*ring, error) {
	r := &ring{hash: hash, usual: usual, public: public, private: private}
	var err error
	if r.seal, err = aead.New(usual); err != nil {
		return nil, err
	}
	if r.sealSensitive, err = hybrid.NewHybridEncrypt(public); err != nil {
		return nil, err
	}
	if private == nil {
		return r, nil
	}
	if r.openSensitive, err = hybrid.NewHybridDecrypt(private); err != nil {
		return nil, err
	}
	sealed, err := r.sealSensitive.Encrypt(nil, nil)
	if err != nil {
		return nil, err
	}
	if _, err := r.openSensitive.Decrypt(sealed, nil); err != nil {
		return nil, ErrOtherHalf
	}
	return r, nil
}

// set is one of the two; of the sensitive keys the half that every process has.
func (r *ring) set(set KeySet) *keyset.Handle {
	if set == SensitiveKeys {
		return r.public
	}
	return r.usual
}

// errChanged is for a value that a known key sealed, and that it does not open: it was changed, or sealed in another context.
var errChanged = errors.New("changed since it was sealed, or sealed for something else")

func (r *ring) open(sealed, context []byte) ([]byte, error) {
	err := ErrUnknownKey
	if keyOf(sealed).opens(r.usual) {
		plain, problem := r.seal.Decrypt(sealed, context)
		if problem == nil {
			return plain, nil
		}
		err = errChanged
	}
	switch {
	case r.openSensitive == nil && keyOf(sealed).opens(r.public):
		return nil, ErrSensitive
	case r.openSensitive == nil || !keyOf(sealed).opens(r.private):
		return nil, err
	}
	plain, problem := r.openSensitive.Decrypt(sealed, context)
	if problem != nil {
		return nil, errChanged
	}
	return plain, nil
}

// prefix is how every sealed value begins: the byte 1 and the id of its key, as Tink writes them
// (https://developers.google.com/tink/wire-format, read November 2026). It is nil for what is too short to be one.
type prefix []byte

const prefixBytes = 5

func keyOf(sealed []byte) prefix {
	if len(sealed) < prefixBytes {
		return nil
	}
	return sealed[:prefixBytes]
}

func prefixOf(id uint32) prefix {
	return binary.BigEndian.AppendUint32([]byte{1}, id)
}

// opens reports whether the key with this prefix is an enabled one of a keyset.
func (p prefix) opens(set *keyset.Handle) bool {
	if p == nil || p[0] != 1 {
		return false
	}
	for i := range set.Len() {
		entry, err := set.Entry(i)
		if err == nil && entry.KeyStatus() == keyset.Enabled && entry.KeyID() == binary.BigEndian.Uint32(p[1:]) {
			return true
		}
	}
	return false
}

// secretJSON is a keyset in clear, for a file that nobody else may read.
func secretJSON(set *keyset.Handle) ([]byte, error) {
	var out bytes.Buffer
	err := insecurecleartextkeyset.Write(set, keyset.NewJSONWriter(&out))
	return out.Bytes(), err
}

func publicJSON(set *keyset.Handle) ([]byte, error) {
	var out bytes.Buffer
	err := set.WriteWithNoSecrets(keyset.NewJSONWriter(&out))
	return out.Bytes(), err
}

func readSecret(text []byte) (*keyset.Handle, error) {
	return insecurecleartextkeyset.Read(keyset.NewJSONReader(bytes.NewReader(text)))
}

func readPublic(text []byte) (*keyset.Handle, error) {
	return keyset.ReadWithNoSecrets(keyset.NewJSONReader(bytes.NewReader(text)))
}
