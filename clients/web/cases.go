package web

import (
	"net/http"
	"net/url"

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
	p.Matches, p.Next = reply.GetMatches(), nextPage(v.r.URL.Query(), reply.GetNextPageToken())
	return v.render(http.StatusOK, "cases", v.say().Say("work.cases_title"), p)
}

// nextPage is the query for what comes after a page; empty where nothing does.
func nextPage(asked url.Values, token string) string {
	if token == "" {
		return ""
	}
	asked.Set("page", token)
	return "?" + asked.Encode()
}
