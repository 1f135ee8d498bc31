package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"google.golang.org/protobuf/encoding/protojson"

	tumenv1 "tumen/proto/tumen/v1"
)

// What is recorded, here and at PocketBase: 15 fields, two of them long texts.
const (
	smallStore = 10_000 // claims in a small store
	perSubject = 20     // claims on one event: more would be unusual
	pageSize   = perSubject
	subjects   = smallStore / perSubject
	sources    = 100
	textSize   = 512   // bytes of each long text
	openEvents = 9_000 // that writes are spread over, so that none collects thousands of claims
	perMatter  = 400   // events with claims in one matter, which has at most 10,000 documents
)

// fill records so many claims, perSubject on each event, and counts them.
func (s *server) fill(ctx context.Context, claims int) error {
	for events := (claims + perSubject - 1) / perSubject; events > 0; events -= perMatter {
		documents := s.matter(min(events, perMatter), perSubject)
		names, err := s.apply(ctx, documents)
		if err != nil {
			return err
		}
		for i, d := range documents {
			switch r := d.GetRecord().GetRecord().(type) {
			case *tumenv1.Record_Event:
				s.full = append(s.full, names[i])
			case *tumenv1.Record_Claim:
				plain, err := protojson.Marshal(r.Claim)
				if err != nil {
					return err
				}
				s.plain += int64(len(plain))
				if s.claims++; s.claims%8 == 0 {
					s.remember(names[i])
				}
			}
		}
	}
	return nil
}

// prepare records the sources and the events that writes need.
func (s *server) prepare(ctx context.Context) error {
	var documents []*tumenv1.MatterDocument
	for i := range sources {
		documents = append(documents, &tumenv1.MatterDocument{Key: "bench-" + sourceKey(i), Record: &tumenv1.Record{Record: &tumenv1.Record_Source{Source: &tumenv1.Source{
			Kind: "news", Title: prose(60), Publisher: prose(20), Published: "2023-10-11", Language: "en", Basis: tumenv1.Basis_BASIS_OWN_CONTACTS,
		}}}})
	}
	names, err := s.apply(ctx, documents)
	if err != nil {
		return err
	}
	s.sources = names
	documents = s.matter(openEvents, 0)
	if names, err = s.apply(ctx, documents); err != nil {
		return err
	}
	s.open = names[1:] // the first is the case
	return nil
}

// matter makes a case with so many events and so many claims on each. Keys are
// random: a server is filled with many of these.
func (s *server) matter(events, claimsOnEach int) []*tumenv1.MatterDocument {
	prefix := fmt.Sprintf("bench-%016x-", rand.Uint64())
	document := func(key string, record *tumenv1.Record) *tumenv1.MatterDocument {
		return &tumenv1.MatterDocument{Key: prefix + key, Record: record}
	}
	documents := []*tumenv1.MatterDocument{document("case", &tumenv1.Record{Record: &tumenv1.Record_Case{Case: &tumenv1.Case{Title: prose(40)}}})}
	n := 0
	for e := range events {
		key := fmt.Sprintf("event-%d", e)
		documents = append(documents, document(key, &tumenv1.Record{Record: &tumenv1.Record_Event{Event: &tumenv1.Event{
			Act: "refoulement", Title: prose(40),
			Time: &tumenv1.Time{Edtf: fmt.Sprintf("20%02d-%02d-%02d", 10+rand.IntN(15), 1+rand.IntN(12), 1+rand.IntN(28))},
		}}}))
		for range claimsOnEach {
			n++
			claim := newClaim(n, s.sources[n%len(s.sources)], prefix+key)
			documents = append(documents, document(fmt.Sprintf("claim-%d", n), &tumenv1.Record{Record: &tumenv1.Record_Claim{Claim: claim}}))
		}
	}
	return documents
}

// apply sends a matter and returns the names of its records, in its order.
func (s *server) apply(ctx context.Context, documents []*tumenv1.MatterDocument) ([]string, error) {
	reply, err := s.connections[0].ApplyMatter(ctx, &tumenv1.MatterHeader{Reason: "recorded for the benchmark"}, slices.Values(documents), nil)
	if err != nil {
		return nil, err
	}
	if !reply.GetApplied() || len(reply.GetDocuments()) != len(documents) {
		return nil, fmt.Errorf("of %d documents %d were created: %v", len(documents), reply.GetCreated(), reply.GetFaults())
	}
	var names []string
	for _, d := range reply.GetDocuments() {
		names = append(names, d.GetName())
	}
	return names, nil
}

// newClaim is the n-th claim of a server, on the event of that name or key.
func newClaim(n int, source, event string) *tumenv1.Claim {
	low, best, high, tolerance := int64(540), int64(600), int64(660), int32(10)
	c := &tumenv1.Claim{
		Source: source, Subjects: []string{event}, Stance: tumenv1.Stance_STANCE_ASSERTS,
		Aspect: tumenv1.Aspect_ASPECT_OCCURRENCE, SaidOn: "2023-10-11", Speaker: "a spokesperson",
		Quote: &tumenv1.Quote{Text: prose(textSize), Language: "en", Locator: "paragraph 3"}, Notes: prose(textSize),
	}
	switch n % 3 {
	case 0:
		c.Aspect = tumenv1.Aspect_ASPECT_COUNT
		c.Value = &tumenv1.Value{Kind: &tumenv1.Value_Count{Count: &tumenv1.Count{
			Low: &low, Best: &best, High: &high, TolerancePercent: &tolerance, Words: "about 600", WordsLanguage: "en",
		}}}
	case 1:
		c.Aspect = tumenv1.Aspect_ASPECT_PLACE
		c.Value = &tumenv1.Value{Kind: &tumenv1.Value_Places{Places: &tumenv1.Places{Places: []*tumenv1.PlaceValue{
			{Place: "places/hunchun", Part: tumenv1.PlacePart_PLACE_PART_VIA}, {Place: "places/tumen", Part: tumenv1.PlacePart_PLACE_PART_VIA},
		}}}}
	}
	return c
}

// lexicon is 4096 words made up of syllables: texts of them compress about as
// well as real ones, which those of a few repeated words would not.
var lexicon = func() []string {
	syllables := strings.Fields("an ba chi do el fa gu han in jo ka lee min na or pyong qua ri sa tu un ve won xi yo zha")
	r := rand.New(rand.NewPCG(1, 2))
	words := make([]string, 4096)
	for i := range words {
		for range 1 + r.IntN(4) {
			words[i] += syllables[r.IntN(len(syllables))]
		}
	}
	return words
}()

// prose is a text of that many bytes.
func prose(size int) string {
	var b strings.Builder
	b.Grow(size + 20)
	for b.Len() < size {
		b.WriteString(lexicon[rand.IntN(len(lexicon))])
		b.WriteByte(' ')
	}
	return strings.TrimSpace(b.String()[:size])
}
