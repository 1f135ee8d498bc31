package records

import (
	"slices"

	"pgregory.net/rapid"

	tumenv1 "tumen/proto/tumen/v1"
	"tumen/service/edtf"
)

// slow answers a query by looking at every record that its reader sees, with edtf
// as the judge.
type slow struct {
	*View
	t *rapid.T
	q Query
}

func everything[T Record](s slow, kind Kind) []T {
	var all []T
	for rec, err := range All[T](s.View, kind) {
		if err != nil {
			s.t.Fatal(err)
		}
		all = append(all, rec)
	}
	return all
}

// about says whether a record is about an event: it, or an involvement in it.
func (s slow) about(subject, event string) bool {
	if subject == event {
		return true
	}
	for _, i := range everything[*tumenv1.Involvement](s, Involvement) {
		if i.GetName() == subject && i.GetEvent() == event {
			return true
		}
	}
	return false
}

func (s slow) inside(place string) bool {
	for place != "" && place != s.q.Place {
		rec, err := s.Entire().Read(place)
		if err != nil {
			s.t.Fatal(err)
		}
		if !s.Sees(rec) {
			return false
		}
		place = rec.(*tumenv1.Place).GetContainedIn()
	}
	return place != ""
}

func (s slow) finding(event string, aspect tumenv1.Aspect) *tumenv1.Finding {
	for _, f := range everything[*tumenv1.Finding](s, Finding) {
		if f.GetSubject() == event && f.GetAspect() == aspect {
			return f
		}
	}
	return nil
}

func (s slow) places(e *tumenv1.Event) bool {
	all := slices.Clone(e.GetPlaces())
	if f := s.finding(e.GetName(), tumenv1.Aspect_ASPECT_PLACE); f.GetState() >= 4 && f.GetState() <= 6 {
		all = append(all, f.GetConclusion().GetValue().GetPlaces().GetPlaces()...)
	}
	for _, c := range everything[*tumenv1.Claim](s, Claim) {
		if c.GetState() == tumenv1.ClaimState_CLAIM_STATE_ACTIVE && c.GetStance() == tumenv1.Stance_STANCE_ASSERTS && slices.Contains(c.GetSubjects(), e.GetName()) {
			all = append(all, c.GetValue().GetPlaces().GetPlaces()...)
		}
	}
	return slices.ContainsFunc(all, func(p *tumenv1.PlaceValue) bool { return s.inside(p.GetPlace()) })
}

func (s slow) dating(e *tumenv1.Event) (edtf.Certainty, bool) {
	used := e.GetTime()
	if f := s.finding(e.GetName(), tumenv1.Aspect_ASPECT_TIME); f.GetState() >= 4 && f.GetState() <= 6 && f.GetConclusion().GetValue().GetTime() != nil {
		used = f.GetConclusion().GetValue().GetTime()
	}
	sure := edtf.DatedSo
	if s.q.Within == nil && s.q.OngoingIn == nil {
		return sure, true
	}
	if used.GetEdtf() == "" {
		return edtf.No, false
	}
	d, err := edtf.Parse(used.GetEdtf())
	if err != nil {
		s.t.Fatal(err)
	}
	if used.GetNight() {
		d = d.NightOf()
	}
	lasting := e.GetAct() == "detention" || e.GetAct() == "forced-labour"
	if s.q.Within != nil {
		sure = min(sure, edtf.Within(d, lasting, *s.q.Within))
	}
	if s.q.OngoingIn != nil {
		if !lasting {
			return edtf.No, false
		}
		sure = min(sure, edtf.OngoingIn(d, *s.q.OngoingIn))
	}
	return sure, sure != edtf.No
}

func (s slow) linked(e *tumenv1.Event) bool {
	if s.q.Source != "" && !slices.ContainsFunc(everything[*tumenv1.Claim](s, Claim), func(c *tumenv1.Claim) bool {
		return c.GetSource() == s.q.Source && c.GetState() == tumenv1.ClaimState_CLAIM_STATE_ACTIVE &&
			slices.ContainsFunc(c.GetSubjects(), func(subject string) bool { return s.about(subject, e.GetName()) })
	}) {
		return false
	}
	if s.q.Stale == nil {
		return true
	}
	for subject := range s.q.Stale {
		if s.about(subject, e.GetName()) {
			return true
		}
	}
	return false
}

func (s slow) own(rec Record) bool {
	q := s.q
	return rec.GetOwner() == q.Owner && (q.ShowDeleted || rec.GetDeleteTime() == nil) && s.Sees(rec) &&
		(q.Marking == 0 || rec.GetMarking() == q.Marking) && (q.ExternalID == nil || len(rec.GetExternalIds()) > 0)
}

// events are the names of the events that the query asks for, with their dating.
func (s slow) events() map[string]tumenv1.Dating {
	found := map[string]tumenv1.Dating{}
	for _, e := range everything[*tumenv1.Event](s, Event) {
		sure, ok := s.dating(e)
		if !ok || !s.own(e) || s.q.Parent != "" && ParentOf(e.GetName()) != s.q.Parent || s.q.Act != "" && e.GetAct() != s.q.Act ||
			s.q.Place != "" && !s.places(e) || s.q.Outcome != 0 && s.finding(e.GetName(), tumenv1.Aspect_ASPECT_OCCURRENCE).GetState() != s.q.Outcome ||
			!s.linked(e) {
			continue
		}
		found[e.GetName()] = 0
		if s.q.Within != nil || s.q.OngoingIn != nil {
			found[e.GetName()] = tumenv1.Dating_DATING_MAY_BE
			if sure == edtf.DatedSo {
				found[e.GetName()] = tumenv1.Dating_DATING_DATED_SO
			}
		}
	}
	return found
}
