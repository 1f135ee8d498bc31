package web

import (
	"google.golang.org/protobuf/proto"

	tumenv1 "tumen/proto/tumen/v1"
)

// window is how much of the lists of a finding a page shows, and from where on. A finding
// may rest on more claims than fit on a page.
type window struct{ from, most int }

// cut gives a finding with what the window shows of it, and how many are beyond it. The
// numbers of origins stay those of the whole.
func (w window) cut(f *tumenv1.Finding) (part *tumenv1.Finding, beyond int) {
	part = proto.CloneOf(f)
	part.ApprovedEvidence = nil
	if a := part.GetApprovedSupport(); a != nil {
		part.ApprovedSupport = &tumenv1.Support{Supporting: &tumenv1.StanceSupport{AtLeast: a.GetSupporting().GetAtLeast(), AtMost: a.GetSupporting().GetAtMost()}}
	}
	s := part.GetSupport()
	if s == nil {
		return part, 0
	}
	s.Agreement = nil
	for _, side := range []*tumenv1.StanceSupport{s.GetSupporting(), s.GetDenying(), s.GetNotConfirming()} {
		beyond = max(beyond, w.stance(side))
	}
	s.Values = shownOf(w, s.Values, &beyond)
	for _, value := range s.Values {
		value.AssertedBy = nil
		window{most: fewOrigins}.stance(value.Support)
	}
	s.Flags = shownOf(w, s.Flags, &beyond)
	return part, beyond
}

// fewOrigins is how many origins stand beside a value.
const fewOrigins = 10

func (w window) stance(s *tumenv1.StanceSupport) (beyond int) {
	if s == nil {
		return 0
	}
	s.Claims = shownOf(w, s.Claims, &beyond)
	s.Groups = shownOf(w, s.Groups, &beyond)
	s.LeftOut = shownOf(w, s.LeftOut, &beyond)
	s.Unresolved = shownOf(w, s.Unresolved, &beyond)
	s.Cycles = nil
	for _, g := range s.Groups {
		g.Joints = nil
	}
	for _, l := range s.LeftOut {
		l.Origins = nil
	}
	for _, u := range s.Unresolved {
		u.PossibleOrigins = nil
	}
	return beyond
}

// shownOf is the part of a list that lies in the window; beyond becomes at least as many
// as come after it.
func shownOf[T any](w window, all []T, beyond *int) []T {
	from, to := min(w.from, len(all)), min(w.from+w.most, len(all))
	*beyond = max(*beyond, len(all)-to)
	return all[from:to]
}
