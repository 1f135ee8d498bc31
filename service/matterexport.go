package service

import (
	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"

	tumenv1 "tumen/proto/tumen/v1"
	"tumen/service/access"
	"tumen/service/fault"
	"tumen/service/records"
)

// ExportMatter implements tumenv1.ExchangeServiceServer: the case, what lies in
// it, and the persons, sources, ties, and own places and terms that it refers
// to, as documents that ApplyMatter would leave unchanged.
func (s exchange) ExportMatter(req *tumenv1.ExportMatterRequest, stream grpc.ServerStreamingServer[tumenv1.ExportMatterResponse]) error {
	var out []*tumenv1.MatterDocument
	err := s.read(stream.Context(), func(v *records.View, r access.Reader) error {
		x := &extraction{view: v, reader: r, seen: map[string]bool{}}
		var err error
		out, err = x.run(req.GetName())
		return err
	})
	if err != nil {
		return err
	}
	for _, d := range out {
		if err := stream.Send(&tumenv1.ExportMatterResponse{Document: d}); err != nil {
			return err
		}
	}
	return nil
}

// extraction collects what belongs to a matter.
type extraction struct {
	view    *records.View
	reader  access.Reader
	issuer  string
	seen    map[string]bool
	members []records.Record
}

func (x *extraction) run(name string) ([]*tumenv1.MatterDocument, error) {
	rec, err := x.view.Read(name)
	if err != nil {
		return nil, err
	}
	org, err := records.Get[*tumenv1.Organisation](x.view.Entire(), rec.GetOwner())
	if err != nil {
		return nil, err
	}
	x.issuer = org.GetHandle()
	if err := x.add(rec); err != nil {
		return nil, err
	}
	for _, kind := range []records.Kind{records.Event, records.Involvement, records.Claim, records.Intervention} {
		for child, err := range records.Children[records.Record](x.view, kind, name) {
			if err != nil {
				return nil, err
			}
			if c, ok := child.(*tumenv1.Claim); ok && !active(c) {
				continue
			}
			if err := x.add(child); err != nil {
				return nil, err
			}
		}
	}
	if err := x.ties(); err != nil {
		return nil, err
	}
	return x.documents(), nil
}

// add takes a record in, and then what it refers to, unless that lies in
// another case, comes with the program, or is not visible.
func (x *extraction) add(rec records.Record) error {
	if x.seen[rec.GetName()] || rec.GetDeleteTime() != nil || rec.GetOwner() == "" || !x.view.Sees(rec) {
		return nil
	}
	x.seen[rec.GetName()] = true
	shown := access.Redact(x.reader, rec)
	x.members = append(x.members, shown)
	if err := x.addTerms(rec); err != nil {
		return err
	}
	var failed error
	visitReferences(shown.ProtoReflect(), "", func(_ string, _ []records.Kind, name string) string {
		k, err := x.view.Key(name, records.NoKind)
		if err != nil || failed != nil {
			return name
		}
		switch k.Kind {
		case records.Person, records.Source, records.Place:
			if other, err := x.view.Read(name); err == nil {
				failed = x.add(other)
			} else if f := fault.Of(err); f == nil || f.Kind != fault.NotFound {
				failed = err
			}
		}
		return name
	})
	return failed
}

// addTerms takes in the codes of the organisation's own that a record bears.
func (x *extraction) addTerms(rec records.Record) error {
	codes := map[tumenv1.Vocabulary]string{}
	switch r := rec.(type) {
	case *tumenv1.Event:
		codes[tumenv1.Vocabulary_VOCABULARY_ACTS] = r.GetAct()
	case *tumenv1.Source:
		codes[tumenv1.Vocabulary_VOCABULARY_SOURCE_KINDS] = r.GetKind()
	case *tumenv1.Involvement:
		codes[tumenv1.Vocabulary_VOCABULARY_CUSTODY_STATUSES] = r.GetCustodyStatus()
	case *tumenv1.Claim:
		codes[tumenv1.Vocabulary_VOCABULARY_CUSTODY_STATUSES] = r.GetValue().GetCustody().GetStatus()
	}
	for vocabulary, code := range codes {
		term, err := x.view.Term(vocabulary, code)
		if err != nil {
			return err
		}
		if term != nil {
			if err := x.add(term); err != nil {
				return err
			}
		}
	}
	return nil
}

// ties adds the ties between what was collected.
func (x *extraction) ties() error {
	for _, rec := range x.members {
		for t, err := range x.view.TiesOf(rec.GetName()) {
			if err != nil {
				return err
			}
			if x.seen[t.GetA()] && x.seen[t.GetB()] {
				if err := x.add(t); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// documents writes the records down with keys for names. What has no key keeps
// its name, which serves as one.
func (x *extraction) documents() []*tumenv1.MatterDocument {
	keys := map[string]string{}
	for _, rec := range x.members {
		keys[rec.GetName()] = rec.GetName()
		for _, e := range rec.GetExternalIds() {
			if e.GetIssuer() == x.issuer && !isName(x.view, e.GetId()) {
				keys[rec.GetName()] = e.GetId()
				break
			}
		}
	}
	var out []*tumenv1.MatterDocument
	for _, rec := range x.members {
		key := keys[rec.GetName()]
		d := proto.Clone(rec).(records.Record)
		access.ClearOutputOnly(d, access.DropNames)
		dropExternalID(d, x.issuer, key)
		visitReferences(d.ProtoReflect(), "", func(_ string, _ []records.Kind, name string) string {
			if k, ok := keys[name]; ok {
				return k
			}
			return name
		})
		doc := &tumenv1.MatterDocument{Key: key, Record: recordOf(d)}
		if parent := records.ParentOf(rec.GetName()); parent != "" && keys[parent] != "" {
			doc.Case = keys[parent]
		}
		out = append(out, doc)
	}
	return out
}

// dropExternalID takes the external id away that the key of a document implies.
func dropExternalID(rec records.Record, issuer, key string) {
	m := rec.ProtoReflect()
	f := m.Descriptor().Fields().ByName("external_ids")
	kept := rec.GetExternalIds()[:0:0]
	for _, e := range rec.GetExternalIds() {
		if e.GetIssuer() != issuer || e.GetId() != key {
			kept = append(kept, e)
		}
	}
	m.Clear(f)
	for _, e := range kept {
		m.Mutable(f).List().Append(valueOfMessage(e))
	}
}
