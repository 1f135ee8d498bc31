package verify

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	tumenv1 "tumen/proto/tumen/v1"
)

// TestABagIsReadAsAStream: however large the records are, what is kept of them is
// not. The bag lies on a disk, so that what is live is the verifier's own.
func TestABagIsReadAsAStream(t *testing.T) {
	const records, bound = 200, 3 << 19
	folder, policy, size := largeBag(t, records)
	if size < 5*bound {
		t.Fatalf("a bag of %d bytes shows nothing", size)
	}
	root, err := os.OpenRoot(folder)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	before, most, told := live(), uint64(0), 0
	r, err := Verify(t.Context(), root.FS(), policy, func(_ string, done, total int64) {
		if told++; told%50 == 0 || done == total {
			most = max(most, live())
		}
	})
	if err != nil || r.Refused() || checked(t, r).Count != 1 {
		t.Fatalf("%v %s", err, reasons(r))
	}
	if told < records || most == 0 {
		t.Fatalf("told %d times how far it was", told)
	}
	if most > before+bound {
		t.Errorf("%d bytes are live while a bag of %d is verified, %d before", most, size, before)
	}
}

// live is what the program holds on to.
func live() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// largeBag writes a bag of so many claims with long notes beside a finding that rests
// on others.
func largeBag(t *testing.T, records int) (folder string, policy *Policy, size int) {
	d, notes := newDraft(), strings.Repeat("They were put on buses after dark. ", 300)
	d.addMatter(october(), nil)
	for i := range records {
		name := fmt.Sprintf("cases/c/claims/%06d", i)
		d.add(name, shownAs(&tumenv1.Claim{
			Source: "sources/one", Subjects: []string{fmt.Sprintf("cases/c/events/%06d", i)}, Aspect: tumenv1.Aspect_ASPECT_OCCURRENCE,
			Stance: tumenv1.Stance_STANCE_ASSERTS, State: tumenv1.ClaimState_CLAIM_STATE_ACTIVE, Notes: notes + name,
		}))
	}
	folder = t.TempDir()
	for path, content := range d.files() {
		write(t, filepath.Join(folder, path), content)
		size += len(content)
	}
	return folder, d.policy(t), size
}
