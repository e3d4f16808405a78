package callbacks

import "strings"

// SMPP is how Kannel binds to the SMSC of a channel: sapar channels kannel-config writes it down, and nothing else reads it.
type SMPP struct {
	Host         string `yaml:"host"`
	Port         int    `yaml:"port"`
	SystemID     string `yaml:"system_id"`
	PasswordFile string `yaml:"password_file"` // beside the channels file
	SystemType   string `yaml:"system_type"`
	Throughput   int    `yaml:"throughput"` // messages a second the SMSC takes; 0 is as many as come

	Password string `yaml:"-"` // the first line of the file
}

// Check sees that a bind can be written down, and reads its password. None at all is no error: then there is nothing to write.
func (b *SMPP) Check(settings Settings) error {
	if b == nil {
		return nil
	}
	for _, c := range []struct {
		wrong bool
		key   string
		why   string
	}{
		{b.Host == "", "smpp.host", "is missing"},
		{b.Port < 1 || b.Port > 65535, "smpp.port", "must be a port"},
		{b.SystemID == "" || len(b.SystemID) > 15, "smpp.system_id", "must have 1 to 15 letters"},
		{b.PasswordFile == "", "smpp.password_file", "is missing"},
		{len(b.SystemType) > 12, "smpp.system_type", "has at most 12 letters"},
		{b.Throughput < 0, "smpp.throughput", "must be 0 or more"},
		{strings.ContainsAny(b.Host+b.SystemID+b.SystemType, "\"\\\r\n"), "smpp", "holds a quote, a backslash or a line break"},
	} {
		if c.wrong {
			return &BadSetting{Key: c.key, Why: c.why}
		}
	}
	return b.readPassword(settings)
}

func (b *SMPP) readPassword(settings Settings) error {
	lines, err := settings.Secret("smpp.password_file", b.PasswordFile)
	if err != nil {
		return err
	}
	b.Password = lines[0]
	if len(b.Password) > 8 || strings.ContainsAny(b.Password, "\"\\") {
		return &BadSetting{Key: "smpp.password_file", Why: "an SMPP password has at most 8 letters, and no quote or backslash"}
	}
	return nil
}
