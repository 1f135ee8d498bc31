package service

import (
	"context"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	tumenv1 "tumen/proto/tumen/v1"
	"tumen/service/access"
	"tumen/service/fault"
	"tumen/service/gate"
	"tumen/service/records"
)

// What is the same for every kind of record: create, get, list, update, delete
// and undelete. The handlers only take the record out of the request and put it
// into the response.

// create records rec under parent (empty for what has none). field is its name
// in the request.
func create[T records.Record](ctx context.Context, s *Server, req writeRequest, field, parent string, rec T) (T, error) {
	return written[T](ctx, s, req, func(c *change) (records.Record, error) {
		if parent != "" {
			if _, err := c.present("parent", parent); err != nil {
				return nil, err
			}
		}
		fresh := proto.Clone(rec).(T) // fn may run again
		return fresh, c.add(field, fresh, parent)
	})
}

// update changes the fields of a record that the mask names.
func update[T records.Record](ctx context.Context, s *Server, req writeRequest, field string, rec T, mask *fieldmaskpb.FieldMask) (T, error) {
	return written[T](ctx, s, req, func(c *change) (records.Record, error) {
		if rec.GetName() == "" {
			return nil, fault.Field(field+".name", "NAME_MISSING", "name the record to change")
		}
		before, err := c.target(records.KindOf(rec), rec.GetName(), rec.GetEtag())
		if err != nil {
			return nil, err
		}
		if err := changeable(before); err != nil {
			return nil, err
		}
		if err := access.MayChange(c.reader, before, mask); err != nil {
			return nil, err
		}
		after := proto.Clone(before).(records.Record)
		if err := access.ApplyMask(after, rec, mask); err != nil {
			return nil, err
		}
		if err := gate.ValidateRecord(after, field); err != nil {
			return nil, err
		}
		return after, c.replace(field, after, before)
	})
}

// changeable refuses changes to what is deleted, and to a claim that is no longer
// in force.
func changeable(rec records.Record) error {
	if claim, ok := rec.(*tumenv1.Claim); ok {
		if err := inForce(claim); err != nil {
			return err
		}
	}
	return kept(rec)
}

// kept refuses changes to what is deleted.
func kept(rec records.Record) error {
	if rec.GetDeleteTime() != nil {
		return fault.New(fault.Refused, "DELETED", "%s is deleted; undelete it first", rec.GetName())
	}
	return nil
}

// targetRequest names the record of a call that changes it as a whole.
type targetRequest interface {
	writeRequest
	GetName() string
	GetEtag() string
}

// remove deletes a record softly.
func remove[T records.Record](ctx context.Context, s *Server, req targetRequest) (T, error) {
	return written[T](ctx, s, req, func(c *change) (records.Record, error) {
		rec, err := c.target(kindOf[T](), req.GetName(), req.GetEtag())
		if err != nil {
			return nil, err
		}
		if err := kept(rec); err != nil {
			return nil, err
		}
		if err := c.unused(rec); err != nil {
			return nil, err
		}
		if err := c.Delete(rec); err != nil {
			return nil, err
		}
		return rec, c.effects("", rec, rec)
	})
}

// restore takes a deletion back.
func restore[T records.Record](ctx context.Context, s *Server, req targetRequest) (T, error) {
	return written[T](ctx, s, req, func(c *change) (records.Record, error) {
		rec, err := c.target(kindOf[T](), req.GetName(), req.GetEtag())
		if err != nil {
			return nil, err
		}
		if rec.GetDeleteTime() == nil {
			return nil, fault.New(fault.Refused, "NOT_DELETED", "%s is not deleted", rec.GetName())
		}
		if err := c.foundations(rec); err != nil {
			return nil, err
		}
		if err := c.Undelete(rec); err != nil {
			return nil, err
		}
		return rec, c.effects("", rec, rec)
	})
}

// kindOf is the kind of a type of record.
func kindOf[T records.Record]() records.Kind {
	var none T
	return records.KindOf(none)
}

// written makes a change that results in one record and returns it as its
// reader may see it, the same for a repeated call as for the first.
func written[T records.Record](ctx context.Context, s *Server, req writeRequest, fn func(*change) (records.Record, error)) (T, error) {
	var none T
	result, err := s.change(ctx, req, func(c *change) error {
		rec, err := fn(c)
		if err != nil {
			return err
		}
		c.Names(rec.GetName())
		return nil
	})
	if err != nil {
		return none, err
	}
	return answer[T](ctx, s, result, 0)
}

