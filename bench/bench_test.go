package main

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"buf.build/go/protovalidate"

	tumenv1 "tumen/proto/tumen/v1"
)

func TestMedian(t *testing.T) {
	for _, tc := range []struct {
		name    string
		figures []float64
		want    float64
	}{
		{"one", []float64{3}, 3},
		{"odd, in any order", []float64{9, 1, 5}, 5},
		{"even: between the middle two", []float64{4, 1, 2, 100}, 3},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got, err := median(tc.figures); err != nil || got != tc.want {
				t.Errorf("median of %v is %v, %v", tc.figures, got, err)
			}
		})
	}
	if _, err := median(nil); err == nil {
		t.Error("nothing has a median")
	}
}

func TestEveryCallerCallsAndTheFirstErrorEndsIt(t *testing.T) {
	var callers [8]atomic.Int64
	if _, err := rate(t.Context(), len(callers), time.Millisecond, func(_ context.Context, caller int) error {
		callers[caller].Add(1)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	for i := range callers {
		if callers[i].Load() == 0 {
			t.Errorf("caller %d made no call", i)
		}
	}
	broken := errors.New("broken")
	fails := func(_ context.Context, caller int) error {
		if caller == 3 {
			return broken
		}
		return nil
	}
	if _, err := rate(t.Context(), 8, time.Hour, fails); !errors.Is(err, broken) {
		t.Errorf("rate ends with %v", err)
	}
	if _, err := rateOf(t.Context(), 8, 1<<40, fails); !errors.Is(err, broken) {
		t.Errorf("rateOf ends with %v", err)
	}
}

func TestRateOfMakesExactlySoManyCalls(t *testing.T) {
	var calls atomic.Int64
	if _, err := rateOf(t.Context(), 7, 1000, func(context.Context, int) error { calls.Add(1); return nil }); err != nil || calls.Load() != 1000 {
		t.Errorf("%d calls, %v", calls.Load(), err)
	}
}

func TestVerdict(t *testing.T) {
	for _, tc := range []struct {
		name string
		r    result
		want string
	}{
		{"fast enough", result{row: row{target: 1}, ratio: 1}, "met"},
		{"too slow", result{row: row{target: 1}, ratio: 0.99}, "missed"},
		{"small enough", result{row: row{target: 4, atMost: true}, ratio: 4}, "met"},
		{"too large", result{row: row{target: 4, atMost: true}, ratio: 4.01}, "missed"},
		{"no server of ours", result{row: row{target: 1}, missing: errNoServer}, "not measured"},
		{"broken", result{row: row{target: 1}, ratio: 2, err: errors.New("broken")}, "failed"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := tc.r.verdict(); got != tc.want {
				t.Errorf("%s, want %s", got, tc.want)
			}
		})
	}
}

func TestRatiosAreThoseOfPairedRuns(t *testing.T) {
	// A machine that is three times as fast in one run says nothing by that.
	figures := func(all ...float64) sample {
		return func(context.Context) (float64, error) {
			f := all[0]
			all = all[1:]
			return f, nil
		}
	}
	r := row{name: "x", prepare: func(context.Context, *lab) (sample, sample, error) {
		return figures(10, 30, 20), figures(5, 15, 10), nil
	}}
	got := measure(t.Context(), &lab{}, r, 3)
	if got.err != nil || got.ours != 20 || got.peer != 10 || got.ratio != 2 {
		t.Errorf("%+v", got)
	}
}

func TestThePeerIsMeasuredWithoutUs(t *testing.T) {
	r := row{name: "x", target: 1, prepare: func(context.Context, *lab) (sample, sample, error) {
		return nil, func(context.Context) (float64, error) { return 7, nil }, nil
	}}
	got := measure(t.Context(), &lab{missing: errNoServer}, r, 3)
	var printed strings.Builder
	if err := printTable(&printed, []result{got, got}); err != nil {
		t.Fatal(err)
	}
	if got.peer != 7 || strings.Count(printed.String(), "not measured") != 2 || strings.Count(printed.String(), errNoServer.Error()) != 1 {
		t.Errorf("%+v\n%s", got, printed.String())
	}
	if err := failures([]result{got}); err != nil {
		t.Errorf("a tree without a server fails: %v", err)
	}
	got.missing = errors.New("it does not start")
	if failures([]result{got}) == nil {
		t.Error("a server that does not start is no failure")
	}
}

func TestRowsAreChosenByName(t *testing.T) {
	chosen, err := choose(rows(), "read-echo, write-64")
	if err != nil || len(chosen) != 2 || chosen[0].name != "write-64" || chosen[1].name != "read-echo" {
		t.Errorf("%v, %v", chosen, err)
	}
	if _, err := choose(rows(), "write-63"); err == nil || !strings.Contains(err.Error(), "write-64") {
		t.Errorf("a wrong name gives %v, which does not list the right ones", err)
	}
}

func TestWhatIsRecordedKeepsTheContract(t *testing.T) {
	const id = "00000000000000000000000000"
	for n := range 6 {
		request := &tumenv1.CreateClaimRequest{
			Parent: "cases/" + id, Claim: newClaim(n, "sources/"+id, "cases/"+id+"/events/"+id), Reason: "recorded for the benchmark",
		}
		if err := protovalidate.Validate(request); err != nil {
			t.Error(err)
		}
		if size := len(request.GetClaim().GetQuote().GetText()) + len(request.GetClaim().GetNotes()); size > 2*textSize || size < 2*textSize-20 {
			t.Errorf("%d bytes of text, want %d", size, 2*textSize)
		}
	}
	s := &server{sources: []string{"sources/" + id}}
	if n := len(s.matter(perMatter, perSubject)); n > 10_000 {
		t.Errorf("a matter of %d documents is more than the contract allows", n)
	}
	if n := len(s.matter(openEvents, 0)); n > 10_000 {
		t.Errorf("a matter of %d documents is more than the contract allows", n)
	}
}
