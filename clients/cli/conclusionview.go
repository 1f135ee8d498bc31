package cli

import (
	"strings"

	"google.golang.org/protobuf/types/known/timestamppb"

	tumenv1 "tumen/proto/tumen/v1"
)

// conclusion prints what reviewers have come to, or propose.
func (v *matterView) conclusion(out *output, f *tumenv1.Finding) {
	c := f.GetConclusion()
	if c.GetOutcome() == tumenv1.FindingState_FINDING_STATE_UNSPECIFIED {
		return
	}
	verb := "found"
	if f.GetState() != c.GetOutcome() {
		verb = "proposed"
		if f.GetState() == tumenv1.FindingState_FINDING_STATE_UNDER_REVIEW {
			verb = "before this review"
		}
	}
	text := words(c.GetOutcome())
	if value := firstOf(valueWords(c.GetValue(), v.called), protectedWords(f.GetProtectedValue())); value != "" {
		text += ": " + value
	}
	var how []string
	for _, part := range [][2]string{
		{"confidence", words(c.GetConfidence())}, {"likelihood", words(c.GetLikelihood())}, {"standard of proof", words(c.GetStandard())},
	} {
		if part[1] != "" {
			how = append(how, part[0]+" "+part[1])
		}
	}
	out.wrapped("    "+verb+" ", visible(annotated(text, how...)))
	v.grounds(out, c)
	v.reviewers(out, f)
}

// grounds are why: the rationale, how denials were weighed, why origins differ.
func (v *matterView) grounds(out *output, c *tumenv1.Conclusion) {
	if c.GetRationale() != "" {
		out.wrapped("      why: ", visibleLines(c.GetRationale()))
	}
	for _, d := range c.GetAddressedDenials() {
		out.wrapped("      the denial of "+visible(v.label(d.GetOrigin()))+": ", visibleLines(d.GetRationale()))
	}
	for _, i := range c.GetIndependence() {
		out.wrapped("      "+visible(v.label(i.GetA())+" and "+v.label(i.GetB()))+" are independent: ", visibleLines(i.GetWhy()))
	}
	if c.GetTried() != "" {
		out.wrapped("      tried: ", visibleLines(c.GetTried()))
	}
	if len(c.GetContrary()) > 0 {
		out.wrapped("      contradicted by ", visible(v.list(c.GetContrary())))
	}
}

func (v *matterView) reviewers(out *output, f *tumenv1.Finding) {
	var who []string
	if f.GetProposer() != "" {
		who = append(who, "proposed by "+v.label(f.GetProposer())+onDay(f.GetProposeTime()))
	}
	if f.GetApprover() != "" {
		who = append(who, "approved by "+v.label(f.GetApprover())+onDay(f.GetApproveTime()))
	}
	if len(who) > 0 {
		out.wrapped("      ", visible(strings.Join(who, "; ")))
	}
	if then := f.GetApprovedSupport().GetSupporting(); then != nil {
		out.wrapped("      ", "it rested on "+originWords(then))
	}
}

// onDay is " on 2023-11-02", the day in UTC.
func onDay(t *timestamppb.Timestamp) string {
	if t == nil {
		return ""
	}
	return " on " + t.AsTime().UTC().Format("2006-01-02")
}
