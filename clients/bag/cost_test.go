package bag

import (
	"fmt"
	"testing"

	tumenv1 "tumen/proto/tumen/v1"
)

// TestCostOfARecord counts allocations: a record is parsed once for all views.
func TestCostOfARecord(t *testing.T) {
	const fields = 20
	of := `"source":"sources/s"`
	for i := range fields {
		of += fmt.Sprintf(`,"field_%d":"a text of some words"`, i)
	}
	w, err := Create(t.TempDir(), Options{})
	try(t, err)
	try(t, w.Header(&tumenv1.ExportHeader{Statement: []byte("{}")}))
	line := []byte(`{"record":"claims/c","kind":"Claim","revisions":[{"revision":1,"fields":{` + of + `},"sd_jwt":"~","withheld":[{"class":"OPEN","rule":"day","fields":2}]}]}`)
	allocations := testing.AllocsPerRun(500, func() {
		try(t, w.Record(&tumenv1.ExportedRecord{Line: line}))
	})
	try(t, w.Discard())
	const most = 210
	if allocations > most {
		t.Errorf("%.0f allocations for a record, more than %d", allocations, most)
	} else {
		t.Logf("%.0f allocations for a record", allocations)
	}
}
