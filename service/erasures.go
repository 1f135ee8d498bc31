package service

import (
	"cmp"
	"context"
	"slices"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	tumenv1 "tumen/proto/tumen/v1"
	"tumen/service/access"
	"tumen/service/fault"
	"tumen/service/records"
)

// erasures is the ErasureService.
type erasures struct {
	tumenv1.UnimplementedErasureServiceServer
	*Server
}

// eraseRequest asks for an erasure.
type eraseRequest interface {
	targetRequest
	GetWithin() *durationpb.Duration
}

// ErasePerson implements tumenv1.ErasureServiceServer.
func (s erasures) ErasePerson(ctx context.Context, req *tumenv1.ErasePersonRequest) (*tumenv1.ErasePersonResponse, error) {
	e, err := s.ask(ctx, req, records.Person)
	return &tumenv1.ErasePersonResponse{Erasure: e}, err
}

// EraseSource implements tumenv1.ErasureServiceServer.
func (s erasures) EraseSource(ctx context.Context, req *tumenv1.EraseSourceRequest) (*tumenv1.EraseSourceResponse, error) {
	e, err := s.ask(ctx, req, records.Source)
	return &tumenv1.EraseSourceResponse{Erasure: e}, err
}

// EraseClaim implements tumenv1.ErasureServiceServer.
func (s erasures) EraseClaim(ctx context.Context, req *tumenv1.EraseClaimRequest) (*tumenv1.EraseClaimResponse, error) {
	e, err := s.ask(ctx, req, records.Claim)
	return &tumenv1.EraseClaimResponse{Erasure: e}, err
}

// ask records that somebody wants a record erased. What names it elsewhere is looked
// for first, on a snapshot of its own, as that reads all that the owner has; and only
// for who may ask.
func (s erasures) ask(ctx context.Context, req eraseRequest, kind records.Kind) (*tumenv1.Erasure, error) {
	left, lookErr := s.leftBy(ctx, req, kind)
	return written[*tumenv1.Erasure](ctx, s.Server, req, func(c *change) (records.Record, error) {
		rec, gone, err := s.erasable(&c.View, c.reader, req, kind)
		if err == nil {
			err = lookErr
		}
		if err != nil {
			return nil, err
		}
		return c.askFor(rec, gone, left, req.GetWithin().AsDuration())
	})
}

// askFor records that a record is to be erased, with all that goes with it.
func (c *change) askFor(rec records.Record, gone []records.Record, left leftBehind, within time.Duration) (*tumenv1.Erasure, error) {
	e := &tumenv1.Erasure{
		Marking: strictest(gone, left.marking), State: tumenv1.ErasureState_ERASURE_STATE_REQUESTED, Subject: rec.GetName(),
		Records: namesOf(gone), Revisions: revisionsOf(gone),
		Within: durationpb.New(within), Mentions: left.listed, MoreMentions: left.more,
	}
	return e, c.add("", e, "")
}

// leftBy is what an erasure leaves for people to look at, if it may be asked for.
func (s erasures) leftBy(ctx context.Context, req targetRequest, kind records.Kind) (left leftBehind, err error) {
	err = s.read(ctx, func(v *records.View, r access.Reader) error {
		rec, gone, err := s.erasable(v, r, req, kind)
		if err == nil {
			left, err = mentions(v, r, rec, gone)
		}
		return err
	})
	return left, err
}

// erasable gives what a request asks to be erased, and all that goes with it, if the
// reader may ask for it and nobody has.
func (s erasures) erasable(v *records.View, r access.Reader, req targetRequest, kind records.Kind) (records.Record, []records.Record, error) {
	rec, err := s.target(v, r, kind, req.GetName(), req.GetEtag())
	if err == nil {
		err = cmp.Or(remains(rec), askedAlready(v.Entire(), r, rec))
	}
	if err != nil {
		return nil, nil, err
	}
	gone, err := whatGoes(v.Entire(), rec)
	if err == nil {
		err = seesAll(r, rec, gone)
	}
	return rec, gone, err
}

// seesAll refuses a reader who doesn't see all that goes with a record.
func seesAll(r access.Reader, rec records.Record, gone []records.Record) error {
	for _, g := range gone {
		if !access.Visible(r, g) {
			return fault.New(fault.Denied, "PART_WITHHELD", "part of what goes with %s is withheld from you; somebody has to do this who may see it", rec.GetName())
		}
	}
	return nil
}

// strictest is the marking of an erasure: it names records, and is shown to nobody
// who may not see all of them.
func strictest(gone []records.Record, left tumenv1.Marking) tumenv1.Marking {
	for _, r := range gone {
		left = stricter(left, r.GetMarking())
	}
	return left
}

// stricter is the stricter of two markings, of which 0 is none: the stricter one, the
// smaller its number.
func stricter(a, b tumenv1.Marking) tumenv1.Marking {
	if a == 0 || b != 0 && b < a {
		return b
	}
	return a
}

// askedAlready refuses a second erasure of the same while the first is open. Which one
// that is, is told to who may see it: it may name records that the reader doesn't see.
func askedAlready(v *records.View, r access.Reader, rec records.Record) error {
	for e, err := range records.Owned[*tumenv1.Erasure](v, records.Erasure, rec.GetOwner()) {
		if records.IsDamage(err) {
			continue
		}
		if err != nil {
			return err
		}
		if e.GetSubject() == rec.GetName() && e.GetState() == tumenv1.ErasureState_ERASURE_STATE_REQUESTED {
			if !access.Visible(r, e) {
				return fault.New(fault.Exists, "ALREADY_REQUESTED", "somebody has asked for that already; it waits to be confirmed or withdrawn")
			}
			return fault.New(fault.Exists, "ALREADY_REQUESTED", "%s asks for that already; have another member confirm it, or withdraw it", e.GetName()).With("erasure", e.GetName())
		}
	}
	return nil
}

