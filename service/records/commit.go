package records

import (
	"context"
	"crypto/subtle"
	"encoding/binary"
	"errors"
	"fmt"
	"sort"

	"tumen/service/fault"
	"tumen/storage"
)

const (
	maxGroup    = 256      // changes in one commit
	maxBytes    = 32 << 20 // rows in one commit, of all but its first change
	maxAttempts = 16       // preparations of one change
)

var errReferenceTaken = errors.New("the drawn reference is taken")

// pending is a prepared change on its way into a commit.
type pending struct {
	ctx     context.Context
	reads   *readSet
	rows    []row
	bytes   int
	access  bool // writes members, organisations or credentials
	sources bool // marks a source as changed
	outcome chan error
}

var errRace = errors.New("what the change had read no longer holds")

// Change prepares a change with fn on a snapshot and commits it together with
// others. When it returns nil the change is durable. fn may run several times,
// each time from the beginning; it keeps nothing from an earlier run. When fn
// returns an error, nothing is changed.
//
// Under a request id that has been used, fn does not run: the result is that of
// the first call, or a fault if the payload differs.
func (s *Store) Change(ctx context.Context, a Author, fn func(*Tx) error) (Result, error) {
	for range maxAttempts {
		result, p, err := s.prepare(ctx, a, fn)
		if errors.Is(err, errReferenceTaken) {
			continue
		}
		if err != nil || result.Repeated {
			return result, asFault(err)
		}
		if len(p.rows) == 0 && a.RequestID == "" {
			return result, nil
		}
		err = s.submit(p)
		if errors.Is(err, errRace) {
			continue
		}
		if err != nil {
			return Result{}, asFault(err)
		}
		return result, nil
	}
	return Result{}, asFault(storage.ErrConflict)
}

// prepare runs fn on a snapshot and turns what it wrote into rows.
func (s *Store) prepare(ctx context.Context, a Author, fn func(*Tx) error) (Result, *pending, error) {
	var result Result
	p := &pending{ctx: ctx, outcome: make(chan error, 1)}
	err := s.backend.View(ctx, func(r storage.Reader) error {
		t := &Tx{
			View:   View{store: s, ctx: ctx, base: r, wrote: &overlay{rows: map[string][]byte{}}, reads: &readSet{keys: map[string]uint64{}}},
			author: a, now: s.Now(), index: map[Key][]row{}, stored: map[Key]Record{},
			result: Result{records: map[string]Record{}},
		}
		repeated, err := t.repeated()
		if err != nil {
			return err
		}
		if repeated != nil {
			result = *repeated
			return nil
		}
		if err := fn(t); err != nil {
			return err
		}
		t.remember()
		result = t.result
		p.take(t)
		return nil
	})
	return result, p, err
}

// take copies the rows that a change wrote, in key order: neighbours in the tree
// are then written one after another.
func (p *pending) take(t *Tx) {
	p.reads = t.reads
	p.rows = make([]row, 0, len(t.wrote.rows))
	for k, v := range t.wrote.rows {
		p.rows = append(p.rows, row{[]byte(k), v})
		p.bytes += len(k) + len(v)
		switch {
		case k[0] == rowToken, k[0] == rowCurrent && (Kind(k[1]) == Member || Kind(k[1]) == Organisation):
			p.access = true
		case k[0] == rowChanged && v != nil:
			p.sources = true
		}
	}
	sort.Slice(p.rows, func(i, j int) bool { return string(p.rows[i].key) < string(p.rows[j].key) })
}

// submit hands a prepared change to the committing goroutine and waits.
func (s *Store) submit(p *pending) error {
	select {
	case s.queue <- p:
	case <-p.ctx.Done():
		return p.ctx.Err()
	case <-s.closing:
		return storage.ErrClosed
	}
	select {
	case err := <-p.outcome:
		return err
	case <-s.done: // it may have been committed in the last group
		select {
		case err := <-p.outcome:
			return err
		default:
			return storage.ErrClosed
		}
	}
}

// commitLoop takes what is waiting, commits it as one group, and so on. A lone
// change never waits for company.
func (s *Store) commitLoop() {
	defer close(s.done)
	var held *pending // did not fit into the last group
	for {
		first := held
		held = nil
		if first == nil {
			select {
			case first = <-s.queue:
			case <-s.closing:
				return
			}
		}
		group, size := []*pending{first}, 0
	fill:
		for len(group) < maxGroup {
			select {
			case p := <-s.queue:
				if size+p.bytes > maxBytes {
					held = p
					break fill
				}
				size += p.bytes
				group = append(group, p)
			default:
				break fill
			}
		}
		s.commit(group)
	}
}

