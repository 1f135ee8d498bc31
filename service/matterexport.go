package service

import (
	"cmp"
	"strings"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"

	tumenv1 "tumen/proto/tumen/v1"
	"tumen/service/access"
	"tumen/service/gate"
	"tumen/service/records"
)

// ExportMatter implements tumenv1.ExchangeServiceServer: the case, what lies in
// it, and the persons, sources, ties, and own places and terms that it refers
// to, as documents that ApplyMatter would leave unchanged here and record
// elsewhere; then, what is in none of them.
func (s exchange) ExportMatter(req *tumenv1.ExportMatterRequest, stream grpc.ServerStreamingServer[tumenv1.ExportMatterResponse]) error {
	var out []*tumenv1.ExportMatterResponse
	var shown []access.Disclosure
	err := s.read(stream.Context(), func(v *records.View, r access.Reader) error {
		v, r = intoFile(v, r)
		x := &extraction{view: v.Counting(), reader: r, seen: map[string]bool{}}
		if err := x.run(req.GetName()); err != nil {
			return err
		}
		out = x.pieces()
		for _, m := range x.members {
			shown = append(shown, access.Disclosures(m.record)...)
		}
		return nil
	})
	if err != nil {
		return err
	}
	if err := gate.Disclose(stream.Context(), shown); err != nil {
		return err
	}
	for _, piece := range out {
		if err := stream.Send(piece); err != nil {
			return err
		}
	}
	return nil
}

// extraction collects what belongs to a matter.
type extraction struct {
	view    *records.View // counts what is hidden
	reader  access.Reader
	issuer  string
	seen    map[string]bool
	members []*extracted
	keys    map[string]string // by name, of what stays
	left    []*tumenv1.MatterOmission
}

// extracted is a record on its way out.
type extracted struct {
	record records.Record // as the reader is shown it
	cut    []string       // fields that stay here
	made   bool           // its key was made up
}

func (x *extraction) run(name string) error {
	rec, err := x.view.Read(name)
	if err != nil {
		return err
	}
	org, err := records.Get[*tumenv1.Organisation](x.view.Entire(), rec.GetOwner())
	if err != nil {
		return err
	}
	x.issuer = org.GetHandle()
	if err := x.add(rec); err != nil {
		return err
	}
	for _, kind := range []records.Kind{records.Event, records.Involvement, records.Claim, records.Intervention} {
		for child, err := range records.Children[records.Record](x.view, kind, name) {
			if err != nil {
				return err
			}
			if c, ok := child.(*tumenv1.Claim); ok && !active(c) {
				x.leaveOut(tumenv1.OmissionReason_OMISSION_REASON_NOT_IN_FORCE, child)
				continue
			}
			if err := x.add(child); err != nil {
				return err
			}
		}
	}
	for _, step := range []func() error{x.ties, x.trim, x.captures, func() error { return x.findings(name) }} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// add takes a record in, and then what it refers to, unless that lies in
// another case, comes with the program, or is not visible.
func (x *extraction) add(rec records.Record) error {
	if x.seen[rec.GetName()] || rec.GetDeleteTime() != nil || rec.GetOwner() == "" || !x.view.Sees(rec) {
		return nil
	}
	x.seen[rec.GetName()] = true
	shown := access.Redact(x.reader, rec)
	x.members = append(x.members, &extracted{record: shown})
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
			} else if !isMissing(err) {
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
	for _, m := range x.members {
		for t, err := range x.view.TiesOf(m.record.GetName()) {
			if err != nil {
				return err
			}
			if x.seen[t.GetName()] {
				continue
			}
			if x.seen[t.GetA()] && x.seen[t.GetB()] {
				if err := x.add(t); err != nil {
					return err
				}
				continue
			}
			x.seen[t.GetName()] = true
			x.leaveOut(tumenv1.OmissionReason_OMISSION_REASON_FOUNDATION, t)
		}
	}
	return nil
}

// pieces writes the records down with keys for names, and then what was left out.
func (x *extraction) pieces() []*tumenv1.ExportMatterResponse {
	var out []*tumenv1.ExportMatterResponse
	for _, m := range x.members {
		name := m.record.GetName()
		d := proto.Clone(m.record).(records.Record)
		access.ClearOutputOnly(d, access.DropNames)
		for _, field := range m.cut {
			d.ProtoReflect().Clear(d.ProtoReflect().Descriptor().Fields().ByName(protoName(field)))
		}
		dropExternalID(d, x.issuer, x.keys[name])
		visitReferences(d.ProtoReflect(), "", func(_ string, _ []records.Kind, name string) string { return cmp.Or(x.keys[name], name) })
		doc := &tumenv1.MatterDocument{Key: x.keys[name], Record: recordOf(d), Case: x.keys[records.ParentOf(name)]}
		if m.made && records.KindOf(m.record) != records.Term {
			doc.Name = name
		}
		out = append(out, &tumenv1.ExportMatterResponse{Document: doc})
	}
	for _, o := range x.omissions() {
		out = append(out, &tumenv1.ExportMatterResponse{Omission: o})
	}
	return out
}

// name gives every record a key: what its organisation calls it, else one made up
// of its kind and the beginning of its name, so that it is the same in every
// export and another in every case.
func (x *extraction) name() {
	x.keys = map[string]string{}
	taken := map[string]bool{}
	for _, m := range x.members {
		if key := x.called(m.record); key != "" {
			x.keys[m.record.GetName()], taken[key] = key, true
		}
	}
	for _, m := range x.members {
		name := m.record.GetName()
		if x.keys[name] != "" {
			continue
		}
		m.made = true
		own := name[strings.LastIndexByte(name, '/')+1:]
		key := ""
		for length := min(8, len(own)); ; length++ {
			key = records.KindOf(m.record).String() + "-" + own[:min(length, len(own))]
			if records.KindOf(m.record) == records.Term {
				key = strings.Replace(strings.TrimPrefix(name, "vocabularies/"), "/terms/", "-", 1)
			}
			if !taken[key] {
				break
			}
			if length >= len(own) {
				own += "x" // somebody has called another record so
			}
		}
		x.keys[name], taken[key] = key, true
	}
}

// called is what the organisation itself calls a record; empty for nothing.
func (x *extraction) called(rec records.Record) string {
	for _, e := range rec.GetExternalIds() {
		if e.GetIssuer() == x.issuer && !isName(x.view, e.GetId()) {
			return e.GetId()
		}
	}
	return ""
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
