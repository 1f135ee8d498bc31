package records

import (
	"context"
	"errors"
	"slices"
	"time"

	"tumen/service/seal"
	"tumen/storage"
)

const (
	maxGroup    = 256      // changes in one commit
	maxBytes    = 32 << 20 // rows in one commit, of all but its first change
	maxAttempts = 16       // preparations of one change
	politely    = 3        // those of them that wait for no one
	maxTries    = 32       // transactions for one group
)

var errReferenceTaken = errors.New("the drawn reference is taken")

// pending is a prepared change on its way into a commit.
type pending struct {
	ctx     context.Context
	reads   *readSet
	rows    []row
	leaves  []*leaf // of the revisions among the rows, in the order of these
	bytes   int
	access  bool // writes members, organisations or credentials
	sources bool // marks a source as changed
	erases  bool // erases records
	epochal bool // rests on the keys of the epoch
	epoch   uint64
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
	for attempt := range maxAttempts {
		if attempt == politely { // it keeps losing: from here on, one such change at a time
			select {
			case s.contended <- struct{}{}:
				defer func() { <-s.contended }()
			case <-ctx.Done():
				return Result{}, ctx.Err()
			}
		}
		began := s.sealer.epoch.Status()
		result, p, err := s.prepare(ctx, a, fn)
		if errors.Is(err, errReferenceTaken) || s.overtaken(began, err) {
			continue
		}
		if err != nil || result.Repeated {
			return result, asFault(err)
		}
		if err := p.check(); err != nil {
			return Result{}, asFault(err)
		}
		if len(p.rows) == 0 && a.RequestID == "" {
			return result, nil
		}
		if err = s.submit(p); errors.Is(err, errRace) {
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
		t := s.newTx(ctx, r, a)
		repeated, err := t.repeated()
		if err != nil {
			return err
		}
		if repeated != nil {
			result = *repeated
			return nil
		}
		defer t.sealers.busy.Wait() // also where it fails: they read what fn holds
		if err := t.outcome(fn(t)); err != nil {
			return err
		}
		if err := t.remember(); err != nil {
			return err
		}
		if err := t.wrote.settle(); err != nil {
			return err
		}
		result = t.result
		p.take(t)
		return nil
	})
	return result, p, err
}

// take takes over what a change read and wrote, sealed.
func (p *pending) take(t *Tx) {
	p.reads, p.epoch = t.reads, t.epoch
	p.reads.settle()
	p.rows = t.wrote.sorted()
	for i, r := range p.rows {
		p.rows[i].value = t.store.sealer.sealRow(r.key, r.value)
		p.bytes += len(r.key) + len(p.rows[i].value)
		if k, ok := parseCurrentKey(r.key); ok && r.key[0] == rowCurrent && r.value != nil {
			p.leaves = append(p.leaves, t.drafts[k].leaf)
		}
		if r.key[0] == rowStatement {
			p.leaves = append(p.leaves, t.leafOf(ID(r.key[1:])))
		}
		switch {
		case r.key[0] == rowErased:
			p.erases, p.epochal = true, true
		case r.key[0] == rowKey, r.key[0] == rowUnique && r.key[1] == uniqueExternal:
			p.epochal = true
		case r.key[0] == rowToken, r.key[0] == rowCurrent && (Kind(r.key[1]) == Member || Kind(r.key[1]) == Organisation):
			p.access = true
		case r.key[0] == rowChanged && r.value != nil:
			p.sources = true
		}
	}
}

// check refuses what no backend takes before it joins a group.
func (p *pending) check() error {
	for _, r := range p.rows {
		if err := storage.CheckRow(r.key, r.value); err != nil {
			return err
		}
	}
	return nil
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
	g := gathering{queue: s.queue}
	for {
		first := g.held
		g.held = nil
		if first == nil {
			select {
			case first = <-s.queue:
			case <-s.closing:
				return
			}
		}
		s.commit(g.gather(first))
	}
}

// gathering puts groups together. A commit costs much the same for one change as
// for many, so while changes come in company, it lingers a little for more of
// them: the longer, the more came together last, and not at all after a change
// that came alone.
type gathering struct {
	queue <-chan *pending
	held  *pending // did not fit into the last group
	last  int      // how many were in it
}

const (
	lingerEach = 50 * time.Microsecond // for each change of the last group
	lingerMost = time.Millisecond
)

