package service

import (
	"cmp"
	"context"
	"slices"
	"strings"

	textcases "golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"

	tumenv1 "tumen/proto/tumen/v1"
	"tumen/service/access"
	"tumen/service/gazetteer"
	"tumen/service/records"
)

// Places and terms are few, and most of them come with the program: a list of
// them goes through both, in the order of their names.

// ListPlaces implements tumenv1.PlaceServiceServer.
func (s places) ListPlaces(ctx context.Context, req *tumenv1.ListPlacesRequest) (*tumenv1.ListPlacesResponse, error) {
	if err := s.namesVisible(ctx, [2]string{"contained_in", req.GetContainedIn()}); err != nil {
		return nil, err
	}
	var inside map[string]bool
	page, next, err := listNamed(ctx, s.Server, req, records.Place, gazetteer.Places(), func(v *records.View, p *tumenv1.Place) (bool, error) {
		if req.GetContainedIn() != "" && inside == nil {
			names, err := v.Inside(req.GetContainedIn())
			if err != nil {
				return false, err
			}
			inside = map[string]bool{}
			for _, n := range names[1:] {
				inside[n] = true
			}
		}
		return (req.GetKind() == 0 || p.GetKind() == req.GetKind()) && (inside == nil || inside[p.GetName()]) && begins(p, req.GetQuery()), nil
	})
	return &tumenv1.ListPlacesResponse{Places: page, NextPageToken: next}, err
}

// begins says whether one of a place's names, in any script, begins with a
// query; case and the form of the characters don't matter.
func begins(p *tumenv1.Place, query string) bool {
	if query == "" {
		return true
	}
	q := fold(query)
	return strings.HasPrefix(fold(strings.TrimPrefix(p.GetName(), "places/")), q) ||
		slices.ContainsFunc(p.GetNames(), func(n *tumenv1.PlaceName) bool { return strings.HasPrefix(fold(n.GetText()), q) })
}

func fold(s string) string { return textcases.Fold().String(norm.NFKC.String(s)) }

// ListTerms implements tumenv1.VocabularyServiceServer.
func (s terms) ListTerms(ctx context.Context, req *tumenv1.ListTermsRequest) (*tumenv1.ListTermsResponse, error) {
	page, next, err := listNamed(ctx, s.Server, req, records.Term, gazetteer.Terms(), func(_ *records.View, t *tumenv1.Term) (bool, error) {
		return req.GetVocabulary() == 0 || t.GetVocabulary() == req.GetVocabulary(), nil
	})
	return &tumenv1.ListTermsResponse{Terms: page, NextPageToken: next}, err
}

// listNamed returns a page of built-in and stored records, by name.
func listNamed[T records.Record](ctx context.Context, s *Server, req listRequest, kind records.Kind, builtIn []T, keep func(*records.View, T) (bool, error)) ([]T, string, error) {
	var page []T
	var next string
	err := s.read(ctx, func(v *records.View, r access.Reader) error {
		cursor, err := s.openToken(r, req)
		if err != nil {
			return err
		}
		all := slices.Clone(builtIn)
		for rec, err := range records.All[T](v, kind) {
			if err != nil {
				return err
			}
			all = append(all, rec)
		}
		slices.SortFunc(all, func(a, b T) int { return cmp.Compare(a.GetName(), b.GetName()) })
		for _, rec := range all {
			if rec.GetName() <= string(cursor) && cursor != nil || !v.Sees(rec) || rec.GetDeleteTime() != nil && !showDeleted(req) {
				continue
			}
			if ok, err := keep(v, rec); err != nil {
				return err
			} else if !ok {
				continue
			}
			if len(page) == pageSize(req) {
				next = s.sealToken(r, req, []byte(page[len(page)-1].GetName()))
				return nil
			}
			shown, err := s.show(v, r, rec)
			if err != nil {
				return err
			}
			page = append(page, shown.(T))
		}
		return nil
	})
	return page, next, err
}
