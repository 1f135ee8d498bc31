package service

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	tumenv1 "tumen/proto/tumen/v1"
	"tumen/service/access"
	"tumen/service/fault"
	"tumen/service/gate"
	"tumen/service/records"
)

// releases is the ReleaseService.
type releases struct {
	tumenv1.UnimplementedReleaseServiceServer
	*Server
}

// withdrawRequest records that an identity may be used no longer.
type withdrawRequest interface {
	targetRequest
	GetWithdrawal() *tumenv1.Withdrawal
}

// WithdrawPersonRelease implements tumenv1.ReleaseServiceServer.
func (s releases) WithdrawPersonRelease(ctx context.Context, req *tumenv1.WithdrawPersonReleaseRequest) (*tumenv1.WithdrawPersonReleaseResponse, error) {
	p, reach, err := withdraw[*tumenv1.Person](ctx, s, req, func(p *tumenv1.Person, r []*tumenv1.Release) { p.Releases = r })
	return &tumenv1.WithdrawPersonReleaseResponse{Person: p, Reach: reach}, err
}

// WithdrawSourceRelease implements tumenv1.ReleaseServiceServer.
func (s releases) WithdrawSourceRelease(ctx context.Context, req *tumenv1.WithdrawSourceReleaseRequest) (*tumenv1.WithdrawSourceReleaseResponse, error) {
	src, reach, err := withdraw[*tumenv1.Source](ctx, s, req, func(src *tumenv1.Source, r []*tumenv1.Release) { src.Releases = r })
	return &tumenv1.WithdrawSourceReleaseResponse{Source: src, Reach: reach}, err
}

// releasing is a record with terms of its own.
type releasing interface {
	records.Record
	access.Releasing
}

// withdraw records a withdrawal, asks for an erasure where one is needed, and says where
// the identity has gone. Whoever may change the record may do that, whether they are
// shown its terms or not: it takes away, and gives nothing. What is deleted can be
// undeleted, and so can its release be withdrawn.
func withdraw[T releasing](ctx context.Context, s releases, req withdrawRequest, set func(T, []*tumenv1.Release)) (T, *tumenv1.WithdrawalReach, error) {
	var none T
	kind := kindOf[T]()
	forgotten := forgets(req.GetWithdrawal())
	var left leftBehind
	if forgotten { // that it can't be erased now, is told once more in the change
		var err error
		if left, err = (erasures{Server: s.Server}).leftBy(ctx, req, kind); err != nil && fault.Of(err) == nil {
			return none, nil, err
		}
	}
	result, err := s.change(ctx, req, func(c *change) error {
		rec, err := c.target(kind, req.GetName(), req.GetEtag())
		if err != nil {
			return err
		}
		after := proto.Clone(rec).(T)
		set(after, withdrawn(after.GetReleases(), req.GetWithdrawal()))
		if err := gate.ValidateRecord(after, kind.String()); err != nil {
			return err
		}
		if err := c.replace(kind.String(), after, rec); err != nil {
			return err
		}
		c.Names(after.GetName())
		if !forgotten {
			return nil
		}
		return c.openErasure(after, left)
	})
	if err != nil {
		return none, nil, err
	}
	rec, err := answer[T](ctx, s.Server, result, 0)
	if err != nil {
		return none, nil, err
	}
	reach, err := s.reachOf(ctx, req.GetName(), result)
	return rec, reach, err
}

// forgets says whether a withdrawal means that nothing may be kept.
func forgets(w *tumenv1.Withdrawal) bool {
	return len(w.GetPurposes()) == 0 || slices.Contains(w.GetPurposes(), tumenv1.ReleasePurpose_RELEASE_PURPOSE_RECORD)
}

// withdrawn gives the terms after a withdrawal: for its purposes it stands alone, the
// others stay.
func withdrawn(terms []*tumenv1.Release, w *tumenv1.Withdrawal) []*tumenv1.Release {
	purposes := slices.Clone(w.GetPurposes())
	if len(purposes) == 0 {
		for number := range tumenv1.ReleasePurpose_name {
			if number != 0 {
				purposes = append(purposes, tumenv1.ReleasePurpose(number))
			}
		}
	}
	slices.Sort(purposes)
	after := slices.DeleteFunc(slices.Clone(terms), func(r *tumenv1.Release) bool { return slices.Contains(purposes, r.GetPurpose()) })
	for _, p := range purposes {
		after = append(after, &tumenv1.Release{
			Purpose: p, Basis: cmp.Or(w.GetBasis(), tumenv1.ReleaseBasis_RELEASE_BASIS_WITHDRAWN),
			GivenBy: w.GetGivenBy(), GivenOn: w.GetGivenOn(), Explanation: w.GetExplanation(),
		})
	}
	return after
}