// gather returns a group that begins with first.
func (g *gathering) gather(first *pending) []*pending {
	group, size := []*pending{first}, 0
	var enough <-chan time.Time
	if g.last > 1 {
		timer := time.NewTimer(min(time.Duration(g.last)*lingerEach, lingerMost))
		defer timer.Stop()
		enough = timer.C
	}
	for len(group) < maxGroup {
		p := g.next(enough)
		if p == nil {
			break
		}
		if size+p.bytes > maxBytes {
			g.held = p
			break
		}
		size += p.bytes
		group = append(group, p)
	}
	g.last = len(group)
	return group
}

// next returns a change that waits, or one that comes before it is enough; nil
// for none.
func (g *gathering) next(enough <-chan time.Time) *pending {
	select {
	case p := <-g.queue:
		return p
	default:
	}
	if enough == nil {
		return nil
	}
	select {
	case p := <-g.queue:
		return p
	case <-enough:
		return nil
	}
}

// commit puts a group into one storage transaction. A change whose reads no
// longer hold is left out; what the backend refuses is tried without its cause:
// without the change at whose rows it failed, else in two halves, so that one
// change spoils no neighbour.
func (s *Store) commit(group []*pending) {
	todo := [][]*pending{group}
	for tries := 1; len(todo) > 0; tries++ {
		group := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		verdicts, culprit, err := s.attempt(group)
		switch {
		case err == nil:
			s.announce(group, verdicts)
		case len(group) == 1 || tries >= maxTries || conclusive(err):
			for i := range verdicts {
				verdicts[i] = err
			}
			s.announce(group, verdicts)
		case culprit >= 0:
			group[culprit].outcome <- err
			todo = append(todo, slices.Concat(group[:culprit], group[culprit+1:]))
		default:
			half := len(group) / 2
			todo = append(todo, group[half:], group[:half])
		}
	}
}

// conclusive says whether trying again is of no use, or worse.
func conclusive(err error) bool {
	return errors.Is(err, storage.ErrOutcomeUnknown) || errors.Is(err, storage.ErrClosed) || errors.Is(err, storage.ErrReadOnly)
}

// errNothing ends a transaction in which nothing was put: it needs no commit.
var errNothing = errors.New("nothing to commit")

// attempt puts a group once. It returns what became of each change, or why
// nothing was put and which change was at fault, if one was.
func (s *Store) attempt(group []*pending) (verdicts []error, culprit int, err error) {
	verdicts, culprit = make([]error, len(group)), -1
	var growth *growth
	err = s.backend.Update(context.Background(), func(w storage.Writer) error {
		culprit = -1
		put := false
		growth = s.log.grow(w)
		for i, p := range group {
			if verdicts[i] = p.ctx.Err(); verdicts[i] != nil {
				continue
			}
			holds, err := p.holds(w, s.sealer.epoch)
			switch {
			case err == nil && holds:
				put = true
				if err = growth.add(p.leaves); err == nil {
					err = p.put(w)
				}
			case err == nil:
				verdicts[i] = errRace
			}
			if err != nil {
				culprit = i
				return err
			}
		}
		if !put {
			return errNothing
		}
		return growth.finish()
	})
	switch {
	case err == nil:
		s.log.adopt(growth)
	case errors.Is(err, errNothing):
		err = nil
	case errors.Is(err, storage.ErrConflict): // others won: all are prepared again
		for i := range verdicts {
			verdicts[i] = errRace
		}
		err = nil
	}
	return verdicts, culprit, err
}

// holds says whether everything that a change rests on is still so: what it had
// read, and the epoch under whose keys it was prepared. As a turnover renews what is
// stored in transactions that come after this one, nothing is committed behind its
// back.
func (p *pending) holds(w storage.Writer, epoch *seal.Epoch) (bool, error) {
	if p.epochal && p.epoch != epoch.Status().Number {
		return false, nil
	}
	return p.reads.holds(w)
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
func (s *Store) announce(group []*pending, verdicts []error) {
	for i, p := range group {
		if verdicts[i] == nil || errors.Is(verdicts[i], storage.ErrOutcomeUnknown) {
			if p.access {
				s.accessGeneration.Add(1)
			}
			if p.erases {
				s.Forget()
			}
			if p.sources {
				select {
				case s.changedSource <- struct{}{}:
				default:
				}
			}
		}
		p.outcome <- verdicts[i]
	}
}
