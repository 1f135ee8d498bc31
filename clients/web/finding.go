package web

import (
	"cmp"
	"context"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sync/errgroup"
	"google.golang.org/protobuf/proto"

	"tumen/clients/client"
	"tumen/clients/labels"
	tumenv1 "tumen/proto/tumen/v1"
)

// findingPage is a finding: who says what, what was concluded, and what can be done.
type findingPage struct {
	Shelf     *shelf
	Case      *tumenv1.Case // nil: withheld
	Finding   *tumenv1.Finding
	Sides     []side
	Values    []carried
	Graph     *figure // who passes on whom
	Stale     []staleReason
	Guards    []guard
	Decisions []*tumenv1.Revision
	More      bool // there are earlier ones
	Beyond    int  // so many of a list are on later pages
	Next      string
}

// carried is a value with how far it is carried.
type carried struct {
	Text       string
	Own        said
	Determined bool
	Support    *tumenv1.StanceSupport
	Origins    []string
}

const (
	// claimsPerPage is how many items of each list of a finding stand on a page.
	claimsPerPage = 50
	mostParts     = 1000
)

// recent is how many revisions a page shows that is not the history.
const recent = 10

func (s *Site) findingPage(v *visit) error {
	parent := "cases/" + v.r.PathValue("case")
	name := parent + "/findings/" + v.r.PathValue("finding")
	p := &findingPage{Shelf: v.shelf()}
	g, ctx := errgroup.WithContext(v.context())
	g.Go(func() error {
		reply, err := s.conn.Verification.GetFinding(ctx, &tumenv1.GetFindingRequest{Name: name})
		p.Finding = reply.GetFinding()
		return err
	})
	g.Go(func() (err error) { p.Case, err = v.caseAround(ctx, parent); return err })
	g.Go(func() (err error) { p.Decisions, p.More, err = v.lastRevisions(ctx, name); return err })
	members := v.shelf()
	g.Go(func() error { return v.members(ctx, members) })
	if err := g.Wait(); err != nil {
		return err
	}
	p.Shelf.records = members.records
	if err := v.gatherFinding(p); err != nil {
		return err
	}
	title := p.Shelf.Label(p.Finding.GetSubject()) + " — " + v.say().Enum(p.Finding.GetAspect())
	return v.render(http.StatusOK, "finding", title, p)
}

// gatherFinding fetches what a finding rests on, and puts it into order.
func (v *visit) gatherFinding(p *findingPage) error {
	put(p.Shelf, p.Finding)
	if p.Case != nil {
		put(p.Shelf, p.Case)
	}
	whole := p.Finding
	part, err := strconv.Atoi(v.got("part"))
	if err != nil || part < 0 || part > mostParts {
		part = 0
	}
	p.Finding, p.Beyond = window{from: part * claimsPerPage, most: claimsPerPage}.cut(whole)
	if p.Beyond > 0 {
		p.Next = v.next("part", strconv.Itoa(part+1))
	}
	request := &tumenv1.ListClaimsRequest{Parent: labels.CaseOf(whole.GetName()), Subject: whole.GetSubject(), Aspect: whole.GetAspect(), PageSize: 1000}
	if err := v.ofCase(v.context(), request, p.Shelf); err != nil {
		return err
	}
	if err := v.gatherCase(p.Shelf, p.Finding); err != nil {
		return err
	}
	if err := v.fetch(v.context(), p.Shelf, labels.RecordName.FindAllString(strings.Join(p.Finding.GetStaleReasons(), " "), -1)...); err != nil {
		return err
	}
	p.Sides = p.Shelf.aspect(p.Finding).Sides
	p.Stale = p.Shelf.staleReasons(p.Finding)
	p.Values = p.Shelf.carried(p.Finding.GetSupport())
	p.Guards = v.guards(p.Shelf, whole)
	if p.Graph, err = v.findingGraph(v.context(), whole, p.Shelf); err == nil {
		v.lay(p.Graph)
	}
	return err
}

// caseAround is the case in which a record lies; nil where it is withheld.
func (v *visit) caseAround(ctx context.Context, name string) (*tumenv1.Case, error) {
	reply, err := v.site.conn.Cases.GetCase(ctx, &tumenv1.GetCaseRequest{Name: name})
	if client.Unseen(err) {
		return nil, nil
	}
	return reply.GetCase(), err
}

// lastRevisions are the newest of a record, as far as its history may be read.
func (v *visit) lastRevisions(ctx context.Context, name string) (_ []*tumenv1.Revision, more bool, err error) {
	if !v.may("RecordService/ListRevisions") {
		return nil, false, nil
	}
	reply, err := v.site.conn.Records.ListRevisions(ctx, &tumenv1.ListRevisionsRequest{Name: name, PageSize: recent})
	if client.Unseen(err) {
		return nil, false, nil // GetFinding says so
	}
	return reply.GetRevisions(), reply.GetNextPageToken() != "", err
}

// gatherCase fetches what records refer to, and what the claims among that do.
func (v *visit) gatherCase(s *shelf, about ...proto.Message) error {
	names := map[string]bool{}
	for _, m := range about {
		labels.NamesIn(m.ProtoReflect(), names)
	}
	if err := v.fetch(v.context(), s, slices.Collect(maps.Keys(names))...); err != nil {
		return err
	}
	var claims []proto.Message
	for name := range names {
		if c := s.Claim(name); c != nil {
			claims = append(claims, c)
		}
	}
	return v.refer(v.context(), s, claims...)
}

// carried lists how far each value is carried, the best first.
func (s *shelf) carried(support *tumenv1.Support) []carried {
	var all []carried
	for _, value := range support.GetValues() {
		c := carried{Determined: value.GetDetermined(), Support: value.GetSupport()}
		c.Text, c.Own = s.Value(value.GetValue())
		if c.Text == "" && c.Own.Text == "" {
			c.Text = labels.InWords(value.GetLabel(), s.Label)
		}
		for _, group := range value.GetSupport().GetGroups() {
			for _, o := range group.GetOrigins() {
				c.Origins = append(c.Origins, o.GetSource())
			}
		}
		slices.SortFunc(c.Origins, func(a, b string) int { return labels.Compare(s.Label(a), s.Label(b)) })
		all = append(all, c)
	}
	slices.SortStableFunc(all, func(a, b carried) int {
		return cmp.Or(cmp.Compare(b.Support.GetAtLeast(), a.Support.GetAtLeast()), cmp.Compare(b.Support.GetAtMost(), a.Support.GetAtMost()), labels.Compare(a.Text, b.Text))
	})
	return all
}
