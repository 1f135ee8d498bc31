// Command bench compares tumend with other servers on this machine and prints
// one table: ours, the peer's, the ratio of the two, and the target.
//
//	go run -C bench . [-only write-64,read-echo] [-runs 5] [-seconds 3] [-claims 1000000]
//
// Machines differ, so only the ratio means something: each is the median over
// several runs, in which we and the peer take turns. Every server is started
// here, as a process of its own on loopback with a store in a temporary folder,
// and stopped at the end. A benchmark reports; missing a target is no error.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"strings"
	"syscall"
	"time"
)

// settings are the command's flags.
type settings struct {
	only   string
	runs   int
	length time.Duration // of one run
	claims int           // in the large store
	dir    string        // for the stores
}

func main() {
	var s settings
	var seconds float64
	flag.StringVar(&s.only, "only", "", "comma-separated names of rows; all if empty")
	flag.IntVar(&s.runs, "runs", 5, "alternating runs a row")
	flag.Float64Var(&seconds, "seconds", 3, "length of one run")
	flag.IntVar(&s.claims, "claims", 1_000_000, "claims in the large store of the rows that compare sizes")
	flag.StringVar(&s.dir, "dir", "", "folder for the stores, on the disk that is to be measured (default: the temporary folder)")
	flag.Parse()
	s.length = time.Duration(seconds * float64(time.Second))
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, s); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// run measures the chosen rows and prints the table. A row that fails is printed
// with its error and makes the command fail at the end.
func run(ctx context.Context, s settings) (err error) {
	if s.runs < 1 || s.length < 100*time.Millisecond || s.claims <= smallStore {
		return fmt.Errorf("needs at least 1 run, 0.1 seconds and more than %d claims", smallStore)
	}
	chosen, err := choose(rows(), s.only)
	if err != nil {
		return err
	}
	l, err := newLab(s)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, l.close()) }()
	fmt.Printf("%s/%s, %d processors, %s; %d runs of %s\n", runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), runtime.Version(), s.runs, s.length)
	var results []result
	for _, r := range chosen {
		fmt.Fprintf(os.Stderr, "measuring %s\n", r.name)
		results = append(results, measure(ctx, l, r, s.runs))
		if ctx.Err() != nil {
			break
		}
	}
	if err := printTable(os.Stdout, results); err != nil {
		return err
	}
	return failures(results)
}

// choose picks rows by name, in the table's order.
func choose(all []row, only string) ([]row, error) {
	if only == "" {
		return all, nil
	}
	wanted := map[string]bool{}
	for name := range strings.SplitSeq(only, ",") {
		wanted[strings.TrimSpace(name)] = true
	}
	var chosen []row
	var names []string
	for _, r := range all {
		names = append(names, r.name)
		if wanted[r.name] {
			chosen = append(chosen, r)
			delete(wanted, r.name)
		}
	}
	for name := range wanted {
		return nil, fmt.Errorf("no row %q; there are %s", name, strings.Join(names, ", "))
	}
	return chosen, nil
}
