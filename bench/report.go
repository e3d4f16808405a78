package bench

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"text/tabwriter"
	"time"
)

// table is what was measured, run by run.
type table struct {
	unit string // what is counted: turns or texts
	runs []measured
}

type measured struct {
	load   load
	target string
	result result
}

// rule is a target: a value that must reach a limit, or stay below it.
type rule struct {
	what  string
	value float64
	limit float64
	below bool
}

func (t *table) add(l load, target string, r result) {
	t.runs = append(t.runs, measured{l, target, r})
}

// median is the median of each figure over the rounds of one load.
func (t *table) median(l load, target string) result {
	var of []result
	for _, run := range t.runs {
		if run.load == l && run.target == target {
			of = append(of, run.result)
		}
	}
	return result{
		speed: middle(of, func(r result) float64 { return r.speed }),
		p50:   middle(of, func(r result) time.Duration { return r.p50 }),
		p99:   middle(of, func(r result) time.Duration { return r.p99 }),
		max:   middle(of, func(r result) time.Duration { return r.max }),
	}
}

func middle[T float64 | time.Duration](of []result, figure func(result) T) T {
	figures := make([]T, len(of))
	for i, r := range of {
		figures[i] = figure(r)
	}
	return median(figures)
}

func median[T float64 | time.Duration](figures []T) T {
	return slices.Sorted(slices.Values(figures))[len(figures)/2]
}

// loads are the loads in the order they ran.
func (t *table) loads() []load {
	var all []load
	for _, run := range t.runs {
		if !slices.Contains(all, run.load) {
			all = append(all, run.load)
		}
	}
	return all
}

// targets are the two that were compared; the first one is judged.
func (t *table) targets() (judged, reference string) {
	judged = t.runs[0].target
	for _, run := range t.runs {
		if run.target != judged {
			return judged, run.target
		}
	}
	return judged, judged
}

// judgedAt are the numbers of callers the targets speak of.
var judgedAt = []int{16, 64}

// faster wants turns or texts a second of at least a part of the reference's.
func (t *table) faster(part float64) []rule {
	return t.rules(judgedAt, func(judged, reference result) (string, float64) { return t.unit + "/s", judged.speed / reference.speed }, part, false)
}

// steadier wants a p99 of at most some times the reference's, where the most callers wait.
func (t *table) steadier(times float64) []rule {
	return t.rules(judgedAt[1:], func(judged, reference result) (string, float64) { return "p99", ratio(judged.p99, reference.p99) }, times, true)
}

// rules compares the two targets in each closed loop that was run.
func (t *table) rules(callers []int, compare func(judged, reference result) (string, float64), limit float64, below bool) []rule {
	var all []rule
	judged, reference := t.targets()
	for _, l := range t.loads() {
		if l.rate == 0 && slices.Contains(callers, l.callers) {
			what, value := compare(t.median(l, judged), t.median(l, reference))
			all = append(all, rule{fmt.Sprintf("%s at %s, of %s's", what, l, reference), value, limit, below})
		}
	}
	return all
}

// print shows the medians and returns the rule that holds for every run: no answer may be wrong.
func (t *table) print(title, a, b string) []rule {
	fmt.Printf("\n%s: medians of the rounds; dialogues of %d %s, 1 in %d by a newcomer\n\n", title, dialogueTurns, t.unit, newcomerEvery)
	out := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(out, "callers\tserver\t%s/s\tp50 ms\tp99 ms\tmax ms\t\n", t.unit)
	for _, l := range t.loads() {
		ours, theirs := t.median(l, a), t.median(l, b)
		printResult(out, l, a, ours)
		printResult(out, l, b, theirs)
		fmt.Fprintf(out, "\tratio\t%.2f\t%.2f\t%.2f\t%.2f\t\n", ours.speed/theirs.speed, ratio(ours.p50, theirs.p50), ratio(ours.p99, theirs.p99), ratio(ours.max, theirs.max))
	}
	_ = out.Flush()
	turns, wrong := 0, 0
	for _, run := range t.runs {
		turns, wrong = turns+run.result.turns, wrong+run.result.wrong
	}
	return []rule{{"wrong answers of " + strconv.Itoa(turns), float64(wrong), 0, true}}
}

func printResult(out *tabwriter.Writer, l load, name string, r result) {
	callers := strconv.Itoa(l.callers)
	if l.rate > 0 {
		callers = fmt.Sprintf("at %.0f/s", l.rate)
	}
	fmt.Fprintf(out, "%s\t%s\t%.0f\t%.2f\t%.2f\t%.2f\t\n", callers, name, r.speed, milliseconds(r.p50), milliseconds(r.p99), milliseconds(r.max))
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

func ratio(a, b time.Duration) float64 { return float64(a) / float64(max(b, 1)) }

// missed reports whether the value is on the wrong side of its limit; a value that could not be had is.
func (r rule) missed() bool {
	if r.below {
		return !(r.value <= r.limit)
	}
	return !(r.value >= r.limit)
}

// String says what was wanted and what came.
func (r rule) String() string {
	sign, word := "≥", "reached"
	if r.below {
		sign = "≤"
	}
	if r.missed() {
		word = "MISSED "
	}
	return fmt.Sprintf("%s %s: %.4g, wanted %s %.4g", word, r.what, r.value, sign, r.limit)
}
