package cli

import (
	"context"
	"slices"
	"strings"

	"google.golang.org/protobuf/proto"

	tumenv1 "tumen/proto/tumen/v1"
)

func presentCase(s *session, ctx context.Context, m proto.Message) error {
	view, err := s.loadCaseView(ctx, m.(*tumenv1.Case))
	if err != nil {
		return err
	}
	if s.json {
		return view.json(s, "case", m)
	}
	view.render(s.out)
	return nil
}

// render prints a case for a person: what it is, its events in the order of
// time, what is said about each and how far that carries, and what was done.
func (v *matterView) render(out *output) {
	v.head(out)
	if len(v.events) > 0 {
		out.line("")
		out.heading("Events")
	}
	for _, e := range v.events {
		v.event(out, e)
	}
	if len(v.involvements) > 0 {
		out.line("")
		out.heading("Involvements")
	}
	for _, i := range v.involvements {
		v.involvement(out, i)
	}
	for _, subject := range v.subjects() {
		out.line("")
		out.heading(visible(v.subjectLabel(subject)))
		for _, f := range v.findings {
			if f.GetSubject() == subject {
				v.finding(out, f)
			}
		}
	}
	if len(v.interventions) > 0 {
		out.line("")
		out.heading("Interventions")
	}
	for _, i := range v.interventions {
		v.intervention(out, i)
	}
}

func (v *matterView) head(out *output) {
	c := v.matter
	out.heading(strings.TrimSpace(visible(c.GetReference() + "  " + c.GetTitle())))
	state := []string{markingWords(c.GetMarking()), words(c.GetState())}
	if c.GetUrgency() != tumenv1.Urgency_URGENCY_UNSPECIFIED {
		state = append(state, words(c.GetUrgency()))
	}
	if c.GetFollowUpDate() != "" {
		state = append(state, "look again on "+visible(c.GetFollowUpDate()))
	}
	if c.GetDeleteTime() != nil {
		state = append(state, "deleted")
	}
	out.line("%s", strings.Join(state, " · "))
	if text := c.GetHeadline().GetText(); text != "" {
		out.line("%s", visible(annotated(text, v.label(c.GetHeadline().GetEvent()))))
	}
	out.line("%s", visible(c.GetName()))
	if c.GetSummary() != "" {
		out.line("")
		out.wrapped("  ", visibleLines(c.GetSummary()))
	}
	for _, w := range c.GetWithheld() {
		out.line("  withheld from you: %s", visible(withheldWords(w)))
	}
}

// markingWords writes a marking as TLP does.
func markingWords(m tumenv1.Marking) string {
	switch m {
	case tumenv1.Marking_MARKING_UNSPECIFIED:
		return "unmarked"
	case tumenv1.Marking_MARKING_AMBER_STRICT:
		return "TLP:AMBER+STRICT"
	}
	return "TLP:" + strings.ToUpper(word(m))
}

func (v *matterView) event(out *output, e *tumenv1.Event) {
	out.wrapped("  ", visible(v.eventTitle(e)))
	detail := []string{}
	if e.GetTitle() != "" {
		detail = append(detail, v.act(e))
	}
	if e.GetUsedTime().GetBasis() == tumenv1.TimeBasis_TIME_BASIS_FINDING {
		detail = append(detail, "time as found")
	}
	if places := placesWords(e.GetPlaces(), v.called); places != "" {
		detail = append(detail, places)
	}
	if people := countWords(e.GetPeople()); people != "" {
		detail = append(detail, people+" people")
	}
	if e.GetPartOf() != "" {
		detail = append(detail, "part of "+v.label(e.GetPartOf()))
	}
	if len(e.GetPossiblySameAs()) > 0 {
		detail = append(detail, "possibly the same as "+v.list(e.GetPossiblySameAs()))
	}
	if len(e.GetFollows()) > 0 {
		detail = append(detail, "follows "+v.list(e.GetFollows()))
	}
	if len(detail) > 0 {
		out.wrapped("      ", visible(strings.Join(detail, "; ")))
	}
	if len(e.GetUncoveredClaims()) > 0 {
		out.wrapped("      ! ", visible("its recorded time does not cover what is claimed in "+v.list(e.GetUncoveredClaims())))
	}
}

func (v *matterView) involvement(out *output, i *tumenv1.Involvement) {
	out.wrapped("  ", visible(v.involvementTitle(i)))
	if people := countWords(i.GetPeople()); people != "" {
		out.wrapped("      ", visible(people+" people"))
	}
	if i.GetCustodyStatus() != "" {
		rests := "no claim"
		if len(i.GetStatusClaims()) > 0 {
			rests = "rests on " + v.list(i.GetStatusClaims())
		}
		out.wrapped("      ", visible(annotated("status: "+i.GetCustodyStatus(), rests)))
	}
}

func (v *matterView) intervention(out *output, i *tumenv1.Intervention) {
	who := firstOf(i.GetBy(), "somebody")
	if i.GetAddressee() != "" {
		who += " to " + i.GetAddressee()
	}
	out.wrapped("  ", visible(strings.TrimSpace(i.GetDate()+"  "+words(i.GetKind())+": "+who)))
	if i.GetSummary() != "" {
		out.wrapped("      ", visibleLines(i.GetSummary()))
	}
	if i.GetAnswer() != "" {
		out.wrapped("      answer: ", visibleLines(annotated(i.GetAnswer(), i.GetAnswerDate())))
	}
	if i.GetNextDate() != "" {
		out.line("      next: %s", visible(i.GetNextDate()))
	}
}

// subjects are what there are findings on: events in their order, then
// involvements, then the rest.
func (v *matterView) subjects() []string {
	var order []string
	for _, e := range v.events {
		order = append(order, e.GetName())
	}
	for _, i := range v.involvements {
		order = append(order, i.GetName())
	}
	var found []string
	for _, f := range v.findings {
		if !slices.Contains(found, f.GetSubject()) {
			found = append(found, f.GetSubject())
		}
	}
	slices.SortStableFunc(found, func(a, b string) int {
		x, y := slices.Index(order, a), slices.Index(order, b)
		if x < 0 {
			x = len(order)
		}
		if y < 0 {
			y = len(order)
		}
		return x - y
	})
	return found
}
