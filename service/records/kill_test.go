package records

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	tumenv1 "tumen/proto/tumen/v1"
	"tumen/storage/bolt"
)

var killRounds = flag.Int("kill-rounds", 6, "how many times TestKilled kills")

// killedStore names, in the environment, the store that this process writes to
// until it is killed.
const killedStore = "TUMEN_TEST_KILLED_RECORDS"

// checkedFile names, in the environment, the file whose pages this process looks at.
const checkedFile = "TUMEN_TEST_CHECKED_FILE"

func TestMain(m *testing.M) {
	flag.Parse()
	// Under the race detector a program waits a second before it ends; the hundreds of
	// processes started here need not.
	os.Setenv("GORACE", "atexit_sleep_ms=0 "+os.Getenv("GORACE"))
	if path := os.Getenv(killedStore); path != "" {
		fmt.Fprintln(os.Stderr, writeUntilKilled(path))
		os.Exit(1)
	}
	if path := os.Getenv(checkedFile); path != "" {
		if problems, err := bolt.Check(path); err != nil || len(problems) > 0 {
			os.Exit(1)
		}
		os.Exit(0)
	}
	code := m.Run()
	os.RemoveAll(os.Getenv(keysVariable)) // made for the tests
	os.Exit(code)
}

const killedWriters = 64

// killed is the store of the test, with a case for each writer. Writer w has
// made n steps when the summary of its case says n.
type killed struct {
	store  *Store
	author Author
	cases  []string
	source string
}

func openKilled(path string) (*killed, error) {
	backend, err := bolt.Open(path, bolt.Options{})
	if err != nil {
		return nil, err
	}
	s, err := Open(context.Background(), backend, testKeys)
	if err != nil {
		return nil, errors.Join(err, backend.Close())
	}
	k := &killed{store: s}
	if err := k.recognise(); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return k, nil
}

// recognise finds what the writers write to.
func (k *killed) recognise() error {
	return k.store.View(context.Background(), func(v *View) error {
		org, err := v.OrganisationByHandle("ngo")
		if org == nil || err != nil {
			return errors.Join(errors.New("the organisation that was there is not"), err)
		}
		m, err := v.MemberByHandle(org.GetName(), "kim")
		if m == nil || err != nil {
			return errors.Join(errors.New("the member that was there is not"), err)
		}
		k.author = Author{Member: m.GetName(), Organisation: org.GetName(), Method: "ClaimService/CreateClaim", Reason: "a test"}
		for w := range killedWriters {
			c, err := v.ByExternalID(org.GetName(), "writer", fmt.Sprint(w))
			if c == nil || err != nil {
				return errors.Join(errors.New("a case that was there is not"), err)
			}
			k.cases = append(k.cases, c.GetName())
		}
		s, err := v.ByExternalID(org.GetName(), "the", "source")
		if s == nil || err != nil {
			return errors.Join(errors.New("the source that was there is not"), err)
		}
		k.source = s.GetName()
		return nil
	})
}

// furnishKilled makes what the writers write to.
func furnishKilled(t *testing.T, path string) {
	o := openOffice(t, boltAt(t, path))
	o.do(func(tx *Tx) error {
		for w := range killedWriters {
			c := &tumenv1.Case{Title: "x", Summary: "0", Reference: fmt.Sprintf("2026-W%d", w), ExternalIds: called("writer", fmt.Sprint(w))}
			if err := tx.Create(c, ""); err != nil {
				return err
			}
		}
		return tx.Create(&tumenv1.Source{Kind: "x", Title: "y", ExternalIds: called("the", "source")}, "")
	})
	must(t, o.store.Close())
}

// requestOf is the request id of a writer's nth step.
func requestOf(w, n int) string { return fmt.Sprintf("%08x-0000-7000-8000-%012x", n, w) }

// step makes a writer's next step: an event, claims on it and on the one before,
// the findings on them, a change of the claim made before, and the case's count.
func (k *killed) step(w int) (n int, err error) {
	a := k.author
	_, err = k.store.Change(context.Background(), a, func(tx *Tx) error {
		c, err := Get[*tumenv1.Case](&tx.View, k.cases[w])
		if err != nil {
			return err
		}
		n, err = strconv.Atoi(c.GetSummary())
		n++
		return err
	})
	if err != nil {
		return 0, err
	}
	a.RequestID = requestOf(w, n)
	_, err = k.store.Change(context.Background(), a, func(tx *Tx) error { return k.write(tx, w, n) })
	return n, err
}

func (k *killed) write(tx *Tx, w, n int) error {
	event := anEvent("detention", fmt.Sprintf("20%02d-%02d/..", n%90+10, 1+w%12), "places/hunchun")
	event.ExternalIds = called(fmt.Sprint("event-", w), fmt.Sprint(n))
	if err := tx.Create(event, k.cases[w]); err != nil {
		return err
	}
	claim := aClaim(k.source, event.GetName())
	claim.ExternalIds = called(fmt.Sprint("claim-", w), fmt.Sprint(n))
	if err := tx.Create(claim, k.cases[w]); err != nil {
		return err
	}
	f := &tumenv1.Finding{Subject: event.GetName(), Aspect: claim.GetAspect(), State: tumenv1.FindingState_FINDING_STATE_REPORTED}
	if err := tx.Create(f, k.cases[w]); err != nil {
		return err
	}
	before, err := tx.ByExternalID(tx.Author().Organisation, fmt.Sprint("event-", w), fmt.Sprint(n-1))
	if err != nil {
		return err
	}
	if before != nil {
		if err := edited(tx, before.GetName(), func(e *tumenv1.Event) { e.Time.Edtf, e.Places[0].Place = "2023", "places/tumen" }); err != nil {
			return err
		}
	}
	if n%3 == 0 {
		if err := tx.SourceChanged(k.source); err != nil {
			return err
		}
	}
	tx.Names(event.GetName(), claim.GetName())
	return edited(tx, k.cases[w], func(c *tumenv1.Case) { c.Summary = fmt.Sprint(n) })
}

