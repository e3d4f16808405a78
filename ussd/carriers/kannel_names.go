package carriers

import (
	"encoding/hex"
	"hash/fnv"
	"strconv"

	"sapar/ussd"
)

// name gives the TLVs of a made-up deliver_sm the names of its session and step.
func (k *kannel) name(t *tlvs, dial ussd.Dial) {
	switch k.Session {
	case byReference:
		t.reference = number16(dial.Key)
		if t.info == "" {
			t.info = "\x00\x00"
		}
	case byWhole:
		key := octets(dial.Key, 2)
		t.info = string([]byte{key[0], key[1] &^ 1})
	default:
		step, _ := strconv.Atoi(dial.Seq)
		t.info = string([]byte{octets(dial.Key, 1)[0], byte(step) << 1})
	}
	if dial.Abort && k.EndBit {
		t.setEnd()
	}
}

// octets are the n that a key writes in hexadecimal digits, or some made of it.
func octets(key string, n int) []byte {
	if b, err := hex.DecodeString(key); err == nil && len(b) == n {
		return b
	}
	return hashed(key)[:n]
}

// number16 is the number of 16 bits that a key is, or one made of it.
func number16(key string) string {
	if _, err := strconv.ParseUint(key, 10, 16); err == nil {
		return key
	}
	b := hashed(key)
	return strconv.Itoa(int(b[0])<<8 | int(b[1]))
}

func hashed(key string) []byte {
	h := fnv.New32a()
	_, _ = h.Write([]byte(key)) // never fails
	return h.Sum(nil)
}
