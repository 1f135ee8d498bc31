package cli

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	tumenv1 "tumen/proto/tumen/v1"
)

// handled is what members are called, by their names.
type handled map[string]string

func handles(all []*tumenv1.Member) handled {
	known := handled{}
	for _, m := range all {
		known[m.GetName()] = m.GetHandle()
	}
	return known
}

// of is what a member is called: the server itself where there is none.
func (h handled) of(name string) string {
	if name == "" {
		return "the server"
	}
	return firstOf(h[name], name)
}

// presentMember shows a member, and what waits for them.
func (s *session) presentMember(ctx context.Context, m *tumenv1.Member) error {
	if s.json {
		return s.out.document(m)
	}
	all, err := s.colleagues(ctx)
	if err != nil {
		return err
	}
	known := handles(all)
	s.out.heading(visible(firstOf(m.GetDisplayName(), m.GetHandle())))
	s.out.line("handle      %s", visible(m.GetHandle()))
	s.out.line("roles       %s", firstOf(listed(m.GetRoles()), "none"))
	s.out.line("clearances  %s", firstOf(listed(m.GetClearances()), "none"))
	s.out.line("markings    up to %s", markingWords(cmp.Or(m.GetHighestMarking(), tumenv1.Marking_MARKING_RED)))
	s.out.line("identities  %d records a day", cmp.Or(m.GetIdentityBudget(), 200))
	if r := m.GetBudgetRelease(); r != nil {
		s.out.line("            and %d more on %s, released by %s", r.GetRecords(), day(r.GetDay()), visible(known.of(r.GetReleaser())))
	}
	if m.GetSuspendTime() != nil {
		s.out.line("suspended   %s", minute(m.GetSuspendTime().AsTime(), true))
	}
	if m.GetBreakGlass() {
		s.out.line("break-glass made, or given what they may do, on the server itself")
	}
	for _, line := range waiting(m.GetPending(), known) {
		s.out.line("waits       %s", visible(line))
	}
	s.out.line("")
	s.out.line("%s  revision %d by %s", visible(m.GetName()), m.GetRevision(), visible(known.of(m.GetUpdater())))
	return nil
}

// waiting says what waits for a member, a line for each thing.
func waiting(p *tumenv1.PendingChange, known handled) []string {
	var lines, more []string
	for _, part := range []struct{ what, words string }{{"roles", listed(p.GetRoles())}, {"clearances", listed(p.GetClearances())}} {
		if part.words != "" {
			more = append(more, part.what+" "+part.words)
		}
	}
	if p.GetHighestMarking() != 0 {
		more = append(more, "markings up to "+markingWords(p.GetHighestMarking()))
	}
	if p.GetIdentityBudget() != 0 {
		more = append(more, fmt.Sprintf("%d identities a day", p.GetIdentityBudget()))
	}
	if len(more) > 0 {
		lines = append(lines, fmt.Sprintf("%s: proposed by %s", strings.Join(more, "; "), known.of(p.GetProposer())))
	}
	if p.GetEnrolment() {
		how := "nobody has yet"
		if p.GetEnrolTime() != nil {
			how = "somebody has, " + minute(p.GetEnrolTime().AsTime(), true) + ": ask the member what their token is called"
		}
		lines = append(lines, fmt.Sprintf("enrols with a code of %s: %s", known.of(p.GetEnroller()), how))
	}
	return lines
}
