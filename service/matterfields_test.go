package service_test

import (
	"slices"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	tumenv1 "tumen/proto/tumen/v1"
)

// emptying is a document that says which fields are to be empty.
func emptying(d *tumenv1.MatterDocument, fields ...string) *tumenv1.MatterDocument {
	d = proto.CloneOf(d)
	d.Clear = fields
	return d
}

func personDoc(key string, p *tumenv1.Person) *tumenv1.MatterDocument {
	return doc(key, &tumenv1.Record{Record: &tumenv1.Record_Person{Person: p}})
}

func sourceDoc(key string, s *tumenv1.Source) *tumenv1.MatterDocument {
	return doc(key, &tumenv1.Record{Record: &tumenv1.Record_Source{Source: s}})
}

func TestWhatAnExporterCouldNotSeeSurvivesItsAuthorsApplying(t *testing.T) {
	i := startIdentities(t)
	docs := i.export(i.first) // to whom names are withheld
	out := i.apply(i.worker, false, docs...)
	if int(out.GetUnchanged()) != len(docs) {
		t.Errorf("%d of %d unchanged", out.GetUnchanged(), len(docs))
	}
	p, err := i.worker.persons.GetPerson(i.ctx, &tumenv1.GetPersonRequest{Name: i.person})
	ok(t, err)
	if len(p.GetPerson().GetNames()) != 1 || p.GetPerson().GetNotes() != secret || p.GetPerson().GetRevision() != 1 {
		t.Errorf("the person is now %v", p.GetPerson())
	}
	s, err := i.worker.sources.GetSource(i.ctx, &tumenv1.GetSourceRequest{Name: i.src})
	ok(t, err)
	if len(s.GetSource().GetProtectedNames()) != 1 || s.GetSource().GetProtectedNotes() != secret {
		t.Errorf("the source is now %v", s.GetSource())
	}
}

func TestAGradeRecordedSinceIsNotUndone(t *testing.T) {
	o := loadOctober(t)
	colleague := o.member("colleague", tumenv1.Role_ROLE_CASE_WORKER)
	s, err := colleague.sources.GetSource(o.ctx, &tumenv1.GetSourceRequest{Name: o.names["S1"]})
	ok(t, err)
	graded := s.GetSource()
	graded.Reliability, graded.ReliabilityReason = tumenv1.Reliability_RELIABILITY_B, "checked before"
	_, err = colleague.sources.UpdateSource(o.ctx, &tumenv1.UpdateSourceRequest{Source: graded, Reason: "graded",
		UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"reliability", "reliability_reason"}}})
	ok(t, err)
	read := func() *tumenv1.Source {
		s, err := o.worker.sources.GetSource(o.ctx, &tumenv1.GetSourceRequest{Name: o.names["S1"]})
		ok(t, err)
		return s.GetSource()
	}
	if out := o.apply(o.worker, false, octoberDocuments()...); int(out.GetUnchanged()) != len(octoberDocuments()) {
		t.Errorf("%d updated", out.GetUpdated())
	}
	if s := read(); s.GetReliability() != tumenv1.Reliability_RELIABILITY_B {
		t.Errorf("now %v", s)
	}
	bare := sourceDoc("S1", &tumenv1.Source{Language: "ko"}) // not even what a new one needs
	out := o.apply(o.worker, false, bare)
	if s := read(); out.GetUpdated() != 1 || s.GetLanguage() != "ko" || s.GetTitle() != "JFNK" || s.GetReliabilityReason() == "" {
		t.Errorf("now %v", s)
	}
	for _, want := range []int32{1, 0} {
		out := o.apply(o.worker, false, emptying(bare, "reliability", "reliability_reason"))
		if s := read(); out.GetUpdated() != want || s.GetReliability() != 0 || s.GetReliabilityReason() != "" || s.GetLanguage() != "ko" {
			t.Errorf("emptied: %v: %v", out, s)
		}
	}
}

