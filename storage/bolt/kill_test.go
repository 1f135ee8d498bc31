package bolt_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"tumen/storage"
	"tumen/storage/bolt"
)

// killedStore names, in the environment, the store that this process writes to
// until it is killed.
const killedStore = "TUMEN_TEST_KILLED_STORE"

// madeStore names, in the environment, the store that this process makes and then
// keeps open until it is killed.
const madeStore = "TUMEN_TEST_MADE_STORE"

func TestMain(m *testing.M) {
	if path := os.Getenv(madeStore); path != "" {
		fmt.Fprintln(os.Stderr, makeUntilKilled(path))
		os.Exit(1)
	}
	if path := os.Getenv(killedStore); path != "" {
		fmt.Fprintln(os.Stderr, writeUntilKilled(path))
		os.Exit(1)
	}
	if path := os.Getenv(rewrittenStore); path != "" {
		fmt.Fprintln(os.Stderr, rewriteUntilKilled(path))
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// makeUntilKilled makes a store, says so, and goes on making files beside it. It
// returns only on an error.
func makeUntilKilled(path string) error {
	if _, err := bolt.Open(path, bolt.Options{}); err != nil {
		return err
	}
	fmt.Println("made")
	for n := 0; ; n++ {
		if err := os.WriteFile(fmt.Sprint(path, n), nil, 0o600); err != nil {
			return err
		}
	}
}

const killedWriters = 64

// killedReaders read what the writers write.
const killedReaders = 4

// writeUntilKilled writes under many goroutines, reads under some, and says on
// standard output, one line each, what was committed or was there to be read. It
// returns only on an error.
func writeUntilKilled(path string) error {
	s, err := bolt.Open(path, bolt.Options{MustExist: true})
	if err != nil {
		return err
	}
	failed := make(chan error)
	for writer := range killedWriters {
		go func() {
			for {
				var line string
				err := s.Update(context.Background(), func(w storage.Writer) (err error) {
					line, err = step(w, writer)
					return err
				})
				if err == nil {
					_, err = os.Stdout.WriteString(line)
				}
				if err != nil {
					failed <- err
					return
				}
			}
		}()
	}
	for reader := range killedReaders {
		go func() {
			for writer := reader; ; writer = (writer + killedReaders) % killedWriters {
				n, err := counted(s, writer)
				if err == nil {
					_, err = os.Stdout.WriteString(fmt.Sprintf("%d %d\n", writer, n))
				}
				if err != nil {
					failed <- err
					return
				}
			}
		}()
	}
	return <-failed
}

// counted reads how far a writer got.
func counted(s *bolt.Store, writer int) (n int, err error) {
	err = s.View(context.Background(), func(r storage.Reader) error {
		v, err := r.Get(fmt.Appendf(nil, "counter %02d", writer))
		if errors.Is(err, storage.ErrNotFound) {
			return nil
		}
		if err == nil {
			_, err = fmt.Sscan(string(v), &n)
		}
		return err
	})
	return n, err
}

// step writes the next record of a writer, its index row and its counter, and
// deletes an older record, so that pages are freed and used again. It returns
// the line that acknowledges it.
func step(w storage.Writer, writer int) (string, error) {
	counter := fmt.Appendf(nil, "counter %02d", writer)
	n := 0
	if v, err := w.Get(counter); err == nil {
		if _, err := fmt.Sscan(string(v), &n); err != nil {
			return "", err
		}
	} else if !errors.Is(err, storage.ErrNotFound) {
		return "", err
	}
	n++
	record, index := killedRows(writer, n)
	if err := errors.Join(
		w.Put(record, killedValue(writer, n)),
		w.Put(index, record),
		w.Put(counter, fmt.Append(nil, n))); err != nil {
		return "", err
	}
	if old := n - 5; old > 0 && old%2 == 1 {
		record, index := killedRows(writer, old)
		if err := errors.Join(w.Delete(record), w.Delete(index)); err != nil {
			return "", err
		}
	}
	return fmt.Sprintf("%d %d\n", writer, n), nil
}

func killedRows(writer, n int) (record, index []byte) {
	return fmt.Appendf(nil, "record %02d %08d", writer, n), fmt.Appendf(nil, "index %08d %02d", n, writer)
}

func killedValue(writer, n int) []byte {
	return []byte(strings.Repeat(fmt.Sprintf("%d of %d. ", n, writer), 1+(writer+n)%40))
}

// TestAcknowledgedWritesSurviveKill kills a process amid its writes, again and
// again on the same file: what it had acknowledged is there, and nothing is
// there by half.
func TestAcknowledgedWritesSurviveKill(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store")
	closed(t, open(t, path, bolt.Options{}))
	acknowledged := make([]int, killedWriters)
	for round := range 12 {
		if err := runAndKill(path, 1+rand.IntN(400), acknowledged); err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
		sound(t, path)
		s := open(t, path, atOnce)
		if err := s.View(context.Background(), func(r storage.Reader) error { return survived(r, acknowledged) }); err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
		closed(t, s)
	}
}

// runAndKill lets a child write until it has acknowledged a number of writes,
// kills it, and notes in acknowledged how far each writer got.
func runAndKill(path string, lines int, acknowledged []int) error {
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), killedStore+"="+path)
	child.Stderr = os.Stderr
	out, err := child.StdoutPipe()
	if err != nil {
		return err
	}
	if err := child.Start(); err != nil {
		return err
	}
	scanner := bufio.NewScanner(out)
	for seen := 0; scanner.Scan(); seen++ { // also what came out before it died
		var writer, n int
		if _, err := fmt.Sscan(scanner.Text(), &writer, &n); err != nil {
			return errors.Join(err, child.Process.Kill(), child.Wait())
		}
		acknowledged[writer] = max(acknowledged[writer], n)
		if seen == lines {
			if err := child.Process.Kill(); err != nil {
				return err
			}
		}
	}
	var exit *exec.ExitError
	if err := child.Wait(); !errors.As(err, &exit) || exit.Exited() {
		return fmt.Errorf("the child wasn't killed: %v", err)
	}
	return scanner.Err()
}

// survived compares every row with what the writers must have left.
func survived(r storage.Reader, acknowledged []int) error {
	want := map[string]string{}
	for writer, atLeast := range acknowledged {
		counter := fmt.Sprintf("counter %02d", writer)
		v, err := r.Get([]byte(counter))
		if errors.Is(err, storage.ErrNotFound) && atLeast == 0 {
			continue
		}
		if err != nil {
			return err
		}
		var last int
		if _, err := fmt.Sscan(string(v), &last); err != nil {
			return err
		}
		if last < atLeast {
			return fmt.Errorf("writer %d was told %d, the store has %d", writer, atLeast, last)
		}
		want[counter] = string(v)
		for n := 1; n <= last; n++ {
			if n%2 == 1 && n <= last-5 {
				continue
			}
			record, index := killedRows(writer, n)
			want[string(record)], want[string(index)] = string(killedValue(writer, n)), string(record)
		}
	}
	for row, err := range r.Scan(storage.Range{}) {
		if err != nil {
			return err
		}
		if v, ok := want[string(row.Key)]; !ok || v != string(row.Value) {
			return fmt.Errorf("the row %q holds %q, want %q (expected: %v)", row.Key, row.Value, v, ok)
		}
		delete(want, string(row.Key))
	}
	if len(want) > 0 {
		return fmt.Errorf("%d rows are missing", len(want))
	}
	return nil
}
