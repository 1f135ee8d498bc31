package service

import (
	"context"
	"encoding/binary"

	tumenv1 "tumen/proto/tumen/v1"
	"tumen/service/access"
	"tumen/service/fault"
	"tumen/service/ledger"
	"tumen/service/records"
)

// ledgers is the LedgerService.
type ledgers struct {
	tumenv1.UnimplementedLedgerServiceServer
	*Server
}

// GetCheckpoint implements tumenv1.LedgerServiceServer.
func (s ledgers) GetCheckpoint(ctx context.Context, _ *tumenv1.GetCheckpointRequest) (*tumenv1.GetCheckpointResponse, error) {
	out := new(tumenv1.GetCheckpointResponse)
	err := s.read(ctx, func(v *records.View, _ access.Reader) error {
		newest, size, err := v.Checkpoint()
		if err != nil {
			return err
		}
		published, publishedSize, err := v.Published()
		if err != nil {
			return err
		}
		out.Checkpoint, out.TreeSize, out.Published, out.PublishedSize = string(newest), size, string(published), publishedSize
		out.VerifierKey = v.Signer().VerifierKey()
		return nil
	})
	return out, err
}

// maxLeaves bounds the leaves that one call of ListLedgerEntries looks at.
const maxLeaves = 1000

// ListLedgerEntries implements tumenv1.LedgerServiceServer.
func (s ledgers) ListLedgerEntries(ctx context.Context, req *tumenv1.ListLedgerEntriesRequest) (*tumenv1.ListLedgerEntriesResponse, error) {
	if kind := req.GetKind(); kind != "" && !records.IsStatementKind(kind) {
		return nil, fault.Field("kind", "KIND_UNKNOWN", "there are no statements of this kind; there are export, disclosure, denial, local, issuer, erased, restored and aside")
	}
	s.denials.settle()
	out := new(tumenv1.ListLedgerEntriesResponse)
	err := s.read(ctx, func(v *records.View, r access.Reader) error {
		cursor, err := s.openToken(r, req)
		if err != nil {
			return err
		}
		v, r = fromInside(v, r)
		l := &entryList{view: v, reader: r, request: req, from: req.GetFromLeaf(), page: out}
		if len(cursor) == 8 {
			l.from = int64(binary.BigEndian.Uint64(cursor))
		}
		if req.GetRecord() != "" {
			err = l.ofRecord()
		} else {
			err = l.ofAll()
		}
		if l.next > 0 {
			out.NextPageToken = s.sealToken(r, req, binary.BigEndian.AppendUint64(nil, uint64(l.next)))
		}
		return err
	})
	return out, err
}

// entryList collects a page of entries.
type entryList struct {
	view    *records.View
	reader  access.Reader
	request *tumenv1.ListLedgerEntriesRequest
	from    int64 // the first leaf of the page
	size    int   // of the page, in bytes
	page    *tumenv1.ListLedgerEntriesResponse
	next    int64 // the leaf that the next page begins with; 0 for none
}

// ofRecord lists the entries about the revisions of one record.
func (l *entryList) ofRecord() error {
	rec, err := l.view.Read(l.request.GetRecord())
	if err != nil {
		return err
	}
	if rec.GetOwner() == "" || l.request.GetKind() != "" {
		return nil // it comes with the program, and nobody recorded it; or no revision is asked for
	}
	for n := int64(1); n <= rec.GetRevision(); n++ {
		c, err := l.view.Committed(rec.GetName(), n)
		if err != nil {
			return err
		}
		if c.Leaf < l.from || !l.within(c.Leaf) {
			continue
		}
		if l.full() {
			l.next = c.Leaf
			return nil
		}
		if err := l.revision(c); err != nil {
			return err
		}
	}
	return nil
}

func (l *entryList) within(leaf int64) bool {
	to := l.request.GetToLeaf()
	return leaf >= l.request.GetFromLeaf() && (to == 0 || leaf < to)
}

func (l *entryList) full() bool {
	return len(l.page.GetEntries()) >= pageSize(l.request) || l.size > replyBytes
}

