package web

import (
	"slices"

	"tumen/clients/labels"
	tumenv1 "tumen/proto/tumen/v1"
)

// aspect is a finding with who says what, side by side.
type aspect struct {
	Finding *tumenv1.Finding
	Sides   []side
	Beyond  int // so many of a list are not on this page
}

// side is one stance: how many independent origins, and whose claims.
type side struct {
	Class   string // for the style sheet
	Stance  tumenv1.Stance
	Support *tumenv1.StanceSupport
	Claims  []voice
}

// voice is a claim as it stands beside others.
type voice struct {
	Claim  *tumenv1.Claim // nil: withheld
	Source string
	Value  string
	Own    said
}

// aspect puts who asserts, denies and cannot confirm side by side.
func (s *shelf) aspect(f *tumenv1.Finding) *aspect {
	a := &aspect{Finding: f}
	for _, one := range []side{
		{Class: "asserts", Stance: tumenv1.Stance_STANCE_ASSERTS, Support: f.GetSupport().GetSupporting()},
		{Class: "denies", Stance: tumenv1.Stance_STANCE_DENIES, Support: f.GetSupport().GetDenying()},
		{Class: "unsure", Stance: tumenv1.Stance_STANCE_DOES_NOT_CONFIRM, Support: f.GetSupport().GetNotConfirming()},
	} {
		if len(one.Support.GetClaims())+len(one.Support.GetGroups())+len(one.Support.GetLeftOut()) == 0 {
			continue
		}
		for _, name := range one.Support.GetClaims() {
			one.Claims = append(one.Claims, s.voice(s.Claim(name)))
		}
		slices.SortStableFunc(one.Claims, func(a, b voice) int { return labels.Compare(a.Source, b.Source) })
		a.Sides = append(a.Sides, one)
	}
	return a
}

func (s *shelf) voice(c *tumenv1.Claim) voice {
	v := voice{Claim: c, Source: s.words.Say("case.withheld")}
	if c != nil {
		v.Source = s.Label(c.GetSource())
	}
	v.Value, v.Own = s.Value(c.GetValue())
	return v
}
