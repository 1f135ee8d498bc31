package service

import (
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	tumenv1 "tumen/proto/tumen/v1"
	"tumen/service/access"
	"tumen/service/records"
)

func protoName(s string) protoreflect.Name { return protoreflect.Name(s) }

// Fields that every record has, by the same numbers.
const (
	fieldEtag     = 2
	fieldWithheld = 14
)

// show is the one place where a record leaves the server: what is computed is
// added, what the reader may not see is withheld, and the etag is that of the
// stored fields as this reader sees them, so that hidden changes don't show. v
// may be nil for kinds of which nothing is computed.
func (s *Server) show(v *records.View, r access.Reader, rec records.Record) (records.Record, error) {
	outside := access.Outside(r, rec)
	seen := access.Redact(r, rec)
	var etag string
	if !outside || v == nil {
		etag = s.etagOf(r, rec, seen)
	} else {
		stored := shallow(access.Redact(stating(r), rec))
		if _, err := cutUnseen(v.As(sightOf(r)), stored); err != nil {
			return nil, err
		}
		etag = access.ETag(s.etagKey, stored)
	}
	var l *sight
	if hasComputed(rec) {
		l = &sight{view: v.As(sightOf(r)).Counting(), reader: r}
		full, err := l.computed(rec)
		if err != nil {
			return nil, err
		}
		seen = access.Redact(r, full)
	}
	out := shallow(seen)
	if outside && v != nil {
		cut, err := cutUnseen(v.As(sightOf(r)), out)
		if err != nil {
			return nil, err
		}
		sayWithheld(out, tumenv1.Protection_PROTECTION_CONTENT, cut, false)
	}
	if l != nil {
		sayWithheld(out, tumenv1.Protection_PROTECTION_CONTENT, l.view.Withheld(), !outside)
		sayWithheld(out, tumenv1.Protection_PROTECTION_IDENTITY, l.untold, !outside)
	}
	setETag(out, etag)
	return out, nil
}

func setETag(rec records.Record, etag string) {
	m := rec.ProtoReflect()
	m.Set(m.Descriptor().Fields().ByNumber(fieldEtag), protoreflect.ValueOfString(etag))
}

// sayWithheld adds to what a record says is withheld of a class: how much, if that is to
// be counted for its reader.
func sayWithheld(rec records.Record, class tumenv1.Protection, more int, counted bool) {
	if more == 0 {
		return
	}
	if !counted {
		more = 0
	}
	var said []*tumenv1.Withheld
	added := false
	for _, w := range rec.(interface{ GetWithheld() []*tumenv1.Withheld }).GetWithheld() {
		w = proto.Clone(w).(*tumenv1.Withheld)
		if w.GetProtection() == class {
			w.Fields, added = w.GetFields()+int32(more), true
		}
		said = append(said, w)
	}
	if !added {
		said = append(said, &tumenv1.Withheld{Protection: class, Fields: int32(more)})
	}
	m := rec.ProtoReflect()
	list := m.NewField(m.Descriptor().Fields().ByNumber(fieldWithheld))
	for _, w := range said {
		list.List().Append(valueOfMessage(w))
	}
	m.Set(m.Descriptor().Fields().ByNumber(fieldWithheld), list)
}

// etag is the etag of a record for a reader, the same whether they state a purpose
// or not.
func (s *Server) etag(r access.Reader, rec records.Record) string {
	return s.etagOf(r, rec, access.Redact(r, rec))
}

// etagOf is etag where it is known what the reader sees.
func (s *Server) etagOf(r access.Reader, rec, seen records.Record) string {
	if !r.Purpose && len(r.Clearances) > 0 {
		seen = access.Redact(stating(r), rec)
	}
	return access.ETag(s.etagKey, seen)
}

// stating is a reader who states a purpose, if they are cleared for anything.
func stating(r access.Reader) access.Reader {
	r.Purpose = r.Purpose || len(r.Clearances) > 0
	return r
}

// shallow copies a record one level deep: its fields may then be set without
// touching the original.
func shallow(rec records.Record) records.Record {
	from := rec.ProtoReflect()
	to := from.New()
	from.Range(func(f protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		to.Set(f, v)
		return true
	})
	return to.Interface().(records.Record)
}

// hasComputed says whether something about records of this kind is computed
// when they are read.
func hasComputed(rec records.Record) bool {
	switch rec.(type) {
	case *tumenv1.Case, *tumenv1.Event, *tumenv1.Involvement, *tumenv1.Person, *tumenv1.Source, *tumenv1.Finding, *tumenv1.Grant, *tumenv1.Submission:
		return true
	}
	return false
}

// computed returns a copy of a record with what follows from other records, as
// far as the reader sees these.
func (l *sight) computed(rec records.Record) (records.Record, error) {
	out := shallow(rec)
	var err error
	switch rec := out.(type) {
	case *tumenv1.Case:
		rec.Headline, err = l.headline(rec)
	case *tumenv1.Event:
		if rec.UsedTime, err = l.view.UsedTime(rec); err == nil {
			rec.UncoveredClaims, err = l.uncovered(rec)
		}
	case *tumenv1.Involvement:
		rec.StatusClaims, err = l.activeClaims(rec.GetName(), tumenv1.Aspect_ASPECT_CUSTODY_STATUS)
	case *tumenv1.Person:
		rec.NameClaims, err = l.activeClaims(rec.GetName(), tumenv1.Aspect_ASPECT_NAME)
	case *tumenv1.Source:
		rec.Ties, err = l.ties(rec)
	case *tumenv1.Finding:
		err = l.weigh(rec)
	case *tumenv1.Grant:
		err = l.holds(rec)
	case *tumenv1.Submission:
		err = l.sides(rec)
	}
	return out, err
}

func active(c *tumenv1.Claim) bool { return c.GetState() == tumenv1.ClaimState_CLAIM_STATE_ACTIVE }

// recordOf wraps a record into the message that holds one of any kind.
func recordOf(rec records.Record) *tumenv1.Record {
	out := new(tumenv1.Record)
	m := out.ProtoReflect()
	fields := m.Descriptor().Fields()
	for i := range fields.Len() {
		if fields.Get(i).Message().FullName() == rec.ProtoReflect().Descriptor().FullName() {
			m.Set(fields.Get(i), protoreflect.ValueOfMessage(rec.ProtoReflect()))
		}
	}
	return out
}

// unwrap takes a record out of that message; nil where it holds none.
func unwrap(r *tumenv1.Record) records.Record {
	m := r.ProtoReflect()
	f := m.WhichOneof(m.Descriptor().Oneofs().ByName("record"))
	if f == nil {
		return nil
	}
	rec, _ := m.Get(f).Message().Interface().(records.Record)
	return rec
}