// openErasure asks for the erasure of what was just withdrawn. That it can't be asked
// for now, holds no withdrawal up: why, is kept with the call.
func (c *change) openErasure(rec records.Record, left leftBehind) error {
	err := cmp.Or(remains(rec), askedAlready(c.Entire(), c.reader, rec))
	var gone []records.Record
	if err == nil {
		gone, err = whatGoes(&c.View, rec)
	}
	if err == nil {
		err = seesAll(c.reader, rec, gone)
	}
	if f := fault.Of(err); f != nil {
		c.Extra([]byte(f.Reason))
		if name := f.Metadata["erasure"]; name != "" {
			c.Names(name) // that one serves
		}
		return nil
	}
	if err != nil {
		return err
	}
	e, err := c.askFor(rec, gone, left, 0)
	if err != nil {
		return err
	}
	c.Names(e.GetName())
	return nil
}

// reachOf says where an identity has gone, as far as the reader may know.
func (s releases) reachOf(ctx context.Context, name string, result records.Result) (*tumenv1.WithdrawalReach, error) {
	out := &tumenv1.WithdrawalReach{ErasureMissing: string(result.Extra)}
	if len(result.Names) > 1 {
		e, err := answer[*tumenv1.Erasure](ctx, s.Server, result, 1)
		if err != nil && !isMissing(err) {
			return nil, err
		}
		out.Erasure = e
	}
	err := s.read(ctx, func(v *records.View, r access.Reader) error {
		telling, err := tellingOf(v, name)
		if err != nil {
			return err
		}
		if err := exportsOf(v, r, telling, out); err != nil {
			return err
		}
		return interventionsOf(v, r, name, out)
	})
	return out, err
}

// maxReached bounds how many exports, and how many interventions, are named.
const maxReached = 1000

// exportsOf collects the exports that have any of some records in them, and the files
// of matters that showed them. Who may change the person may know that a colleague took
// them along, and when, to ask who has them; why, stands in the statement, which is for
// its maker and auditors.
func exportsOf(v *records.View, r access.Reader, telling map[string]bool, out *tumenv1.WithdrawalReach) error {
	q := records.Acts{Kinds: []string{exportKind, disclosureKind}, About: slices.Collect(maps.Keys(telling))}
	for act, err := range v.Acts(q) {
		if err != nil {
			return err
		}
		st := act.Statement
		if st == nil {
			continue
		}
		s := said(st)
		if st.Kind == disclosureKind && s.Method != exportMatterMethod || !slices.ContainsFunc(s.Records, func(rec saidRecord) bool { return telling[rec.Record] }) {
			continue
		}
		if len(out.Exports) == maxReached || !ofOrganisation(st.Member, r.Organisation) {
			out.ExportsWithheld++
			continue
		}
		x := &tumenv1.ReachedExport{Name: st.Name, Member: st.Member, Time: timestamppb.New(st.Time), Matter: st.Kind == disclosureKind, Classes: classesOf(s.Disclose)}
		if statementFor(v, r, st) == whole {
			x.Reason = st.Reason
		}
		out.Exports = append(out.Exports, x)
	}
	return nil
}

// interventionsOf collects the interventions that disclosed a person. They are looked
// for among all of the organisation.
func interventionsOf(v *records.View, r access.Reader, name string, out *tumenv1.WithdrawalReach) error {
	for i, err := range standing(records.Owned[*tumenv1.Intervention](v.Entire(), records.Intervention, r.Organisation)) {
		if err != nil {
			return err
		}
		if !slices.Contains(i.GetDisclosed(), name) {
			continue
		}
		if len(out.Interventions) == maxReached || !access.Visible(r, i) {
			out.InterventionsWithheld++
			continue
		}
		seen := access.Redact(r, i)
		out.Interventions = append(out.Interventions, &tumenv1.ReachedIntervention{Name: seen.GetName(), Addressee: seen.GetAddressee(), Date: seen.GetDate()})
	}
	slices.Reverse(out.Interventions)
	return nil
}