// answer returns the nth record that a change named, in the revision that
// resulted: what others have changed since is not what the call did. Where
// nothing about it is computed or protected, what was just written needs no reading.
func answer[T records.Record](ctx context.Context, s *Server, result records.Result, n int) (T, error) {
	var none T
	if len(result.Names) <= n {
		return none, fault.New(fault.Internal, "INTERNAL", "the change named no record")
	}
	if rec := result.Record(result.Names[n]); rec != nil && !hasComputed(rec) && !access.Protects(rec) {
		shown, err := s.show(nil, readerOf(ctx), rec)
		if err != nil {
			return none, err
		}
		return shown.(T), nil
	}
	var out T
	err := s.read(ctx, func(v *records.View, r access.Reader) error {
		shown, err := s.resulted(v, r, result.Names[n], result.Revisions[n])
		if err != nil {
			return err
		}
		typed, ok := shown.(T)
		if !ok {
			return fault.Missing(result.Names[n])
		}
		out = typed
		return nil
	})
	return out, err
}

// resulted shows a record at a revision to who may see it today: the last one
// with what is computed, like any read; an earlier one as its history tells it,
// with the etag that it had. 0 stands for the last.
func (s *Server) resulted(v *records.View, r access.Reader, name string, revision int64) (records.Record, error) {
	rec, err := v.Read(name)
	if err != nil {
		return nil, err
	}
	if revision == 0 || rec.GetRevision() == revision {
		return s.show(v, r, rec)
	}
	was, err := v.Revision(name, revision)
	if err != nil {
		return nil, err
	}
	if !v.Sees(was.Record) {
		return nil, fault.Missing(name)
	}
	seen, err := asItWas(v, r, was.Record)
	if err != nil {
		return nil, err
	}
	out := shallow(seen)
	setETag(out, s.etag(r, was.Record))
	return out, nil
}

// get returns a record as its reader may see it.
func get[T records.Record](ctx context.Context, s *Server, name string) (T, error) {
	var none, out T
	err := s.read(ctx, func(v *records.View, r access.Reader) error {
		rec, err := records.Get[T](v, name)
		if err != nil {
			return err
		}
		shown, err := s.show(v, r, rec)
		if err != nil {
			return err
		}
		out = shown.(T)
		return nil
	})
	if err != nil {
		return none, err
	}
	return out, nil
}

// read runs fn on a snapshot as the caller of ctx sees it: what the caller may not
// see is not there.
func (s *Server) read(ctx context.Context, fn func(*records.View, access.Reader) error) error {
	reader := readerOf(ctx)
	return s.records.View(ctx, func(v *records.View) error {
		r := readerOn(v, reader)
		return fn(v.As(sightOf(r)), r)
	})
}

// sightOf is what a reader sees.
func sightOf(r access.Reader) records.Sight {
	s := records.Sight{Shows: func(rec records.Record) bool { return access.Visible(r, rec) }, Grantees: granteesOf(r)}
	if access.ReadsRecords(r) || access.Administers(r) {
		s.Home = r.Organisation
	}
	if access.SeesAll(r) {
		s.Whole = r.Organisation
	}
	return s
}

// list returns a page of a list of records: those that are visible, kept unless
// deleted ones are asked for, and accepted by keep (nil accepts all).
func list[T records.Record](ctx context.Context, s *Server, req listRequest, kind records.Kind, l records.List, keep func(*records.View, T) (bool, error)) ([]T, string, error) {
	var page []T
	var next string
	err := s.read(ctx, func(v *records.View, r access.Reader) error {
		cursor, err := s.openToken(r, req)
		if err != nil {
			return err
		}
		selected, after, err := v.Page(kind, l, cursor, pageSize(req), func(rec records.Record) (bool, error) {
			if rec.GetDeleteTime() != nil && !showDeleted(req) {
				return false, nil
			}
			if keep == nil {
				return true, nil
			}
			return keep(v, rec.(T))
		})
		if err != nil {
			return err
		}
		all := make([]found, 0, len(selected))
		for _, rec := range selected {
			all = append(all, foundRecord(v, rec, func(shown records.Record) { page = append(page, shown.(T)) }))
		}
		next, err = s.reply(v, r, req, all, after)
		return err
	})
	return page, next, err
}
