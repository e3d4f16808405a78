package carriers

import (
	"net/url"
	"strconv"
	"strings"

	"sapar/callbacks"
)

// The TLVs that Kannel is told to carry, by the names kannel.conf gives them.
const (
	tlvOp        = "ussd_service_op"
	tlvInfo      = "its_session_info"
	tlvReference = "user_message_reference"
	tlvVendor    = "vendor_session_id" // an operator's own text, 0x1501
)

// tlvs are the optional parameters of a deliver_sm that a submit_sm brings back.
type tlvs struct {
	op                int    // -1 when there is none
	info              string // two octets, or empty
	reference, vendor string
}

// readTLVs reads what Kannel writes for %D: ?group?name=value&name=value&. The values are raw octets with %, of integers the digits; a
// plain text has an empty group.
func readTLVs(meta string) (tlvs, error) {
	t := tlvs{op: -1}
	groups := strings.Split(meta, "?")
	for i := 1; i+1 < len(groups); i += 2 {
		if groups[i] != "smpp" {
			continue
		}
		values, err := url.ParseQuery(groups[i+1])
		if err != nil {
			return t, callbacks.Bad("meta", "is no list of TLVs")
		}
		if op := values.Get(tlvOp); len(op) == 1 {
			t.op = int(op[0])
		}
		t.info, t.reference, t.vendor = values.Get(tlvInfo), values.Get(tlvReference), values.Get(tlvVendor)
	}
	return t, t.check()
}

// check sees that what goes back is what SMPP can carry.
func (t *tlvs) check() error {
	_, err := strconv.ParseUint(t.reference, 10, 16)
	switch {
	case len(t.info) != 0 && len(t.info) != 2:
		return callbacks.Bad("meta", "has an its_session_info that is not two octets")
	case t.reference != "" && err != nil:
		return callbacks.Bad("meta", "has a user_message_reference that is no number of 16 bits")
	case len(t.vendor) > 64:
		return callbacks.Bad("meta", "has a vendor_session_id of more than 64 octets")
	}
	return nil
}

// ends reports whether the lowest bit of its_session_info is set.
func (t *tlvs) ends() bool { return len(t.info) == 2 && t.info[1]&1 == 1 }

// setEnd sets that bit.
func (t *tlvs) setEnd() {
	if len(t.info) == 2 {
		t.info = string([]byte{t.info[0], t.info[1] | 1})
	}
}

// meta writes them as Kannel reads them in X-Kannel-Meta-Data. Octets are always escaped: of a line break one header would become two.
func (t *tlvs) meta() string {
	var b strings.Builder
	b.WriteString("?smpp?")
	if t.op >= 0 {
		b.WriteString(tlvOp + "=" + escaped(string([]byte{byte(t.op)})))
	}
	if t.info != "" {
		b.WriteString("&" + tlvInfo + "=" + escaped(t.info))
	}
	if t.reference != "" {
		b.WriteString("&" + tlvReference + "=" + t.reference)
	}
	if t.vendor != "" {
		b.WriteString("&" + tlvVendor + "=" + escaped(t.vendor))
	}
	return b.String()
}

func escaped(octets string) string {
	const digits = "0123456789ABCDEF"
	b := make([]byte, 0, 3*len(octets))
	for i := range len(octets) {
		b = append(b, '%', digits[octets[i]>>4], digits[octets[i]&15])
	}
	return string(b)
}
