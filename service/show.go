package service

import (
	"google.golang.org/protobuf/reflect/protoreflect"

	tumenv1 "tumen/proto/tumen/v1"
	"tumen/service/access"
	"tumen/service/edtf"
	"tumen/service/fault"
	"tumen/service/records"
	"tumen/service/verification"
)

func protoName(s string) protoreflect.Name { return protoreflect.Name(s) }

const fieldEtag = 2

// show is the one place where a record leaves the server: what is computed is
// added, what the reader may not see is withheld, and the etag is that of the
// stored fields as this reader sees them, so that hidden changes don't show. v
// may be nil for kinds of which nothing is computed.
func (s *Server) show(v *records.View, r access.Reader, rec records.Record) (records.Record, error) {
	seen := access.Redact(r, rec)
	etag := access.ETag(s.etagKey, seen)
	if hasComputed(rec) {
		full, err := s.computed(v, rec)
		if err != nil {
			return nil, err
		}
		seen = access.Redact(r, full)
	}
	out := shallow(seen)
	m := out.ProtoReflect()
	m.Set(m.Descriptor().Fields().ByNumber(fieldEtag), protoreflect.ValueOfString(etag))
	return out, nil
}

// etag is the etag of a record for a reader.
func (s *Server) etag(r access.Reader, rec records.Record) string {
	return access.ETag(s.etagKey, access.Redact(r, rec))
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
	case *tumenv1.Case, *tumenv1.Event, *tumenv1.Involvement, *tumenv1.Person, *tumenv1.Source, *tumenv1.Finding:
		return true
	}
	return false
}

// computed returns a copy of a record with what follows from other records.
func (s *Server) computed(v *records.View, rec records.Record) (records.Record, error) {
	out := shallow(rec)
	var err error
	switch r := out.(type) {
	case *tumenv1.Case:
		r.Headline, err = headline(v, r)
	case *tumenv1.Event:
		if r.UsedTime, err = v.UsedTime(r); err == nil {
			r.UncoveredClaims, err = uncovered(v, r)
		}
	case *tumenv1.Involvement:
		r.StatusClaims, err = activeClaims(v, r.GetName(), tumenv1.Aspect_ASPECT_CUSTODY_STATUS)
	case *tumenv1.Person:
		r.NameClaims, err = activeClaims(v, r.GetName(), tumenv1.Aspect_ASPECT_NAME)
	case *tumenv1.Source:
		r.Ties = nil
		for t, terr := range v.TiesOf(r.GetName()) {
			if terr != nil {
				return nil, terr
			}
			r.Ties = append(r.Ties, t.GetName())
		}
	case *tumenv1.Finding:
		var e *evidence
		if e, err = gather(v, r.GetSubject(), r.GetAspect()); err == nil {
			r.Support = e.support(r)
			r.StaleReasons, err = e.staleReasons(v, r, r.Support)
			r.Stale = len(r.StaleReasons) > 0
		}
	}
	return out, err
}

// headline is what has been concluded about a case's principal event, the first
// one recorded if none is set.
func headline(v *records.View, c *tumenv1.Case) (*tumenv1.Headline, error) {
	event := c.GetPrincipalEvent()
	if event == "" {
		for e, err := range records.Children[*tumenv1.Event](v, records.Event, c.GetName()) {
			if err != nil {
				return nil, err
			}
			if e.GetDeleteTime() == nil {
				event = e.GetName()
				break
			}
		}
	}
	if event == "" {
		return nil, nil
	}
	f, err := v.FindingOn(event, tumenv1.Aspect_ASPECT_OCCURRENCE)
	if err != nil {
		return nil, err
	}
	return &tumenv1.Headline{
		Text:    verification.Headline(tumenv1.Aspect_ASPECT_OCCURRENCE, f.GetState()),
		State:   f.GetState(),
		Event:   event,
		Finding: f.GetName(),
	}, nil
}

// uncovered lists the active claims whose time the recorded time of an event
// does not cover.
func uncovered(v *records.View, e *tumenv1.Event) ([]string, error) {
	recorded, ok := records.TimeOf(e.GetTime())
	if !ok {
		return nil, nil
	}
	lasting, err := v.Lasting(e.GetAct())
	if err != nil {
		return nil, err
	}
	covers := edtf.Entails
	if lasting {
		covers = edtf.EntailsLasting
	}
	var out []string
	for c, err := range v.ClaimsOn(e.GetName(), tumenv1.Aspect_ASPECT_TIME) {
		if err != nil {
			return nil, err
		}
		claimed, ok := records.TimeOf(c.GetValue().GetTime())
		if ok && active(c) && c.GetStance() == tumenv1.Stance_STANCE_ASSERTS && !covers(claimed, recorded) {
			out = append(out, c.GetName())
		}
	}
	return out, nil
}

func active(c *tumenv1.Claim) bool { return c.GetState() == tumenv1.ClaimState_CLAIM_STATE_ACTIVE }

func activeClaims(v *records.View, subject string, aspect tumenv1.Aspect) ([]string, error) {
	var out []string
	for c, err := range v.ClaimsOn(subject, aspect) {
		if err != nil {
			return nil, err
		}
		if active(c) {
			out = append(out, c.GetName())
		}
	}
	return out, nil
}

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

var errNoRecord = fault.Field("record", "RECORD_MISSING", "a document holds one record")