func TestAMentionedFieldReplacesTheWholeField(t *testing.T) {
	o := loadOctober(t)
	o.apply(o.worker, false, sourceDoc("S9", &tumenv1.Source{Relays: []*tumenv1.Relay{{Source: "S2", Kind: tumenv1.RelayKind_RELAY_KIND_CITES}}}))
	s, err := o.worker.sources.GetSource(o.ctx, &tumenv1.GetSourceRequest{Name: o.names["S9"]})
	ok(t, err)
	if r := s.GetSource().GetRelays(); len(r) != 1 || r[0].GetSource() != o.names["S2"] {
		t.Errorf("relays %v", r)
	}
	ids := []*tumenv1.ExternalId{{Issuer: "archive.org", Id: "1"}}
	for _, c := range []struct {
		what string
		doc  *tumenv1.MatterDocument
		want int
	}{
		{"one more", sourceDoc("S9", &tumenv1.Source{ExternalIds: ids}), 2},
		{"none said", sourceDoc("S9", &tumenv1.Source{Title: "Yonhap"}), 2},
		{"emptied", emptying(sourceDoc("S9", &tumenv1.Source{}), "external_ids"), 1},
		{"emptied again", emptying(sourceDoc("S9", &tumenv1.Source{}), "external_ids"), 1},
	} {
		out := o.apply(o.worker, false, c.doc)
		s, err := o.worker.sources.GetSource(o.ctx, &tumenv1.GetSourceRequest{Name: o.names["S9"]})
		ok(t, err)
		if len(s.GetSource().GetExternalIds()) != c.want || len(out.GetFaults()) > 0 {
			t.Errorf("%s: %v", c.what, s.GetSource().GetExternalIds())
		}
	}
}

func TestWhatMayNotBeEmptiedIsRefused(t *testing.T) {
	i := startIdentities(t)
	bare := sourceDoc("S1", &tumenv1.Source{Language: "ko"})
	for _, c := range []struct {
		name string
		who  *member
		doc  *tumenv1.MatterDocument
		want []string
	}{
		{"no such field", i.worker, emptying(bare, "language_", "relays.source"), []string{"0 clear[0] FIELD_UNKNOWN", "0 clear[1] FIELD_UNKNOWN"}},
		{"a required one", i.worker, emptying(bare, "kind"), []string{"0 clear[0] FIELD_REQUIRED"}},
		{"a required one of a new record", i.worker, emptying(source("NEW", "news", "x", own), "title"), []string{"0 clear[0] FIELD_TWICE"}},
		{"what the server sets", i.worker, emptying(bare, "revision", "name", "etag", "ties"), []string{"0 clear[0] FIELD_OUTPUT_ONLY", "0 clear[1] FIELD_OUTPUT_ONLY", "0 clear[2] FIELD_OUTPUT_ONLY", "0 clear[3] FIELD_OUTPUT_ONLY"}},
		{"what stands there, too", i.worker, emptying(bare, "language"), []string{"0 clear[0] FIELD_TWICE"}},
		{"what is withheld", i.first, emptying(personDoc("P1", &tumenv1.Person{}), "notes"), []string{"0 clear[0] FIELD_WITHHELD"}},
		{"what makes it another claim", i.worker, emptying(doc("N-S1", &tumenv1.Record{Record: &tumenv1.Record_Claim{Claim: &tumenv1.Claim{}}}), "stance"), []string{"0 clear[0] FIELD_REQUIRED"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			out, err := applyMatter(i.world, c.who, true, c.doc)
			ok(t, err)
			if got := faultsOf(out); !slices.Equal(got, c.want) {
				t.Errorf("got  %q\nwant %q", got, c.want)
			}
			_, err = applyMatter(i.world, c.who, false, c.doc)
			refused(t, err, codes.InvalidArgument, "MATTER_INVALID", "clear[0]")
		})
	}
}

func TestAnUpdateTellsWhichFieldsChange(t *testing.T) {
	o := loadOctober(t)
	docs := []*tumenv1.MatterDocument{
		emptying(sourceDoc("S3", &tumenv1.Source{Language: "en", Published: "2023-10-11", Title: "KBS World"}), "basis", "relays", "author"),
		source("S1", "ngo-statement", "JFNK", own), source("N1", "news", "new", own),
	}
	docs[0].Clear = []string{"author"} // which is empty already
	for _, dry := range []bool{true, false} {
		out := o.apply(o.worker, dry, docs...)
		for n, want := range [][]string{{"language", "published"}, nil, nil} {
			if got := out.GetDocuments()[n].GetChangedFields(); !slices.Equal(got, want) {
				t.Errorf("dry run %v, %s: %q, want %q", dry, docs[n].GetKey(), got, want)
			}
		}
	}
}
