package verification

import (
	"fmt"

	tumenv1 "tumen/proto/tumen/v1"
)

// outline is what of a support is compared: free of the order in which things
// are listed.
type outline struct {
	origins map[string]originOutline
	unknown map[string]bool // unresolved claims with what they may go back to
	cycles  map[string]bool
}

type originOutline struct {
	basis  string
	claims string // sorted
	group  string // the origins of its group, sorted, with how many they are for certain
}

func outlineOf(s *tumenv1.StanceSupport) outline {
	o := outline{origins: map[string]originOutline{}, unknown: map[string]bool{}, cycles: map[string]bool{}}
	for _, g := range s.GetGroups() {
		var members []string
		for _, origin := range g.GetOrigins() {
			members = append(members, origin.GetSource())
		}
		group := fmt.Sprintf("%s/%d/%t", sortedList(members), g.GetKnownDistinct(), g.GetGrounded())
		for _, origin := range g.GetOrigins() {
			o.origins[origin.GetSource()] = originOutline{
				basis:  basisWords(origin.GetBasis()),
				claims: sortedList(origin.GetClaims()),
				group:  group,
			}
		}
	}
	for _, u := range s.GetUnresolved() {
		o.unknown[fmt.Sprintf("%s/%s/%s/%t", u.GetClaim(), u.GetSource(), sortedList(u.GetPossibleOrigins()), u.GetCounted())] = true
	}
	for _, c := range s.GetCycles() {
		o.cycles[sortedList(c.GetSources())] = true
	}
	return o
}

// rangeOf prints how many independent origins a support has: "2 to 4".
func rangeOf(s *tumenv1.StanceSupport) string {
	return fmt.Sprintf("%d to %d", s.GetAtLeast(), s.GetAtMost())
}

func agreements(s *tumenv1.Support) map[string]bool {
	sets := map[string]bool{}
	for _, a := range s.GetAgreement() {
		sets[fmt.Sprintf("%s/%s/%s/%d/%d", a.GetLabel(), sortedList(a.GetClaims()), sortedList(a.GetOrigins()), a.GetAtLeast(), a.GetAtMost())] = true
	}
	return sets
}

func flags(s *tumenv1.Support) map[string]bool {
	set := map[string]bool{}
	for _, f := range s.GetFlags() {
		set[fmt.Sprintf("%d/%s/%s/%s", f.GetKind(), f.GetClaim(), f.GetSource(), f.GetOrigin())] = true
	}
	return set
}
