package main

import (
	"strings"
	"testing"
	"time"

	"sapar/people/privacy"
)

func TestAnExportIsCutBetweenLines(t *testing.T) {
	line := strings.Repeat("ж", 49)
	for n, want := range map[int]int{1: 1, 12: 12, 13: 11, 50: 11} {
		lines := make([]string, n)
		for i := range lines {
			lines[i] = line
		}
		got := capped(lines, longestExport)
		if strings.Count(got, line) != want || len([]rune(got)) > longestExport || strings.HasSuffix(got, "\n...") != (n != want) {
			t.Errorf("of %d lines %d are left in %d characters", n, strings.Count(got, line), len([]rune(got)))
		}
	}
}

func TestAnExportTellsTheLatestConsentOfATopic(t *testing.T) {
	day := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	got := strings.Join(exported(privacy.Held{Since: day, Consents: []privacy.Answer{
		{Topic: "rules", Agreed: true, At: day}, {Topic: "reminders", At: day}, {Topic: "rules", At: day.AddDate(0, 0, 1)},
	}}), "|")
	if want := "Sapar 2026-11-21|reminders false 2026-11-21|rules false 2026-11-22"; got != want {
		t.Errorf("%q", got)
	}
}
