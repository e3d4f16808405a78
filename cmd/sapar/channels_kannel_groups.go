package main

import "fmt"

// kannelHead begins the file. The traps are what Kannel 1.4.5 does when a setting is left out: most of them lose sessions or letters without a
// line in any log. All were seen with Debian's package 1.4.5-12 against an SMSC of node-smpp 0.5.1 (2026-11-21).
const kannelHead = `
# Kannel 1.4.5 between an SMSC and Sapar, as printed by: sapar channels kannel-config
# It holds passwords: keep it to the user who runs Kannel. The folders store and dlr of the spool must be there before the first start.
#
# Traps that no setting here shows:
# trap 8: there is no msg-id-type, since with one a textual id of the SMSC becomes 0 and reports are mixed up; set it only where ids are numeric
# trap 10: Kannel takes every op as a text. Sapar reads the ops, a hang-up too, and answers a hang-up with nothing
# trap 11: groups are set apart by empty lines, or bearerbox ends
# trap 12: a plain text has an empty group of TLVs, which Sapar takes
#
# After a crash, before bearerbox starts again: find <spool>/store -type f -empty -delete
# It leaves an empty file where it was killed while it wrote a message, which nobody was told it had, and stumbles over that file when it loads the others.
#
# There is no access-log, and the logs begin at warnings: below that Kannel writes down phone numbers and texts.
`

func (k *kannelConfig) writeCore(w *kannelWriter, adminPassword string) {
	w.group("core", "bearerbox: its own ports are open to this machine only")
	w.plain(
		"admin-port", fmt.Sprint(k.AdminPort), "admin-interface", "127.0.0.1", "admin-password", adminPassword, "status-password", adminPassword,
		"admin-deny-ip", quoted("*.*.*.*"), "admin-allow-ip", quoted("127.0.0.1"),
		"smsbox-port", fmt.Sprint(k.SMSBoxPort), "smsbox-interface", "127.0.0.1", "box-deny-ip", quoted("*.*.*.*"), "box-allow-ip", quoted("127.0.0.1"),
		"log-file", quoted(k.Logs+"/bearerbox.log"), "log-level", "2",
	)
	w.set("trap 9: bearerbox acknowledges a message before Sapar has it, and would forget it when it is killed", "store-type", "spool")
	w.plain("store-location", quoted(k.Spool+"/store"))
	w.set("trap 9, for delivery reports: what they belong to is forgotten at a restart unless it is on disk", "dlr-storage", "spool")
	w.plain("dlr-spool", quoted(k.Spool+"/dlr"))
	w.set("what an SMSC cannot take now is offered ten times, not for ever", "sms-resend-retry", "10")
	w.plain("sms-resend-freq", "10")
}

// writeBind writes what both kinds of binds have.
func writeBind(w *kannelWriter, id, host string, port int, systemID, password, systemType string, throughput int) {
	w.plain(
		"smsc", "smpp", "smsc-id", quoted(id), "host", quoted(host), "port", fmt.Sprint(port), "transceiver-mode", "true",
		"smsc-username", quoted(systemID), "smsc-password", quoted(password), "system-type", quoted(systemType), "interface-version", "34",
		"enquire-link-interval", "10", "reconnect-delay", "2",
	)
	if throughput > 0 {
		w.plain("throughput", fmt.Sprint(throughput))
	}
	w.set("trap 2: else what belongs to this bind leaves by any other", "allowed-smsc-id", quoted(id))
	w.set("a message whose acknowledgement is late is waited for, and not sent again", "wait-ack-expire", "0x02")
}

func (d *dialledBind) write(w *kannelWriter) {
	b := d.bind
	w.group("smsc", "USSD channel "+d.name)
	writeBind(w, d.id, b.Host, b.Port, b.SystemID, b.Password, b.SystemType, b.Throughput)
	w.plain("service-type", quoted(d.serviceType))
	w.set("trap 3: with sms-length below; else a screen is cut at 160 septets or 70 letters instead of 182 and 80", "max-sms-octets", "160")
	w.set("trap 7: else the source *141# leaves as a name (ton 5)", "source-addr-autodetect", "no")
	w.plain("source-addr-ton", "0", "source-addr-npi", "1", "dest-addr-ton", "1", "dest-addr-npi", "1")
	w.set("trap 7: else 3, store and forward", "esm-class", "0")
}

func (s *textedBind) write(w *kannelWriter) {
	b := s.Bind
	w.group("smsc", "SMS channel "+s.name)
	writeBind(w, s.SMSC, b.Host, b.Port, b.SystemID, b.Password, b.SystemType, b.Throughput)
	w.plain("source-addr-ton", "0", "source-addr-npi", "1")
}

