package service

import (
	"context"
	"maps"
	"slices"
	"strings"

	"google.golang.org/protobuf/proto"

	tumenv1 "tumen/proto/tumen/v1"
	"tumen/service/access"
	"tumen/service/records"
)

// ListSightings implements tumenv1.AuditServiceServer.
func (s audits) ListSightings(ctx context.Context, req *tumenv1.ListSightingsRequest) (*tumenv1.ListSightingsResponse, error) {
	out := new(tumenv1.ListSightingsResponse)
	err := s.read(ctx, func(v *records.View, r access.Reader) error {
		cursor, err := s.openToken(r, req)
		if err != nil {
			return err
		}
		v, r = auditing(v, r)
		telling, err := tellingOf(v, req.GetName())
		if err != nil {
			return err
		}
		l := &sightings{view: v, reader: r, subject: req.GetName(), telling: telling, page: out}
		more, err := l.run(cursor, pageSize(req))
		if more {
			out.NextPageToken = s.sealToken(r, req, l.cursor)
		}
		return err
	})
	return out, err
}

// sightings collects a page of who has seen an identity.
type sightings struct {
	view    *records.View
	reader  access.Reader
	subject string
	telling map[string]bool
	cursor  []byte
	effort  int
	size    int
	page    *tumenv1.ListSightingsResponse
}

func (l *sightings) run(cursor []byte, most int) (more bool, err error) {
	q := records.Acts{Kinds: []string{disclosureKind}, About: slices.Collect(maps.Keys(l.telling)), Before: cursor}
	for act, err := range l.view.Acts(q) {
		if err != nil {
			return false, err
		}
		if len(l.page.GetSightings()) >= most || l.size > replyBytes || l.effort > mostEffort {
			return true, nil
		}
		l.effort++
		l.cursor = act.Cursor
		if act.Statement == nil {
			continue
		}
		l.effort += openEffort
		if err := l.look(act.Statement); err != nil {
			return false, err
		}
	}
	return false, nil
}

// look adds what a statement says of the identity.
func (l *sightings) look(st *records.Statement) error {
	way := l.way(st)
	if way == 0 {
		return nil
	}
	much := statementFor(l.view, l.reader, st)
	if much != whole {
		l.page.Withheld++
		return nil
	}
	e, err := audited(l.view, l.reader, st, much, func(name string) bool { return l.telling[name] })
	if err != nil {
		return err
	}
	s := &tumenv1.Sighting{Entry: e, Way: way}
	l.page.Sightings = append(l.page.Sightings, s)
	l.size += proto.Size(s)
	return nil
}

// way is how a statement shows the identity; 0 where it doesn't: two records may have
// the same mark.
func (l *sightings) way(st *records.Statement) tumenv1.SightingWay {
	s := said(st)
	about, itself := false, false
	for _, rec := range s.Records {
		about = about || l.telling[rec.Record]
		itself = itself || rec.Record == l.subject
	}
	_, call, _ := strings.Cut(s.Method, "/")
	switch {
	case !about:
		return 0
	case s.Method == exportMethod:
		return tumenv1.SightingWay_SIGHTING_WAY_EXPORT
	case s.Method == exportMatterMethod:
		return tumenv1.SightingWay_SIGHTING_WAY_FILE
	case strings.HasPrefix(call, "List"):
		return tumenv1.SightingWay_SIGHTING_WAY_LIST
	case itself:
		return tumenv1.SightingWay_SIGHTING_WAY_DIRECT
	}
	return tumenv1.SightingWay_SIGHTING_WAY_ABOUT
}

// exportMethod is the call by which an export is made.
var exportMethod = strings.TrimPrefix(tumenv1.ExportService_ExportRecords_FullMethodName, "/tumen.v1.")

// exportMatterMethod is the call whose answer goes into the file of a matter.
var exportMatterMethod = strings.TrimPrefix(tumenv1.ExchangeService_ExportMatter_FullMethodName, "/tumen.v1.")

// identityClasses are those of protected identity among classes as statements have them.
func identityClasses(names []string) []tumenv1.Protection {
	return slices.DeleteFunc(classesOf(names), func(class tumenv1.Protection) bool {
		return !access.Identifies(class)
	})
}

// tellingOf names a person or source that the reader sees, and all that may tell of
// their identity, whether the reader sees it or not: of a person the involvements, and
// claims and findings on these; of a source the copies. Of one that was erased, what
// went with it.
func tellingOf(v *records.View, name string) (map[string]bool, error) {
	subject, err := v.Read(name)
	if isErased(err) {
		return erasedWith(v.Entire(), name)
	}
	if err != nil {
		return nil, err
	}
	g := &going{view: v.Entire(), seen: map[string]bool{}}
	g.take(subject)
	switch r := subject.(type) {
	case *tumenv1.Person:
		g.person(r)
		for _, rec := range slices.Clone(g.all) {
			if k := records.KindOf(rec); k == records.Person || k == records.Involvement {
				collectInto(g, g.view.ClaimsOn(rec.GetName(), 0)) // those about others, too
			}
		}
	case *tumenv1.Source:
		collectInto(g, records.Children[*tumenv1.Capture](g.view, records.Capture, r.GetName()))
	}
	return g.seen, g.err
}

// erasedWith names what was erased with a record.
func erasedWith(v *records.View, name string) (map[string]bool, error) {
	names := map[string]bool{name: true}
	stone, err := v.Erased(name)
	if err != nil {
		return nil, err
	}
	e, err := records.Get[*tumenv1.Erasure](v, stone.GetErasure())
	if err != nil && !isMissing(err) {
		return nil, err
	}
	for _, gone := range e.GetRecords() {
		names[gone] = true
	}
	return names, nil
}
