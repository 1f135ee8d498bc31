package records

import (
	"bytes"
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	tumenv1 "tumen/proto/tumen/v1"
	"tumen/storage"
	"tumen/storage/bolt"
)

// revisionsOf reads every revision of the named records that can be read. What is
// not there, or does not open, is left out.
func revisionsOf(s *Store, names []string) map[string][]Revision {
	all := map[string][]Revision{}
	for _, name := range names {
		_ = s.View(context.Background(), func(v *View) error {
			found, err := v.Revisions(name, 0, 100)
			if err == nil {
				all[name] = found
			}
			return err
		})
	}
	return all
}

// TestAFlippedByte: whatever byte of a store's file is changed, nothing is served
// that was not stored, and where something is missing or Check passes over it,
// either the pages or Check say so or nothing stored is affected.
func TestAFlippedByte(t *testing.T) {
	c := openChecked(t)
	for range 30 {
		update(c.office, c.claim, func(claim *tumenv1.Claim) { claim.Notes += "and another thing. " })
	}
	names := []string{c.org, c.member, c.matter, c.source, c.event, c.person, c.finding, c.claim}
	want := revisionsOf(c.store, names)
	whole := fileOf(t, c.store)
	must(t, c.store.Close())

	flips := 2000
	if raceDetector {
		flips = 60
	}
	random := rand.New(rand.NewPCG(1, 2))
	path := filepath.Join(t.TempDir(), "flipped.db")
	written := len(bytes.TrimRight(whole, "\x00"))
	told, harmless := 0, 0
	for range flips {
		at := random.IntN(written)
		damaged := bytes.Clone(whole)
		damaged[at] ^= byte(1 + random.IntN(255))
		must(t, os.WriteFile(path, damaged, 0o600))
		served, serving := servedFrom(t, path, names)
		for name, revisions := range served {
			for i, r := range revisions {
				if len(revisions) != len(want[name]) || !proto.Equal(r.Record, want[name][i].Record) || r.Method != want[name][i].Method {
					t.Fatalf("byte %d: a revision of %s is served that was not stored, or not all of them", at, name)
				}
			}
		}
		switch found, err := checkOf(path); {
		case err != nil || found > 0:
			told++
		case serving == nil && len(served) == len(want):
			harmless++
		default:
			t.Fatalf("byte %d: what is missing is found neither on the pages nor by Check: %d of %d, %v", at, len(served), len(want), serving)
		}
	}
	if told < flips/4 {
		t.Errorf("of %d changed bytes %d were told", flips, told)
	}
	t.Logf("of %d changed bytes %d were told and %d affect nothing that is stored", flips, told, harmless)
}

// fileOf is the file of a store at rest.
func fileOf(t *testing.T, s *Store) []byte {
	t.Helper()
	var b bytes.Buffer
	must(t, s.backend.(*bolt.Store).Backup(context.Background(), &b))
	return b.Bytes()
}

// servedFrom opens a file that may be damaged and reads from it.
func servedFrom(t *testing.T, path string, names []string) (map[string][]Revision, error) {
	t.Helper()
	backend, err := bolt.Open(path, bolt.Options{MustExist: true, LockTimeout: time.Second})
	if err != nil {
		return nil, err
	}
	s, err := Open(context.Background(), backend, testKeys)
	if err != nil {
		must(t, backend.Close())
		return nil, err
	}
	served := revisionsOf(s, names)
	must(t, s.Close())
	return served, nil
}

// checkOf counts what is wrong with a file, from its rows to its pages. The pages
// are looked at in a process of its own: there, a damaged one may end it.
func checkOf(path string) (int, error) {
	backend, err := bolt.Open(path, bolt.Options{ReadOnly: true})
	if err != nil {
		return 0, err
	}
	report, err := Check(context.Background(), backend, testKeys, nil)
	if err = errors.Join(err, backend.Close()); err != nil || report == nil {
		return 0, errors.Join(err, storage.ErrCorrupt)
	}
	if report.Found > 0 {
		return report.Found, nil
	}
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), checkedFile+"="+path)
	if child.Run() != nil {
		return 1, nil
	}
	return 0, nil
}