// writeTLVs names the optional parameters that go through. Tags and lengths: SMPP 3.4 5.3.2.17, 5.3.2.43, 5.3.2.44.
func (k *kannelConfig) writeTLVs(w *kannelWriter) {
	for _, t := range []struct{ name, tag, length, kind, what string }{
		{"ussd_service_op", "0x0501", "1", "octetstring", "trap 1: as an integer it comes in as an octet and goes out as 0, and sessions are lost"},
		{"its_session_info", "0x1383", "2", "octetstring", "trap 1: the session, in raw octets"},
		{"user_message_reference", "0x0204", "2", "integer", "trap 1: this one Kannel knows as a number"},
		{"vendor_session_id", "0x1501", "64", "octetstring", "trap 1: an operator's own text, in the range of vendors"},
	} {
		w.group("smpp-tlv", t.what)
		w.plain("name", t.name, "tag", t.tag, "type", t.kind, "length", t.length, "smsc-id", k.ids())
	}
}

func (k *kannelConfig) writeSMSBox(w *kannelWriter) {
	w.group("smsbox", "smsbox: calls Sapar, and takes what Sapar sends")
	w.plain(
		"bearerbox-host", "127.0.0.1", "bearerbox-port", fmt.Sprint(k.SMSBoxPort), "sendsms-port", k.sendsmsPort(), "sendsms-interface", "127.0.0.1",
		"sendsms-chars", quoted("0123456789+"), "log-file", quoted(k.Logs+"/smsbox.log"), "log-level", "2", "mo-recode", "true",
	)
	w.set("trap 3: in octets, so that a screen of 182 or 80 is not cut; an SMS is still split at 140", "sms-length", "160")
	w.set("trap 4: while Sapar is being restarted it is asked again, for a minute; Sapar itself always answers a dialled message with 200 and a text", "http-request-retry", "20")
	w.plain("http-queue-delay", "3", "http-timeout", "15")
	const silent = "trap 4: Kannel's own texts reach the phone outside its session"
	for _, reply := range []string{"couldnotfetch", "requestfailed", "emptymessage", "couldnotrepresent"} {
		w.set(silent, "reply-"+reply, `""`)
	}
	k.writeUsers(w)
	for _, d := range k.ussd {
		d.writeService(w)
	}
	for _, s := range k.sms {
		s.writeService(w)
	}
}

func (k *kannelConfig) writeUsers(w *kannelWriter) {
	seen := map[string]bool{}
	for _, s := range k.sms {
		if s.URL == "" || seen[s.Username] {
			continue
		}
		seen[s.Username] = true
		w.group("sendsms-user", "who sends: Sapar, from this machine")
		w.plain("username", quoted(s.Username), "password", quoted(s.Password), "user-deny-ip", quoted("*.*.*.*"), "user-allow-ip", quoted("127.0.0.1"))
		w.set("a long text goes out in parts, split where no letter is cut", "concatenation", "true")
		w.plain("max-messages", "10")
	}
}

func (d *dialledBind) writeService(w *kannelWriter) {
	w.group("sms-service", "USSD channel "+d.name+": Sapar answers in the HTTP reply")
	w.plain("name", quoted(d.id), "keyword", "default", "accepted-smsc", quoted(d.id))
	w.set("%D carries the TLVs; trap 10: the ops among them", "get-url", quoted(d.url+"?from=%p&to=%P&text=%b&id=%I&meta=%D"))
	w.set("trap 2: the reply leaves by the bind it came from, the one that has the TLVs", "forced-smsc", quoted(d.id))
	w.set("trap 6: else the TLVs of the reply are not read", "accept-x-kannel-headers", "true")
	w.set("trap 5: Sapar says text/plain and UTF-8, and the coding (0 or 2) in a header; else a screen is binary, or its letters are question marks", "assume-plain-text", "true")
	w.set("trap 6: a screen is one message", "max-messages", "1")
	w.plain("concatenation", "false")
	w.set("trap 4: an empty answer, to a hang-up, is nothing", "omit-empty", "true")
}

func (s *textedBind) writeService(w *kannelWriter) {
	w.group("sms-service", "SMS channel "+s.name+": Sapar takes the text, and answers with a message of its own")
	w.plain("name", quoted(s.SMSC), "keyword", "default", "accepted-smsc", quoted(s.SMSC))
	w.set("the text is the body, so that no log of addresses holds it; the sender stands in the address, since no header has it", "post-url", quoted(s.url+"?id=%I&from=%p&to=%P"))
	w.set("trap 4: nothing is sent for the answer itself", "max-messages", "0")
	w.set("else every answer leaves a warning in the log", "accept-x-kannel-headers", "true")
}
