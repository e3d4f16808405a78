package scheduler

import (
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestSpecsThatNeverComeOrNameAZoneAreRefused(t *testing.T) {
	for spec, want := range map[string]string{
		"0 3 30 2 *": "never comes", "0 0 31 4,6,9,11 *": "never comes", "TZ=Europe/Berlin 0 3 * * *": "names no zone", "CRON_TZ=UTC 0 3 * * *": "names no zone",
		"tz=": "names no zone", "@every 1h": "every replica", "": "spec", "61 * * * *": "spec", "* * * *": "spec", "@reboot": "spec", strings.Repeat("1,", 60) + "1 * * * *": "at most",
	} {
		if err := CheckSpec(spec); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", spec, err)
		}
	}
	for _, spec := range []string{"0 3 * * *", "*/10 * * * *", "@hourly", "@daily", "0 0 29 2 *", "15 9 * * MON-FRI"} {
		if err := CheckSpec(spec); err != nil {
			t.Error(err)
		}
	}
}

func TestNoSpecIsTooOddToBeReadOrRefused(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		spec := rapid.OneOf(rapid.String(), rapid.StringMatching(`(TZ=|CRON_TZ=|@)?[0-9*/,\-A-Z ]{0,30}`)).Draw(t, "spec")
		_ = CheckSpec(spec) // no panic, no hanging
	})
}

var specs = rapid.SampledFrom([]string{"* * * * *", "*/7 * * * *", "0 * * * *", "30 2 * * *", "15 9 * * 1", "0 0 29 2 *", "0 3 31 * *"})

// Whatever was known and whenever somebody looks: every slot since is told of once, the one that is run is the latest, and not stale.
func TestEverySlotIsRunOrSkippedOnce(t *testing.T) {
	zone, err := time.LoadLocation(Place)
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		times, err := parse(specs.Draw(t, "spec"), zone)
		if err != nil {
			t.Fatal(err)
		}
		last := times.Next(time.Date(2026, 1, 1, 0, 0, 0, 0, zone).Add(time.Duration(rapid.IntRange(0, 4*365*24*60).Draw(t, "minutes")) * time.Minute))
		now := last.Add(time.Duration(rapid.IntRange(0, 3*24*3600).Draw(t, "seconds")) * time.Second)
		validity := time.Duration(rapid.IntRange(1, 48*60).Draw(t, "validity")) * time.Minute
		got := dueSlots(times.Next, last, now, validity)
		all := slices.Clone(got.skipped)
		if !got.run.IsZero() {
			all = append(all, got.run)
			if now.Sub(got.run) > validity || got.run.After(now) {
				t.Fatalf("%v is run at %v", got.run, now)
			}
		}
		var want []time.Time
		for slot := times.Next(last); !slot.After(now); slot = times.Next(slot) {
			want = append(want, slot)
		}
		if over := len(want) - len(all); over > 0 && len(all) >= mostSkipped {
			want = want[over:]
		}
		if !slices.EqualFunc(all, want, time.Time.Equal) {
			t.Fatalf("%d slots, want %d", len(all), len(want))
		}
		if n := len(want); n > 0 && now.Sub(want[n-1]) <= validity != got.run.Equal(want[n-1]) {
			t.Fatalf("the latest slot %v, run %v", want[n-1], got.run)
		}
	})
}

func TestAJobThatWasNeverKnownMissedNothing(t *testing.T) {
	times, err := parse("0 * * * *", time.UTC)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 12, 1, 12, 30, 0, 0, time.UTC)
	got := dueSlots(times.Next, time.Time{}, now, 5*time.Hour)
	if !got.run.Equal(now.Add(-30*time.Minute)) || len(got.skipped) > 0 {
		t.Errorf("%v, %d skipped", got.run, len(got.skipped))
	}
}

// Bishkek keeps one clock: neither does a slot fall into a gap, nor does one come twice.
func TestNoNightOfAYearHasAGap(t *testing.T) {
	zone, err := time.LoadLocation(Place)
	if err != nil {
		t.Fatal(err)
	}
	times, err := parse("30 2 * * *", zone)
	if err != nil {
		t.Fatal(err)
	}
	slot := times.Next(time.Date(2026, 1, 1, 0, 0, 0, 0, zone))
	for range 5 * 365 {
		next := times.Next(slot)
		if next.Sub(slot) != 24*time.Hour {
			t.Fatalf("from %v to %v", slot, next)
		}
		slot = next
	}
}
