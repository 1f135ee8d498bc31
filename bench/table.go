package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"text/tabwriter"
)

// sample takes one figure in one run.
type sample func(ctx context.Context) (float64, error)

// row is one line of the table.
type row struct {
	name    string // for -only
	work    string
	against string
	unit    string
	target  float64 // of ours divided by the peer's
	atMost  bool    // the ratio is to stay below the target, not above it
	once    bool    // a size, not a speed: measured once
	// prepare starts what the row needs. Where our server can't be built the
	// first sample is nil and the peer is measured alone.
	prepare func(ctx context.Context, l *lab) (ours, peer sample, err error)
}

// result is a row with its figures; ours and ratio are 0 where ours is missing.
type result struct {
	row
	ours, peer, ratio float64
	missing           error // why there is no figure of ours
	err               error
}

// measure takes the row's figures, in turns, and their medians.
func measure(ctx context.Context, l *lab, r row, runs int) result {
	res := result{row: r}
	ours, peer, err := r.prepare(ctx, l)
	if err != nil {
		res.err = err
		return res
	}
	if r.once {
		runs = 1
	}
	var of, ps, ratios []float64
	for range runs {
		var o, p float64
		if ours != nil {
			if o, res.err = ours(ctx); res.err != nil {
				return res
			}
			of = append(of, o)
		}
		if p, res.err = peer(ctx); res.err != nil {
			return res
		}
		ps = append(ps, p)
		if ours != nil && p > 0 {
			ratios = append(ratios, o/p)
		}
	}
	if res.peer, res.err = median(ps); res.err != nil || ours == nil {
		res.missing = l.missing
		return res
	}
	if res.ours, res.err = median(of); res.err == nil {
		res.ratio, res.err = median(ratios)
	}
	return res
}

// verdict says whether the target is met.
func (r result) verdict() string {
	switch {
	case r.err != nil:
		return "failed"
	case r.missing != nil:
		return "not measured"
	case r.atMost && r.ratio > r.target, !r.atMost && r.ratio < r.target:
		return "missed"
	}
	return "met"
}

func (r result) goal() string {
	sign := "≥"
	if r.atMost {
		sign = "≤"
	}
	return fmt.Sprintf("%s %g ×", sign, r.target)
}

// printTable prints the results, one line each, and below them what went wrong.
func printTable(w io.Writer, results []result) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "row\twork\tagainst\tours\tpeer\tunit\tratio\ttarget\t")
	notes := map[string]bool{}
	var order []string
	note := func(text string) {
		if !notes[text] {
			notes[text] = true
			order = append(order, text)
		}
	}
	for _, r := range results {
		ours, peer, ratio := "–", "–", "–"
		if r.err != nil {
			note(r.name + ": " + r.err.Error())
		} else {
			if r.peer != 0 {
				peer = figure(r.peer)
			}
			if r.missing != nil {
				note("ours: " + r.missing.Error())
			} else {
				ours, ratio = figure(r.ours), fmt.Sprintf("%.2f ×", r.ratio)
			}
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", r.name, r.work, r.against, ours, peer, r.unit, ratio, r.goal(), r.verdict())
	}
	if err := t.Flush(); err != nil {
		return err
	}
	for _, text := range order {
		if _, err := fmt.Fprintln(w, text); err != nil {
			return err
		}
	}
	return nil
}

// figure rounds to what a noisy machine can tell.
func figure(f float64) string {
	switch {
	case f >= 10_000:
		return fmt.Sprintf("%.1fk", f/1000)
	case f >= 100:
		return fmt.Sprintf("%.0f", f)
	}
	return fmt.Sprintf("%.2f", f)
}

func failures(results []result) error {
	var all []error
	for _, r := range results {
		if r.err != nil || r.missing != nil && !errors.Is(r.missing, errNoServer) {
			all = append(all, fmt.Errorf("%s failed", r.name))
		}
	}
	return errors.Join(all...)
}
