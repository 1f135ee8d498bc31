package service

import (
	"context"
	"crypto/sha256"
	"strings"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"

	"tumen/service/access"
	"tumen/service/fault"
	"tumen/service/records"
)

// writeRequest is what every call that writes carries.
type writeRequest interface {
	proto.Message
	GetRequestId() string
	GetReason() string
}

// change is one call's change while it is prepared, with who makes it.
type change struct {
	*records.Tx
	server *Server
	reader access.Reader
}

// change runs fn as one change, made by the caller of ctx. The permission that
// it rests on is read with it: who has lost it meanwhile changes nothing.
func (s *Server) change(ctx context.Context, req writeRequest, fn func(*change) error) (records.Result, error) {
	return s.changeWith(ctx, req, nil, fn)
}

// changeWith is change for a call whose payload is more than its request: digest
// covers the rest.
func (s *Server) changeWith(ctx context.Context, req writeRequest, digest []byte, fn func(*change) error) (records.Result, error) {
	reader := readerOf(ctx)
	author, err := authorOf(ctx, reader, req, digest)
	if err != nil {
		return records.Result{}, err
	}
	return s.records.Change(ctx, author, func(tx *records.Tx) error {
		c := &change{tx, s, readerOn(&tx.View, reader)}
		if err := c.stillPermitted(); err != nil {
			return err
		}
		return fn(c)
	})
}

func authorOf(ctx context.Context, reader access.Reader, req writeRequest, rest []byte) (records.Author, error) {
	method, _ := grpc.Method(ctx)
	payload, err := proto.MarshalOptions{Deterministic: true}.Marshal(req)
	if err != nil {
		return records.Author{}, err
	}
	digest := sha256.Sum256(append(payload, rest...))
	return records.Author{
		Member: reader.Member, Organisation: reader.Organisation,
		Method: strings.TrimPrefix(method, "/tumen.v1."), Reason: req.GetReason(),
		RequestID: strings.ToLower(req.GetRequestId()), Payload: digest[:],
	}, nil
}

// target reads the record that a call is about and checks that the caller may
// change it, as last read: of the kind, visible, owned, etag current.
func (c *change) target(kind records.Kind, name, etag string) (records.Record, error) {
	return c.server.target(&c.View, c.reader, kind, name, etag)
}

// target is that of a change, on any view.
func (s *Server) target(v *records.View, r access.Reader, kind records.Kind, name, etag string) (records.Record, error) {
	if _, err := v.Key(name, kind); err != nil {
		return nil, fault.Missing(shortened(name))
	}
	rec, err := v.As(sightOf(r)).Read(name)
	if err != nil {
		return nil, err
	}
	if !access.Editable(r, rec) {
		return nil, fault.New(fault.Denied, "NOT_THE_OWNER", "only the organisation that owns %s changes it", name)
	}
	return rec, unchanged(name, etag, s.etag(r, rec))
}

// unchanged refuses a change that rests on another state of a record than that of now;
// etag is as the caller read it last.
func unchanged(name, etag, now string) error {
	if etag == "" {
		return fault.Field("etag", "ETAG_MISSING", "pass the etag of the record as last read")
	}
	if etag != now {
		return fault.New(fault.Stale, "ETAG_STALE", "%s was changed since it was read; read it again", name).With("name", name)
	}
	return nil
}

// seen reads a record as the author sees it: that it was erased is for those, too,
// who saw it.
func (c *change) seen(name string) (records.Record, error) {
	return c.View.As(sightOf(c.reader)).Read(name)
}

// present checks that a record that others are put under is there, visible and
// not deleted; its kind is the caller's to know.
func (c *change) present(field, name string) (records.Record, error) {
	rec, err := c.seen(name)
	if err != nil {
		return nil, err
	}
	if !access.Editable(c.reader, rec) {
		return nil, fault.New(fault.Denied, "NOT_THE_OWNER", "only the organisation that owns %s adds to it", name)
	}
	if rec.GetDeleteTime() != nil {
		return nil, fault.New(fault.Refused, "PARENT_DELETED", "%s is deleted; undelete it first", name)
	}
	return rec, nil
}

// add checks a new record and puts it into the change under parent. prefix is
// the path of the record in the request.
func (c *change) add(prefix string, rec records.Record, parent string) error {
	if rec.GetName() == "" {
		if err := c.named(rec, parent); err != nil {
			return err
		}
	}
	if err := c.found(rec); err != nil {
		return err
	}
	violations, err := checkRecord(&c.View, c.reader, prefix, rec, nil)
	if err == nil {
		err = invalid(violations)
	}
	if err == nil {
		err = c.Create(rec, parent)
	}
	if err == nil {
		err = c.withinSight(prefix, rec)
	}
	if err != nil {
		return err
	}
	return c.effects(prefix, rec, nil)
}

// replace checks the next revision of a record and puts it into the change.
func (c *change) replace(prefix string, rec, before records.Record) error {
	violations, err := checkRecord(&c.View, c.reader, prefix, rec, before)
	if err == nil {
		err = invalid(violations)
	}
	if err == nil {
		err = c.withinSight(prefix, rec)
	}
	if err == nil {
		err = c.Put(rec)
	}
	if err != nil {
		return err
	}
	return c.effects(prefix, rec, before)
}

// Put makes rec the next revision of its record. Texts that have changed have to be read
// through again before anybody outside is shown them.
func (c *change) Put(rec records.Record) error {
	if !access.MarkedFree(rec) {
		return c.Tx.Put(rec)
	}
	before, err := c.Entire().Read(rec.GetName())
	if err != nil {
		return err
	}
	access.KeepMark(before, rec)
	return c.Tx.Put(rec)
}

// withinSight refuses a marking above the author's own limit: it would put the
// record out of the reach of who has just written it.
func (c *change) withinSight(prefix string, rec records.Record) error {
	if access.Visible(c.reader, rec) {
		return nil
	}
	return fault.Field(join(prefix, "marking"), "MARKING_ABOVE_YOURS", "this marking is above the highest that you may see; give a lower one, or have somebody do it who may see it")
}
