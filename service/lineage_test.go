package service_test

import (
	"fmt"
	"testing"

	tumenv1 "tumen/proto/tumen/v1"
)

// Every source relays up to 200 of those before it: 100,000 links or so.
func TestADenseMatterIsCheckedOnceALink(t *testing.T) {
	o := loadOctober(t)
	n := 600
	if raceDetector {
		n = 200 // make test takes all of them in a run without it
	}
	docs, last := dense(n), fmt.Sprintf("D%d", n-1)
	out := o.apply(o.worker, true, docs...)
	if len(out.GetFaults()) != 0 {
		t.Fatalf("faults: %v", out.GetFaults()[:1])
	}
	// The first relays the last: whatever lies on the way is on a cycle.
	docs[0] = source("D0", "news", "D0", relayed, last)
	out = o.apply(o.worker, true, docs...)
	blamed := map[string]bool{}
	for _, f := range out.GetFaults() {
		if f.GetReason() != "CYCLE" {
			t.Fatalf("fault %v", f)
		}
		blamed[f.GetKey()] = true
	}
	if !blamed["D0"] || !blamed[last] {
		t.Errorf("%d sources blamed, without the one that closes the cycle", len(blamed))
	}
}

func dense(n int) []*tumenv1.MatterDocument {
	var docs []*tumenv1.MatterDocument
	for i := range n {
		var relays []string
		for j := max(0, i-200); j < i; j++ {
			relays = append(relays, fmt.Sprintf("D%d", j))
		}
		docs = append(docs, source(fmt.Sprintf("D%d", i), "news", fmt.Sprintf("D%d", i), relayed, relays...))
	}
	return docs
}

func TestACycleBlamesThoseOnIt(t *testing.T) {
	o := loadOctober(t)
	out := o.apply(o.worker, true, source("A", "news", "A", relayed, "B"), source("B", "news", "B", relayed, "C"), source("C", "news", "C", relayed, "B"))
	got := ""
	for _, f := range out.GetFaults() {
		got += f.GetKey() + " " + f.GetField() + " " + f.GetReason() + "; "
	}
	if want := "B relays[0].source CYCLE; C relays[0].source CYCLE; "; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
