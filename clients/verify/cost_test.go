package verify

import (
	"fmt"
	"testing"
)

// TestCostOfARecord counts allocations, which took a fifth of the time when a line
// was read again for each check and each view.
func TestCostOfARecord(t *testing.T) {
	const records, fields = 300, 20
	d := newDraft()
	var of []string
	for i := range fields {
		of = append(of, fmt.Sprintf("field_%d", i), `"a text of some words"`)
	}
	for i := range records {
		d.add(fmt.Sprintf("ties/t%03d", i), of)
	}
	bag, policy := d.files().fs(), d.policy(t)
	verified(t, bag, policy) // what is made once
	allocations := testing.AllocsPerRun(5, func() {
		if r := verified(t, bag, policy); r.Refused() {
			t.Fatal(reasons(r))
		}
	})
	const most = 540 // for each record of one revision
	if each := allocations / records; each > most {
		t.Errorf("%.0f allocations for each record, more than %d", each, most)
	} else {
		t.Logf("%.0f allocations for each record", each)
	}
}
