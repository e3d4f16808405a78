package carriers

import (
	"strings"

	"sapar/callbacks"
	"sapar/ussd"
)

// kannelSettings is how a channel of kind kannel is configured. A profile gives them all; what is written beside it wins.
type kannelSettings struct {
	Profile     string          `yaml:"profile"`      // standard, tata or 6d
	Session     string          `yaml:"session"`      // what of the TLVs names a session, see below
	EndBit      bool            `yaml:"end_bit"`      // the lowest bit of its_session_info ends a session, in both directions
	CodeInText  bool            `yaml:"code_in_text"` // the dialled code is the text of the first message, not its destination
	Code        string          `yaml:"code"`         // the dialled code, where no message holds it
	ServiceType string          `yaml:"service_type"`
	Ops         kannelOps       `yaml:"ops"`
	SMPP        *callbacks.SMPP `yaml:"smpp"`
}

// kannelOps are the values of ussd_service_op that mean something: in a deliver_sm the first three, in a submit_sm the others.
type kannelOps struct {
	Begin    []int `yaml:"begin"`
	Answer   []int `yaml:"answer"`
	Abort    []int `yaml:"abort"`
	Continue int   `yaml:"continue"`
	End      int   `yaml:"end"`
}

// What of the TLVs names a session of a phone.
const (
	byNumber    = "number"    // the first octet of its_session_info; the other seven bits count its steps
	byWhole     = "whole"     // its_session_info without its lowest bit: it stays as it is, and counts nothing
	byReference = "reference" // user_message_reference
)

// kannelProfiles are the ways SMSCs were seen to speak. The end of 6D is decimal 23, for its makers wrote 17 and meant hexadecimal digits.
// Source: SMPP 3.4 5.3.2.43 and 5.3.2.44; github.com/praekeltfoundation/vumi, vumi/transports/smpp/processors/default.py for TATA and
// sixdee.py for 6D (2026-11-22).
func kannelProfiles() map[string]kannelSettings {
	return map[string]kannelSettings{
		"standard": {Session: byNumber, EndBit: true, Ops: kannelOps{Begin: []int{1}, Answer: []int{18}, Abort: []int{129, 17}, Continue: 2, End: 17}},
		"tata":     {Session: byWhole, EndBit: true, Ops: kannelOps{Begin: []int{1}, Answer: []int{18, 2}, Abort: []int{17, 129}, Continue: 2, End: 2}},
		"6d":       {Session: byWhole, EndBit: true, CodeInText: true, Ops: kannelOps{Begin: []int{1}, Answer: []int{18}, Abort: []int{129}, Continue: 2, End: 23}},
	}
}

func newKannel(settings callbacks.Settings) (ussd.Carrier, error) {
	var named kannelSettings
	if err := settings.Read(&named); err != nil {
		return nil, err
	}
	if named.Profile == "" {
		named.Profile = "standard"
	}
	k, ok := kannelProfiles()[named.Profile]
	if !ok {
		return nil, &callbacks.BadSetting{Key: "profile", Why: "must be standard, tata or 6d"}
	}
	k.Profile, k.ServiceType = named.Profile, "USSD"
	if err := settings.Read(&k); err != nil {
		return nil, err
	}
	if err := k.check(); err != nil {
		return nil, err
	}
	return &kannel{k}, k.SMPP.Check(settings)
}

func (s *kannelSettings) check() error {
	for _, c := range []struct {
		wrong bool
		key   string
		why   string
	}{
		{s.Session != byNumber && s.Session != byWhole && s.Session != byReference, "session", "must be number, whole or reference"},
		{s.Code != "" && bareCode(s.Code) == "", "code", "must be a code as it is dialled"},
		{s.Code != "" && s.CodeInText, "code", "is not needed with code_in_text"},
		{len(s.ServiceType) > 5 || strings.ContainsAny(s.ServiceType, "\"\\\r\n"), "service_type", "has at most 5 letters"},
		{!s.Ops.apart(), "ops", "must give begin, answer and abort values of their own, from 0 to 255"},
		{!octet(s.Ops.Continue) || !octet(s.Ops.End), "ops", "must be from 0 to 255"},
		{s.Ops.Continue == s.Ops.End && (!s.EndBit || s.Session == byReference), "ops.end", "must differ from ops.continue where no bit ends a session, or it never ends"},
	} {
		if c.wrong {
			return &callbacks.BadSetting{Key: c.key, Why: c.why}
		}
	}
	return nil
}

func octet(op int) bool { return op >= 0 && op <= 255 }

// apart reports whether every value of a deliver_sm has one meaning, and each meaning a value.
func (o kannelOps) apart() bool {
	seen := map[int]bool{}
	for _, ops := range [][]int{o.Begin, o.Answer, o.Abort} {
		for _, op := range ops {
			if !octet(op) || seen[op] {
				return false
			}
			seen[op] = true
		}
	}
	return len(o.Begin) > 0 && len(o.Answer) > 0
}

// Bind is how Kannel reaches the SMSC of a channel, and the service type of its messages; nil for a channel of another kind, or one that does not say.
func Bind(c ussd.Carrier) (bind *callbacks.SMPP, serviceType string) {
	k, ok := c.(*kannel)
	if !ok {
		return nil, ""
	}
	return k.SMPP, k.ServiceType
}
