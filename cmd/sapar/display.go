package main

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"sapar/menus"
	"sapar/ussd"
)

// display shows screens: drawn as a phone on a terminal, as plain lines elsewhere.
type display struct {
	out    io.Writer
	limits menus.Channel
	drawn  bool
	shown  int // screens so far: a carrier may give the first one other room
}

// phoneWidth is how many letters stand on a line of the drawn phone, about as many as on a basic one.
const phoneWidth = 26

func (d *display) show(reply ussd.Reply, typed string) {
	if d.drawn {
		d.draw(reply)
		return
	}
	if typed != "" {
		fmt.Fprintf(d.out, "> %s\n", typed)
	}
	for line := range strings.SplitSeq(reply.Text, "\n") {
		fmt.Fprintf(d.out, "| %s\n", line)
	}
	if reply.End {
		fmt.Fprintln(d.out, "end")
	}
	fmt.Fprintln(d.out)
}

func (d *display) draw(reply ussd.Reply) {
	fmt.Fprintf(d.out, "\n  ╭%s╮\n", strings.Repeat("─", phoneWidth+2))
	for _, line := range wrapped(reply.Text) {
		fmt.Fprintf(d.out, "  │ %s%s │\n", line, strings.Repeat(" ", phoneWidth-utf8.RuneCountInString(line)))
	}
	fmt.Fprintf(d.out, "  ├%s┤\n", strings.Repeat("─", phoneWidth+2))
	room := d.room(reply.Text)
	fmt.Fprintf(d.out, "  │ %s%s │\n", room, strings.Repeat(" ", max(0, phoneWidth-utf8.RuneCountInString(room))))
	fmt.Fprintf(d.out, "  ╰%s╯\n", strings.Repeat("─", phoneWidth+2))
	if reply.End {
		fmt.Fprintln(d.out, "  The session has ended.")
	}
}

// room says how many characters are left on the screen.
func (d *display) room(text string) string {
	size, limit := menus.Measure(text), d.limits.Later
	if d.shown == 0 {
		limit = d.limits.First
	}
	d.shown++
	if size.Wide {
		return fmt.Sprintf("%d of %d left, UCS-2", limit.Units-size.Units, limit.Units)
	}
	return fmt.Sprintf("%d of %d left, GSM-7", limit.Septets-size.Septets, limit.Septets)
}

// prompt asks for the next answer on a terminal; it always lets the talk go on.
func (d *display) prompt() bool {
	if d.drawn {
		fmt.Fprint(d.out, "  > ")
	}
	return true
}

// wrapped breaks a screen's text into lines of the drawn phone, at words where it can.
func wrapped(text string) []string {
	var out []string
	for line := range strings.SplitSeq(text, "\n") {
		runes := []rune(line)
		for len(runes) > phoneWidth {
			cut := phoneWidth
			for i := phoneWidth; i > phoneWidth/2; i-- {
				if runes[i] == ' ' {
					cut = i
					break
				}
			}
			out = append(out, string(runes[:cut]))
			runes = []rune(strings.TrimLeft(string(runes[cut:]), " "))
		}
		out = append(out, string(runes))
	}
	return out
}
