package cli

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	tumenv1 "tumen/proto/tumen/v1"
)

// countFilters are the flags of the count; they are those of lists, and one more.
func countFilters() []binding {
	bindings := filters((*tumenv1.CountPeopleRequest)(nil).ProtoReflect().Descriptor())
	for i := range bindings {
		switch bindings[i].flag {
		case "case":
			bindings[i].help = "only of this `CASE`"
		case "include-may-be":
			bindings[i].help = "count events, too, that may but need not lie in the period"
		}
	}
	return bindings
}

func (s *session) countCommand() *cobra.Command {
	flags := countFilters()
	cmd := &cobra.Command{
		Use:   "count",
		Short: "Total the people that acts befell; acts are never added to each other",
		Args:  cobra.NoArgs,
		RunE: runs(func(cmd *cobra.Command, _ []string) error {
			ctx := cmd.Context()
			if err := s.connect(ctx); err != nil {
				return err
			}
			request := &tumenv1.CountPeopleRequest{}
			in := &input{ctx: ctx, s: s, message: request.ProtoReflect()}
			if _, err := in.apply(cmd.Flags(), flags); err != nil {
				return err
			}
			reply, err := s.conn.Statistics.CountPeople(ctx, request)
			if err != nil {
				return err
			}
			if s.json {
				return s.out.document(reply)
			}
			return s.presentTotals(ctx, reply.GetTotals())
		}),
	}
	s.declare(cmd, flags, (*tumenv1.CountPeopleRequest)(nil).ProtoReflect().Descriptor())
	return cmd
}

// presentTotals names the sources that figures rest on, as far as they can be seen.
func (s *session) presentTotals(ctx context.Context, totals []*tumenv1.Total) error {
	view := newMatterView(s.profile.Organisation)
	l := &loader{session: s, view: view}
	names := map[string]bool{}
	var events []string
	for _, t := range totals {
		for _, o := range t.GetOverlaps() {
			events = append(events, o.GetEvents()...)
		}
		for _, c := range t.GetContributions() {
			events = append(events, c.GetEvent(), c.GetWithinEvent())
			for _, source := range c.GetSources() {
				names[source] = true
			}
		}
	}
	if err := l.fetchAll(ctx, slices.Collect(maps.Keys(names))); err != nil {
		return err
	}
	s.register.lookUp(ctx, events...)
	for _, event := range events {
		view.called[event] = s.register.known[event]
	}
	for _, t := range totals {
		for _, c := range t.GetContributions() { // a title says more than a key
			view.called[c.GetEvent()] = firstOf(c.GetTitle(), view.called[c.GetEvent()])
		}
	}
	if len(totals) == 0 {
		s.out.line("nothing recorded fits")
	}
	for i, t := range totals {
		if i > 0 {
			s.out.line("")
		}
		view.total(s.out, t)
	}
	return nil
}

// totalWords is a range whose high may be open: "at least 541", "541 to 720".
func totalWords(low int64, high *int64) string {
	switch {
	case high == nil:
		return fmt.Sprintf("at least %d, no upper bound", low)
	case low == *high:
		return count64(low)
	}
	return fmt.Sprintf("%d to %d", low, *high)
}

func (v *matterView) total(out *output, t *tumenv1.Total) {
	out.heading(visible(t.GetAct()) + ": " + totalWords(t.GetLow(), t.High))
	if t.GetNamedPersons() > 0 {
		out.line("  persons by name: %d (a figure of its own)", t.GetNamedPersons())
	}
	for _, o := range t.GetByOutcome() {
		out.line("  occurrence %s: %s (%s)", outcomeWords(o.GetOutcome()), totalWords(o.GetLow(), o.High), plural(int(o.GetEvents()), "event"))
	}
	for _, c := range t.GetContributions() {
		v.contribution(out, c)
	}
	for _, text := range sorted(t.GetOverlaps(), func(o *tumenv1.Overlap) string { return v.list(o.GetEvents()) }) {
		out.wrapped("  ! ", "may be the same, unsettled: "+visible(text))
	}
	out.wrapped("  how: ", visibleLines(t.GetMethod()))
	for _, note := range t.GetNotes() {
		out.wrapped("  ! ", visibleLines(v.readable(note)))
	}
}

func (v *matterView) contribution(out *output, c *tumenv1.Contribution) {
	mark := "  + "
	if !c.GetCounted() {
		mark = "  (not added) "
	}
	event := firstOf(c.GetTitle(), v.label(c.GetEvent()))
	figures := annotated(event+": "+totalWords(c.GetLow(), c.High), words(c.GetDating()), "occurrence "+outcomeWords(c.GetOutcome()), "from "+basisOfCount(c.GetBasis()))
	out.wrapped(mark, visible(figures))
	var rest []string
	if len(c.GetSources()) > 0 {
		rest = append(rest, "rests on "+v.list(c.GetSources()))
	}
	if c.GetSingleSource() {
		rest = append(rest, "one origin only")
	}
	if c.GetWithinEvent() != "" {
		rest = append(rest, "part of "+v.label(c.GetWithinEvent()))
	}
	for _, text := range []string{strings.Join(rest, ", "), v.readable(c.GetExplanation())} {
		if text != "" {
			out.wrapped("      ", visible(text))
		}
	}
}

func outcomeWords(state tumenv1.FindingState) string {
	return firstOf(words(state), "without a finding")
}

func basisOfCount(b tumenv1.CountBasis) string {
	switch b {
	case tumenv1.CountBasis_COUNT_BASIS_FINDING:
		return "the decided finding"
	case tumenv1.CountBasis_COUNT_BASIS_CLAIMS:
		return "claims"
	case tumenv1.CountBasis_COUNT_BASIS_RECORDED:
		return "the event's recorded count"
	}
	return "nothing known"
}
