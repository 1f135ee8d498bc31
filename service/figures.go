package service

import (
	"fmt"
	"slices"
	"strings"

	tumenv1 "tumen/proto/tumen/v1"
	"tumen/service/corroboration"
	"tumen/service/records"
	"tumen/service/tally"
	"tumen/service/verification"
)

// supportive are the outcomes whose determined count is the figure of an event.
var supportive = map[tumenv1.FindingState]bool{
	tumenv1.FindingState_FINDING_STATE_CREDIBLE_SINGLE_SOURCE: true,
	tumenv1.FindingState_FINDING_STATE_CORROBORATED:           true,
	tumenv1.FindingState_FINDING_STATE_VERIFIED:               true,
}

// figures chooses how many people an event took in: the value of the decided
// finding on its count; else what its claims bound; else the recorded count.
func (c *headcount) figures(event *tumenv1.Event, it *tally.Item) error {
	f, err := c.finding(event.GetName(), tumenv1.Aspect_ASPECT_COUNT)
	if err != nil {
		return err
	}
	if n := f.GetConclusion().GetValue().GetCount(); supportive[f.GetState()] && bounds(n) {
		return c.fromFinding(f, n, it)
	}
	var passed string
	if records.Decided(f) {
		passed = fmt.Sprintf("The finding on its count (%s) gives no figure. ", verification.Words(f.GetState()))
	}
	support, err := c.support(event.GetName())
	if err != nil {
		return err
	}
	taken := corroboration.FigureOf(support)
	if taken.LowSingle != nil || taken.HighSingle != nil {
		it.Basis = tumenv1.CountBasis_COUNT_BASIS_CLAIMS
		err = c.fromClaims(taken, it)
	} else if n := event.GetPeople(); bounds(n) {
		it.Basis = tumenv1.CountBasis_COUNT_BASIS_RECORDED
		it.Low, it.High = n.GetLow(), n.High
		it.Explanation = fmt.Sprintf("The count recorded on the event (%s): no claim bounds it.", boundWords(n.Low, n.High))
	} else {
		it.Explanation = "Nothing recorded bounds how many people there were."
	}
	it.Explanation = passed + it.Explanation
	return err
}

// bounds says whether a count bounds anything: a best figure or words alone do
// not.
func bounds(n *tumenv1.Count) bool { return n != nil && (n.Low != nil || n.High != nil) }

// boundWords is a range in words: "at least 501", "80", "540 to 660".
func boundWords(low, high *int64) string {
	switch {
	case low == nil && high == nil:
		return "no figure"
	case high == nil:
		return fmt.Sprintf("at least %d", *low)
	case low == nil:
		return fmt.Sprintf("at most %d", *high)
	case *low == *high:
		return fmt.Sprint(*low)
	}
	return fmt.Sprintf("%d to %d", *low, *high)
}

func (c *headcount) fromFinding(f *tumenv1.Finding, n *tumenv1.Count, it *tally.Item) error {
	it.Basis, it.Finding = tumenv1.CountBasis_COUNT_BASIS_FINDING, f.GetName()
	it.Low, it.High = n.GetLow(), n.High
	it.SingleSource = f.GetState() == tumenv1.FindingState_FINDING_STATE_CREDIBLE_SINGLE_SOURCE
	it.Explanation = fmt.Sprintf("The value of the finding on its count (%s): %s.", verification.Words(f.GetState()), boundWords(n.Low, n.High))
	if c.stale[f.GetName()] != nil {
		it.Explanation += " What it rested on has changed since; it waits for review."
	}
	if !c.SeesAllOf(f.GetOwner()) {
		f = shallow(f).(*tumenv1.Finding)
		if withheld, err := (&sight{view: c.View, reader: c.reader}).approved(f); err != nil || withheld {
			return err // what it rests on is not told in part
		}
	}
	var origins []string
	for _, v := range f.GetApprovedSupport().GetValues() {
		if !v.GetDetermined() {
			continue
		}
		for _, g := range v.GetSupport().GetGroups() {
			for _, o := range g.GetOrigins() {
				origins = append(origins, o.GetSource())
			}
		}
	}
	var err error
	it.Sources, err = c.visibleSources(origins)
	return err
}

// support weighs the claims on an event's count that the reader may see, with
// what the reader may see of where they come from.
func (c *headcount) support(event string) (*tumenv1.Support, error) {
	all, err := gather(c.Entire(), event, tumenv1.Aspect_ASPECT_COUNT)
	if err != nil {
		return nil, err
	}
	seen, _ := all.seenBy(c.View)
	return corroboration.Assess(seen.Evidence), nil
}

// fromClaims takes the bounds that at least two independent origins entail. One
// of them is enough: the other side is then open. Where there is none, the
// figures are those that single origins give, and marked so.
func (c *headcount) fromClaims(taken corroboration.Figure, it *tally.Item) error {
	low, high, origins := taken.Low, taken.High, append(taken.LowOrigins, taken.HighOrigins...)
	var said []string
	if low == nil && high == nil {
		low, high, origins = taken.LowSingle, taken.HighSingle, append(taken.LowSingleOrigins, taken.HighSingleOrigins...)
		it.SingleSource = true
		said = append(said, fmt.Sprintf("From its claims: %s, sure of only one independent origin.", boundWords(low, high)))
	} else {
		said = append(said, fmt.Sprintf("From its claims: %s, which at least two independent origins say.", boundWords(low, high)))
		if n := taken.LowSingle; n != nil && (low == nil || *n > *low) {
			said = append(said, fmt.Sprintf("At least %d is sure of only one independent origin and is not used.", *n))
		}
		if n := taken.HighSingle; n != nil && (high == nil || *n < *high) {
			said = append(said, fmt.Sprintf("At most %d is sure of only one independent origin and is not used.", *n))
		}
	}
	if low != nil {
		it.Low = *low
	}
	it.High = high
	it.Explanation = strings.Join(said, " ")
	var err error
	it.Sources, err = c.visibleSources(origins)
	return err
}

// visibleSources names the sources that the reader sees, each once, sorted.
func (c *headcount) visibleSources(names []string) ([]string, error) {
	names = slices.Sorted(slices.Values(names))
	var out []string
	for _, name := range slices.Compact(names) {
		_, err := records.Get[*tumenv1.Source](c.View, name)
		if isMissing(err) {
			continue
		}
		if err != nil {
			return nil, err
		}
		out = append(out, name)
	}
	return out, nil
}
