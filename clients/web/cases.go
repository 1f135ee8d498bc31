package web

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	tumenv1 "tumen/proto/tumen/v1"
)

// casesPage is a page of cases, with what was asked for.
type casesPage struct {
	Within, Ongoing, State, Act, Outcome, Place string
	Stale, Mine                                 bool
	Acts                                        []option
	Outcomes                                    []tumenv1.FindingState
	Matches                                     []*tumenv1.CaseMatch
	Places                                      []*tumenv1.Place // that are called so, where there are several
	NoPlace                                     bool
	Next                                        string // the query of the next page
	Shelf                                       *shelf
}

// perPage is how many records a list shows at a time.
const perPage = 50

func (s *Site) cases(v *visit) error {
	p := &casesPage{
		Within: v.got("within"), Ongoing: v.got("ongoing"), State: v.got("state"), Act: v.got("act"), Outcome: v.got("outcome"), Place: v.got("place"),
		Stale: v.got("stale") != "", Mine: v.got("mine") != "", Outcomes: decided, Shelf: v.shelf(),
	}
	var err error
	if p.Acts, err = v.choices(v.context(), "").terms("acts"); err != nil {
		return err
	}
	request, err := v.casesAsked(p)
	if err != nil {
		return err
	}
	if !p.NoPlace && len(p.Places) == 0 {
		reply, err := s.conn.Cases.ListCases(v.context(), request)
		if err != nil {
			return err
		}
		p.Matches, p.Next = reply.GetMatches(), v.next("page", reply.GetNextPageToken())
	}
	return v.render(http.StatusOK, "cases", v.say().Say("work.cases_title"), p)
}

// casesAsked is what a page of cases asks the server for.
func (v *visit) casesAsked(p *casesPage) (*tumenv1.ListCasesRequest, error) {
	request := &tumenv1.ListCasesRequest{
		PageSize: perPage, PageToken: v.got("page"), Within: p.Within, OngoingIn: p.Ongoing, Stale: p.Stale, Act: p.Act,
	}
	switch p.State {
	case "open":
		request.State = tumenv1.CaseState_CASE_STATE_OPEN
	case "closed":
		request.State = tumenv1.CaseState_CASE_STATE_CLOSED
	}
	if n, err := strconv.Atoi(p.Outcome); err == nil {
		request.Outcome = tumenv1.FindingState(n)
	}
	if p.Mine {
		request.Assignee = v.session.self.GetMember().GetName()
	}
	if p.Place == "" {
		return request, nil
	}
	return request, v.placeAsked(p, request)
}

// mostPlaces is how many places of one name are offered.
const mostPlaces = 20

// placeAsked finds the place that is called so; where there are several, they are offered.
func (v *visit) placeAsked(p *casesPage, request *tumenv1.ListCasesRequest) error {
	if strings.HasPrefix(p.Place, "places/") {
		request.Place = p.Place
		return nil
	}
	reply, err := v.site.conn.Places.ListPlaces(v.context(), &tumenv1.ListPlacesRequest{Query: p.Place, PageSize: mostPlaces})
	if err != nil {
		return err
	}
	found := reply.GetPlaces()
	exact := slices.DeleteFunc(slices.Clone(found), func(place *tumenv1.Place) bool {
		return !slices.ContainsFunc(place.GetNames(), func(n *tumenv1.PlaceName) bool { return strings.EqualFold(n.GetText(), p.Place) })
	})
	if len(exact) > 0 {
		found = exact
	}
	switch len(found) {
	case 0:
		p.NoPlace = true
	case 1:
		request.Place = found[0].GetName()
	default:
		p.Places = found
		put(p.Shelf, found...)
	}
	return nil
}

// With is the query of this page with another value in one of its fields, from its
// beginning.
func (s *shell) With(field, value string) string {
	asked := s.visit.r.URL.Query()
	asked.Del("page")
	asked.Set(field, value)
	return "?" + asked.Encode()
}

// next is the query of this page with one of its lists a page further on; empty where
// the list ends.
func (v *visit) next(field, token string) string {
	if token == "" {
		return ""
	}
	asked := v.r.URL.Query()
	asked.Set(field, token)
	return "?" + asked.Encode()
}

// casesIn are the cases of a page of matches.
func casesIn(reply *tumenv1.ListCasesResponse) []*tumenv1.Case {
	var all []*tumenv1.Case
	for _, m := range reply.GetMatches() {
		all = append(all, m.GetCase())
	}
	return all
}