// ConfirmErasure implements tumenv1.ErasureServiceServer. From here on the records
// are gone for this server; the turnover does the rest.
func (s erasures) ConfirmErasure(ctx context.Context, req *tumenv1.ConfirmErasureRequest) (*tumenv1.ConfirmErasureResponse, error) {
	e, err := written[*tumenv1.Erasure](ctx, s.Server, req, func(c *change) (records.Record, error) {
		e, err := c.requested(req)
		if err != nil {
			return nil, err
		}
		if e.GetCreator() == c.reader.Member {
			return nil, fault.New(fault.Denied, "SAME_MEMBER", "an erasure is confirmed by another member than who asked for it")
		}
		if err := c.eraseAll(e); err != nil {
			return nil, err
		}
		e.State, e.Confirmer, e.Epoch = tumenv1.ErasureState_ERASURE_STATE_CONFIRMED, c.reader.Member, int64(c.Epoch())
		e.ConfirmTime, e.DueTime = timestamppb.New(c.Now()), timestamppb.New(c.Now().Add(e.GetWithin().AsDuration()))
		return e, c.Put(e)
	})
	if err == nil {
		s.turnover.wake()
	}
	return &tumenv1.ConfirmErasureResponse{Erasure: e}, err
}

// WithdrawErasure implements tumenv1.ErasureServiceServer.
func (s erasures) WithdrawErasure(ctx context.Context, req *tumenv1.WithdrawErasureRequest) (*tumenv1.WithdrawErasureResponse, error) {
	e, err := written[*tumenv1.Erasure](ctx, s.Server, req, func(c *change) (records.Record, error) {
		e, err := c.requested(req)
		if err != nil {
			return nil, err
		}
		e.State = tumenv1.ErasureState_ERASURE_STATE_WITHDRAWN
		return e, c.Put(e)
	})
	return &tumenv1.WithdrawErasureResponse{Erasure: e}, err
}

// requested reads the erasure that a call is about, to be changed; only one that
// nobody has confirmed or withdrawn.
func (c *change) requested(req targetRequest) (*tumenv1.Erasure, error) {
	rec, err := c.target(records.Erasure, req.GetName(), req.GetEtag())
	if err != nil {
		return nil, err
	}
	e := proto.Clone(rec).(*tumenv1.Erasure)
	if e.GetState() != tumenv1.ErasureState_ERASURE_STATE_REQUESTED {
		return nil, fault.New(fault.Refused, "NOT_REQUESTED", "%s is %s; only one that is asked for can be confirmed or withdrawn", e.GetName(), erasureWord(e.GetState()))
	}
	return e, nil
}

// eraseAll erases what an erasure was asked for, if that is still all that goes, as it
// was then. Who reads records has to see all of it; an administrator reads none.
func (c *change) eraseAll(e *tumenv1.Erasure) error {
	subject, err := c.Read(e.GetSubject())
	if err != nil {
		return err
	}
	gone, err := whatGoes(&c.View, subject)
	if err != nil {
		return err
	}
	if access.ReadsRecords(c.reader) {
		if err := seesAll(c.reader, subject, gone); err != nil {
			return err
		}
	}
	if !slices.Equal(namesOf(gone), e.GetRecords()) || !slices.Equal(revisionsOf(gone), e.GetRevisions()) {
		return fault.New(fault.Refused, "ERASURE_OUTDATED", "what goes with %s is no longer what %s was asked for: something was added or changed since; withdraw it, look again, and ask again", e.GetSubject(), e.GetName())
	}
	resting, err := restingOnAny(&c.View, gone)
	if err != nil {
		return err
	}
	for _, r := range gone {
		if err := c.Erase(r.GetName(), e.GetName()); err != nil {
			return err
		}
	}
	return c.restaleAll(resting...)
}

// GetErasure implements tumenv1.ErasureServiceServer.
func (s erasures) GetErasure(ctx context.Context, req *tumenv1.GetErasureRequest) (*tumenv1.GetErasureResponse, error) {
	e, err := get[*tumenv1.Erasure](ctx, s.Server, req.GetName())
	return &tumenv1.GetErasureResponse{Erasure: e}, err
}

// ListErasures implements tumenv1.ErasureServiceServer.
func (s erasures) ListErasures(ctx context.Context, req *tumenv1.ListErasuresRequest) (*tumenv1.ListErasuresResponse, error) {
	own := records.List{Owner: ownOrganisation(ctx)}
	page, next, err := list(ctx, s.Server, req, records.Erasure, own, func(_ *records.View, e *tumenv1.Erasure) (bool, error) {
		return req.GetState() == 0 || req.GetState() == e.GetState(), nil
	})
	return &tumenv1.ListErasuresResponse{Erasures: page, NextPageToken: next}, err
}

func namesOf(all []records.Record) []string {
	names := make([]string, 0, len(all))
	for _, rec := range all {
		names = append(names, rec.GetName())
	}
	return names
}

func revisionsOf(all []records.Record) []int64 {
	revisions := make([]int64, 0, len(all))
	for _, rec := range all {
		revisions = append(revisions, rec.GetRevision())
	}
	return revisions
}

// due says whether an erasure waits for a turnover that has to be by now.
func due(e *tumenv1.Erasure, now time.Time) bool {
	return e.GetState() == tumenv1.ErasureState_ERASURE_STATE_CONFIRMED && !e.GetDueTime().AsTime().After(now)
}