// writeUntilKilled writes with many goroutines, and says on standard output, one
// line each, what was committed. It returns only on an error.
func writeUntilKilled(path string) error {
	k, err := openKilled(path)
	if err != nil {
		return err
	}
	failed := make(chan error)
	for w := range killedWriters {
		go func() {
			for {
				n, err := k.step(w)
				var line string
				if err == nil {
					line, err = k.line(w, n)
				}
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
	return <-failed
}

// TestKilled kills a process amid the changes of many callers, again and again
// on the same store: what it had acknowledged is there, nothing is there by half,
// records and indexes agree, and the ledger goes on from where it was.
func TestKilled(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tumen.db")
	furnishKilled(t, path)
	most := 600 // changes in a round
	if raceDetector {
		most = 200 // make test makes as many as elsewhere in a run without it
	}
	var told acknowledged
	for round := range *killRounds {
		if err := runAndKill(path, 1+rand.IntN(most), &told); err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
		if err := told.survived(path); err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
	}
}

// runAndKill lets a child write until it has acknowledged a number of changes,
// kills it by its own id, and notes what it said.
func runAndKill(path string, lines int, told *acknowledged) error {
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
		if err := told.note(scanner.Text()); err != nil {
			return errors.Join(err, child.Process.Kill(), child.Wait())
		}
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

// survived checks all that is in a store against what was acknowledged, and takes
// over what is there beyond that.
func (a *acknowledged) survived(path string) (err error) {
	k, err := openKilled(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, k.store.Close()) }()
	report, err := Check(context.Background(), k.store.backend, testKeys, nil)
	if err != nil {
		return err
	}
	if report.Found != 0 {
		return fmt.Errorf("%d problems: %s", report.Found, strings.Join(report.Problems, "\n"))
	}
	if err := k.store.View(context.Background(), func(v *View) error { return a.compare(k, v) }); err != nil {
		return err
	}
	// What a call that may not have been answered did, its repetition tells.
	for w, n := range a.steps {
		if n == 0 {
			continue
		}
		author := k.author
		author.RequestID = requestOf(w, n)
		r, err := k.store.Change(context.Background(), author, func(*Tx) error { return errors.New("it is done again") })
		if err != nil || !r.Repeated || len(r.Names) != 2 {
			return fmt.Errorf("writer %d, step %d again: %+v %v", w, n, r, err)
		}
	}
	return nil
}

func (a *acknowledged) compare(k *killed, v *View) error {
	tree, err := a.continued(v)
	if err != nil {
		return err
	}
	for w, name := range k.cases {
		c, err := Get[*tumenv1.Case](v, name)
		if err != nil {
			return err
		}
		n, err := strconv.Atoi(c.GetSummary())
		if err != nil {
			return err
		}
		// Each writer has one step under way at most.
		if n < a.steps[w] || n > a.steps[w]+1 || c.GetRevision() != int64(n)+1 {
			return fmt.Errorf("writer %d: %d steps are there, revision %d; %d were acknowledged", w, n, c.GetRevision(), a.steps[w])
		}
		if err := k.whole(v, w, n); err != nil {
			return err
		}
		if err := k.provable(v, tree, w, a.steps[w], n); err != nil {
			return err
		}
		a.steps[w] = n
	}
	a.tree = tree
	return nil
}

// whole checks that each of a writer's n steps is there, all of it, and no more.
func (k *killed) whole(v *View, w, n int) error {
	for step := 1; step <= n+1; step++ {
		event, err := v.ByExternalID(k.author.Organisation, fmt.Sprint("event-", w), fmt.Sprint(step))
		if err != nil {
			return err
		}
		claim, err := v.ByExternalID(k.author.Organisation, fmt.Sprint("claim-", w), fmt.Sprint(step))
		if err != nil {
			return err
		}
		if (event != nil) != (step <= n) || (claim != nil) != (step <= n) {
			return fmt.Errorf("writer %d made %d steps; of step %d there are event %v, claim %v", w, n, step, event != nil, claim != nil)
		}
		if step > n {
			continue
		}
		f, err := v.FindingOn(event.GetName(), tumenv1.Aspect_ASPECT_OCCURRENCE)
		if err != nil {
			return err
		}
		want := min(2, int64(n-step)+1)
		if f == nil || event.GetRevision() != want {
			return fmt.Errorf("writer %d, step %d of %d: revision %d, want %d; finding %v", w, step, n, event.GetRevision(), want, f != nil)
		}
	}
	return nil
}

// provable checks that the ledger commits to a writer's last steps, from one of them
// to another: the event as it was made and as it is, the claim, and the case.
func (k *killed) provable(v *View, tree checkpointed, w, from, to int) error {
	for step := max(1, from); step <= to; step++ {
		event, err := v.ByExternalID(k.author.Organisation, fmt.Sprint("event-", w), fmt.Sprint(step))
		if err != nil {
			return err
		}
		claim, err := v.ByExternalID(k.author.Organisation, fmt.Sprint("claim-", w), fmt.Sprint(step))
		if err != nil {
			return err
		}
		if err := errors.Join(
			tree.provable(v, event.GetName(), 1),
			tree.provable(v, event.GetName(), event.GetRevision()),
			tree.provable(v, claim.GetName(), 1),
			tree.provable(v, k.cases[w], int64(step)+1),
		); err != nil {
			return err
		}
	}
	return nil
}