// commit puts a group into one storage transaction. A change whose reads no
// longer hold is left out; one that the backend refuses is left out of a second
// try, so that it spoils no neighbour.
func (s *Store) commit(group []*pending) {
	for len(group) > 0 {
		verdicts := make([]error, len(group))
		culprit := -1
		err := s.backend.Update(context.Background(), func(w storage.Writer) error {
			clear(verdicts)
			culprit = -1
			for i, p := range group {
				if verdicts[i] = p.ctx.Err(); verdicts[i] != nil {
					continue
				}
				ok, err := p.reads.holds(w)
				if err != nil {
					return err
				}
				if !ok {
					verdicts[i] = errRace
					continue
				}
				if err := p.put(w); err != nil {
					culprit = i
					return err
				}
			}
			return nil
		})
		if err != nil && culprit >= 0 && !errors.Is(err, storage.ErrOutcomeUnknown) {
			group[culprit].outcome <- err
			group = append(group[:culprit:culprit], group[culprit+1:]...)
			continue
		}
		s.announce(group, verdicts, err)
		return
	}
}

func (p *pending) put(w storage.Writer) error {
	for _, r := range p.rows {
		var err error
		if r.value == nil {
			err = w.Delete(r.key)
		} else {
			err = w.Put(r.key, r.value)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// announce tells every change of a group what became of it.
func (s *Store) announce(group []*pending, verdicts []error, err error) {
	for i, p := range group {
		verdict := verdicts[i]
		if err != nil && verdict == nil {
			verdict = err
		}
		if verdict == nil || errors.Is(verdict, storage.ErrOutcomeUnknown) {
			if p.access {
				s.accessGeneration.Add(1)
			}
			if p.sources {
				select {
				case s.changedSource <- struct{}{}:
				default:
				}
			}
		}
		p.outcome <- verdict
	}
}

// requestKey is the row that remembers what a call did.
func (t *Tx) requestKey() []byte {
	return append([]byte{rowRequest}, t.store.blind.term("request", t.author.Member, t.author.RequestID)...)
}

// repeated looks whether the call was made before. The row holds a digest of
// its payload, the names of what resulted and the handler's extra, never the
// reply: that is built again for today's reader.
func (t *Tx) repeated() (*Result, error) {
	if t.author.RequestID == "" {
		return nil, nil
	}
	value, err := t.get(t.requestKey())
	if value == nil || err != nil {
		return nil, err
	}
	digest, rest, ok := cutBytes(value)
	if !ok {
		return nil, fmt.Errorf("request row: %w", errRow)
	}
	if subtle.ConstantTimeCompare(digest, t.payload()) != 1 {
		return nil, fault.Field("request_id", "REQUEST_ID_REUSED", "this id was used for a call with another payload; take a new UUID for a new call")
	}
	result := &Result{Repeated: true}
	for len(rest) > 0 {
		var part []byte
		if part, rest, ok = cutBytes(rest); !ok {
			return nil, fmt.Errorf("request row: %w", errRow)
		}
		if len(rest) == 0 {
			result.Extra = append([]byte(nil), part...)
		} else {
			result.Names = append(result.Names, string(part))
		}
	}
	return result, nil
}

func (t *Tx) payload() []byte { return append([]byte(t.author.Method), t.author.Payload...) }

// remember adds the request row to the change.
func (t *Tx) remember() {
	if t.author.RequestID == "" {
		return
	}
	value := appendBytes(nil, t.payload())
	for _, n := range t.result.Names {
		value = appendBytes(value, []byte(n))
	}
	t.wrote.put(t.requestKey(), appendBytes(value, t.result.Extra))
}

func appendBytes(dst, b []byte) []byte {
	return append(binary.AppendUvarint(dst, uint64(len(b))), b...)
}

func cutBytes(b []byte) (part, rest []byte, ok bool) {
	n, used := binary.Uvarint(b)
	if used <= 0 || n > uint64(len(b)-used) {
		return nil, nil, false
	}
	return b[used : used+int(n)], b[used+int(n):], true
}