// ofAll lists the entries of a range of leaves.
func (l *entryList) ofAll() error {
	_, end, err := l.view.Checkpoint()
	if err != nil {
		return err
	}
	if to := l.request.GetToLeaf(); to > 0 {
		end = min(end, to)
	}
	for e, err := range l.view.Entries(l.from, end, l.request.GetKind() == "") {
		if err != nil {
			return err
		}
		if l.full() || e.Leaf-l.from >= maxLeaves {
			l.next = e.Leaf
			return nil
		}
		switch {
		case e.Revision != nil:
			err = l.revision(e.Revision)
		case e.Statement != nil && l.asked(e.Statement.Kind) && statementFor(l.view, l.reader, e.Statement) == whole:
			l.statement(e.Statement)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (l *entryList) asked(kind string) bool {
	return l.request.GetKind() == "" || l.request.GetKind() == kind
}

// revision adds the entry about a revision of a record that the reader sees. Like
// an export, it tells that there was a revision which itself is above the reader's
// marking, and neither when nor by whom.
func (l *entryList) revision(c *records.Committed) error {
	if access.Outside(l.reader, c.Record) {
		return nil // who decided what one has offered, and at what hour, is told to nobody outside
	}
	all := &exportStatement{Disclose: everyClass, exactTimes: l.request.GetExactTimes()}
	told, err := all.tell(l.view, l.reader, c)
	if err != nil {
		return err
	}
	l.add(&tumenv1.LedgerEntry{
		Leaf: c.Leaf, Entry: string(c.Entry), Salt: c.Salt[:], Record: c.Record.GetName(), Revision: c.Record.GetRevision(),
	}, told.attribution(c))
	return nil
}

func (l *entryList) statement(st *records.Statement) {
	l.add(&tumenv1.LedgerEntry{
		Leaf: st.Leaf, Entry: string(st.Entry), Salt: st.Salt[:], StatementName: st.Name, Kind: st.Kind, Statement: st.Content,
		Disclosures: []string{string(st.SubjectDisclosure)},
	}, attributed(st, l.request.GetExactTimes()))
}

func (l *entryList) add(e *tumenv1.LedgerEntry, a attribution) {
	for _, disclosure := range [][]byte{a.time, a.day, a.member} {
		if disclosure != nil {
			e.Disclosures = append(e.Disclosures, string(disclosure))
		}
	}
	l.size += len(e.Entry) + len(e.Statement) + 400
	l.page.Entries = append(l.page.Entries, e)
}

// everyClass asks for whatever the reader is shown.
var everyClass = func() (all []string) {
	for number := range tumenv1.Protection_name {
		all = append(all, className(tumenv1.Protection(number)))
	}
	return all
}()

// treeOf returns the size of a tree that is asked for, 0 being the whole.
func treeOf(v *records.View, field string, asked int64) (int64, error) {
	_, all, err := v.Checkpoint()
	switch {
	case err != nil:
		return 0, err
	case asked == 0:
		return all, nil
	case asked > all:
		return 0, fault.New(fault.NotFound, "NO_SUCH_TREE", "%s: the ledger has %d leaves, and never had %d", field, all, asked)
	}
	return asked, nil
}

// ProveInclusion implements tumenv1.LedgerServiceServer.
func (s ledgers) ProveInclusion(ctx context.Context, req *tumenv1.ProveInclusionRequest) (*tumenv1.ProveInclusionResponse, error) {
	out := new(tumenv1.ProveInclusionResponse)
	err := s.read(ctx, func(v *records.View, _ access.Reader) error {
		size, err := treeOf(v, "tree_size", req.GetTreeSize())
		if err != nil {
			return err
		}
		if req.GetLeaf() >= size {
			return fault.New(fault.NotFound, "NO_SUCH_LEAF", "a tree of %d leaves has none with the number %d; they count from 0", size, req.GetLeaf())
		}
		hashes, err := v.Prove(size, req.GetLeaf())
		if err != nil {
			return err
		}
		leaf, err := v.LeafHash(req.GetLeaf())
		if err != nil {
			return err
		}
		root, err := v.RootAt(size)
		if err != nil {
			return err
		}
		checkpoint, err := v.CheckpointAt(size)
		if checkpoint != nil {
			out.Proof = string(ledger.AppendProof(nil, req.GetLeaf(), hashes, checkpoint))
		}
		out.TreeSize, out.LeafHash, out.Root, out.Hashes = size, leaf[:], root[:], asBytes(hashes)
		return err
	})
	return out, err
}

// ProveConsistency implements tumenv1.LedgerServiceServer.
func (s ledgers) ProveConsistency(ctx context.Context, req *tumenv1.ProveConsistencyRequest) (*tumenv1.ProveConsistencyResponse, error) {
	out := new(tumenv1.ProveConsistencyResponse)
	err := s.read(ctx, func(v *records.View, _ access.Reader) error {
		to, err := treeOf(v, "to_size", req.GetToSize())
		if err != nil {
			return err
		}
		from, err := treeOf(v, "from_size", req.GetFromSize())
		if err != nil {
			return err
		}
		if from > to {
			return fault.Field("from_size", "TREES_OUT_OF_ORDER", "a tree of %d leaves does not begin with one of %d", to, from)
		}
		hashes, err := v.ProveGrowth(from, to)
		if err != nil {
			return err
		}
		older, err := v.RootAt(from)
		if err != nil {
			return err
		}
		newer, err := v.RootAt(to)
		out.ToSize, out.Hashes, out.FromRoot, out.ToRoot = to, asBytes(hashes), older[:], newer[:]
		return err
	})
	return out, err
}

func asBytes(hashes []ledger.Hash) [][]byte {
	var all [][]byte
	for _, h := range hashes {
		all = append(all, h[:])
	}
	return all
}
