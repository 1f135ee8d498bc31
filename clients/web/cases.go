package web

import (
	"net/http"

	tumenv1 "tumen/proto/tumen/v1"
)

// casesPage is a page of cases, with what was asked for.
type casesPage struct {
	Within, Ongoing, State string
	Stale                  bool
	Matches                []*tumenv1.CaseMatch
	Next                   string // the query of the next page
}

// perPage is how many records a list shows at a time.
const perPage = 50

func (s *Site) cases(v *visit) error {
	p := &casesPage{Within: v.got("within"), Ongoing: v.got("ongoing"), State: v.got("state"), Stale: v.got("stale") != ""}
	request := &tumenv1.ListCasesRequest{PageSize: perPage, PageToken: v.got("page"), Within: p.Within, OngoingIn: p.Ongoing, Stale: p.Stale}
	switch p.State {
	case "open":
		request.State = tumenv1.CaseState_CASE_STATE_OPEN
	case "closed":
		request.State = tumenv1.CaseState_CASE_STATE_CLOSED
	}
	reply, err := s.conn.Cases.ListCases(v.context(), request)
	if err != nil {
		return err
	}
	p.Matches, p.Next = reply.GetMatches(), v.next("page", reply.GetNextPageToken())
	return v.render(http.StatusOK, "cases", v.say().Say("work.cases_title"), p)
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
