package verify

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
)

// manyTies is a bag of several pages, in which every seventh record reads otherwise
// than was disclosed.
func manyTies(t testing.TB) (f files, p *Policy, want []string) {
	d := newDraft()
	for i := range 4 * pageBytes / 5000 {
		d.add(fmt.Sprintf("ties/t%03d", i), []string{"kind", `"x"`})
	}
	f = d.files()
	records := f.records()
	for i, rec := range records {
		if i%7 == 3 {
			rec.Revisions[0].Fields["kind"] = asJSON("y")
			want = append(want, rec.Record)
		}
	}
	f.setRecords(records)
	f.rebuild()
	if len(f[fileRecords]) < 3*pageBytes {
		t.Fatalf("%d bytes are not several pages", len(f[fileRecords]))
	}
	return f, d.policy(t), want
}

// TestFailuresComeInOrder: whichever line is checked first.
func TestFailuresComeInOrder(t *testing.T) {
	f, policy, want := manyTies(t)
	r := verified(t, f.fs(), policy)
	var got []string
	for _, failure := range r.Failures {
		if failure.Check == CheckDisclosures {
			got = append(got, failure.Record)
		}
	}
	if strings.Join(got, " ") != strings.Join(want, " ") || r.tally(CheckSignatures) != 4*pageBytes/5000 {
		t.Errorf("got %v\nwant %v\n%+v", got, want, r.Checks)
	}
}

// tally is how much a check looked at.
func (r *Report) tally(check string) int64 {
	for _, c := range r.Checks {
		if c.Name == check {
			return c.Count
		}
	}
	return 0
}

// TestAVerificationEndsWhenItIsCancelled: with all that it began.
func TestAVerificationEndsWhenItIsCancelled(t *testing.T) {
	f, policy, _ := manyTies(t)
	for _, after := range []int64{1, pageBytes / 2, pageBytes, 2 * pageBytes} {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			r, err := Verify(ctx, f.fs(), policy, func(file string, done, _ int64) {
				if file == fileRecords && done >= after && ctx.Err() == nil {
					cancel()
				}
			})
			if r != nil || err != context.Canceled {
				t.Errorf("cancelled after %d bytes: %v %v", after, r, err)
			}
		})
	}
}
