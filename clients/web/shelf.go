package web

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"
	"google.golang.org/protobuf/proto"

	"tumen/clients/client"
	"tumen/clients/labels"
	"tumen/clients/web/wording"
	tumenv1 "tumen/proto/tumen/v1"
)

// shelf holds the records that a page speaks of, and says what to call each. What the
// reader may not see is not on it, and is called withheld.
type shelf struct {
	organisation string // whose keys are shown
	words        *wording.Words
	records      map[string]proto.Message
}

func (v *visit) shelf() *shelf {
	return &shelf{organisation: v.session.self.GetOrganisation().GetHandle(), words: v.say(), records: map[string]proto.Message{}}
}

// put puts records on the shelf.
func put[T labels.Record](s *shelf, records ...T) {
	for _, r := range records {
		s.records[r.GetName()] = r
	}
}

// together is how many records are asked for at a time.
const together = 8

// refer fetches what messages refer to and is not there yet, each once.
func (v *visit) refer(ctx context.Context, s *shelf, messages ...proto.Message) error {
	names := map[string]bool{}
	for _, m := range messages {
		labels.NamesIn(m.ProtoReflect(), names)
	}
	return v.fetch(ctx, s, slices.Collect(maps.Keys(names))...)
}

// shown says whether pages tell what a record is called: who owns and recorded one is
// named in each, and on none.
func shown(name string) bool {
	kind, rest, _ := strings.Cut(name, "/")
	switch kind {
	case "places", "persons":
		return true
	case "sources":
		return !strings.Contains(rest, "/captures/")
	case "cases":
		return strings.Contains(rest, "/events/") || strings.Contains(rest, "/claims/") || strings.Contains(rest, "/involvements/")
	}
	return false
}

// fetch puts those records on the shelf that pages tell of and that are not there yet,
// asking for several at a time.
func (v *visit) fetch(ctx context.Context, s *shelf, names ...string) error {
	missing := map[string]bool{}
	for _, name := range names {
		if shown(name) && s.records[name] == nil {
			missing[name] = true
		}
	}
	return v.ask(ctx, s, slices.Collect(maps.Keys(missing))...)
}

// ask puts records on the shelf that the reader may see, asking for several at a time.
func (v *visit) ask(ctx context.Context, s *shelf, names ...string) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(together)
	var mu sync.Mutex
	for _, name := range names {
		g.Go(func() error {
			reply, err := v.site.conn.Records.GetRecord(ctx, &tumenv1.GetRecordRequest{Name: name})
			if err != nil {
				if client.Unseen(err) {
					return nil
				}
				return err
			}
			mu.Lock()
			defer mu.Unlock()
			s.records[name] = labels.Unwrap(reply.GetRecord())
			return nil
		})
	}
	return g.Wait()
}

// Label is what a record is called on pages.
func (s *shelf) Label(name string) string {
	if name == "" {
		return ""
	}
	switch r := s.records[name].(type) {
	case *tumenv1.Source:
		return s.SourceLabel(r)
	case *tumenv1.Case:
		return r.GetReference() + " " + r.GetTitle()
	case *tumenv1.Event:
		return s.withKey(r, cmp.Or(r.GetTitle(), s.words.Term(r.GetAct(), "")))
	case *tumenv1.Claim:
		return s.words.Say("case.a_claim_of", "source", s.Label(r.GetSource()))
	case *tumenv1.Place:
		return s.PlaceName(r)
	case *tumenv1.Person:
		// Never by a name, not even for who recorded it: who somebody is, is shown where it
		// was asked for.
		return cmp.Or(r.GetReference(), s.words.Say("case.withheld"))
	case *tumenv1.Finding:
		return s.known(r.GetSubject()) + " — " + s.words.Enum(r.GetAspect())
	case *tumenv1.Member:
		return cmp.Or(r.GetDisplayName(), r.GetHandle())
	case *tumenv1.Involvement:
		return s.withKey(r, cmp.Or(r.GetUnnamed(), r.GetAuthority(), s.known(r.GetPerson())))
	case labels.Record:
		return s.withKey(r)
	}
	return s.words.Say("case.withheld")
}

// SourceLabel is a source's handle and who it is.
func (s *shelf) SourceLabel(r *tumenv1.Source) string {
	return s.withKey(r, r.GetPublisher(), r.GetAuthor(), r.GetTitle())
}

// withKey is what a record is called: the reader's own key for it, and the first of
// the texts that there is.
func (s *shelf) withKey(r labels.Record, texts ...string) string {
	key, text := labels.Key(s.organisation, r), cmp.Or(texts...)
	switch {
	case key == "" && text == "":
		return labels.Short(r.GetName())
	case key == "":
		return text
	case text == "":
		return key
	}
	return key + " · " + text
}

// PlaceName is a place in the reader's language, else as it is written first.
func (s *shelf) PlaceName(p *tumenv1.Place) string {
	for _, wanted := range []string{string(s.words.Language()), "en"} {
		for _, n := range p.GetNames() {
			if n.GetLanguage() == wanted {
				return n.GetText()
			}
		}
	}
	if len(p.GetNames()) > 0 {
		return p.GetNames()[0].GetText()
	}
	return labels.Short(p.GetName())
}

// Claim is a claim on the shelf; nil if it is withheld.
func (s *shelf) Claim(name string) *tumenv1.Claim {
	c, _ := s.records[name].(*tumenv1.Claim)
	return c
}
