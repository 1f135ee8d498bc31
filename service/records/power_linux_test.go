package records

import (
	"flag"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"tumen/internal/powercut"
)

var powerCuts = flag.Int("power-cuts", 3, "how many times the tests of power cuts cut the power")

// outcomes is how many of the states that a cut may leave are looked at.
const outcomes = 3

// cutWhileWriting has a child write to a copy of the store in a folder, cuts the
// power, and notes what the child said.
func cutWhileWriting(t *testing.T, o powercut.Options, told *acknowledged, plan func(*powercut.Disk)) *powercut.Disk {
	t.Helper()
	mount := t.TempDir()
	disk, err := powercut.Mount(mount, o)
	must(t, err)
	t.Cleanup(func() { must(t, disk.Close()) })
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), killedStore+"="+filepath.Join(mount, "tumen.db"))
	child.Stderr = os.Stderr
	plan(disk)
	lines, err := disk.Run(child)
	must(t, err)
	for _, line := range lines {
		must(t, told.note(line))
	}
	return disk
}

// TestPowerCut cuts the power amid the changes of many callers, again and again.
// Whichever part of what was not synced is lost, what was acknowledged is there,
// nothing is there by half, records and indexes agree, and the ledger goes on from
// the checkpoint that was told last.
func TestPowerCut(t *testing.T) {
	from := t.TempDir()
	furnishKilled(t, filepath.Join(from, "tumen.db"))
	var told acknowledged
	for round := range *powerCuts {
		disk := cutWhileWriting(t, powercut.Options{From: from}, &told, func(d *powercut.Disk) {
			if rand.IntN(2) == 0 {
				d.CutAfter(rand.IntN(250))
			} else {
				d.CutInSync(rand.IntN(30))
			}
		})
		var found acknowledged
		seed := rand.Uint64()
		for range outcomes {
			seed++
			from = filepath.Join(t.TempDir(), "survivor")
			must(t, disk.Survivor(from, seed))
			found = told // another outcome may have had more
			if err := found.survived(filepath.Join(from, "tumen.db")); err != nil {
				t.Fatalf("round %d, outcome %d: %v", round, seed, err)
			}
		}
		told = found
	}
	if told.tree.size == 0 {
		t.Error("nothing was acknowledged, so nothing was tried")
	}
}

// TestADiskThatIgnoresSyncIsNoticed: the test above can fail.
func TestADiskThatIgnoresSyncIsNoticed(t *testing.T) {
	from := t.TempDir()
	furnishKilled(t, filepath.Join(from, "tumen.db"))
	for range *powerCuts {
		var told acknowledged
		disk := cutWhileWriting(t, powercut.Options{From: from, IgnoresSync: true}, &told, func(d *powercut.Disk) { d.CutAfter(300 + rand.IntN(200)) })
		for seed := range uint64(outcomes) {
			survivor := filepath.Join(t.TempDir(), "survivor")
			must(t, disk.Survivor(survivor, seed))
			found := told
			if err := found.survived(filepath.Join(survivor, "tumen.db")); err != nil {
				t.Logf("noticed: %v", err)
				return
			}
		}
	}
	t.Error("nothing was lost on a disk that syncs nothing")
}
