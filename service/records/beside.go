package records

import (
	"runtime"
	"sync"
)

// A change of few records seals them as it writes them. One of many, such as an
// import, has that done beside it: sealing a revision and working out its entry
// takes half the time that a record needs, and depends on nothing that follows.

// sealedBeside is how many rows a change has before more processors seal for it.
const sealedBeside = 64

// sealing is a revision that is being sealed beside its change.
type sealing struct {
	done chan struct{}
	// Once it is done:
	row      []byte
	err      error
	panicked any
}

// putLater notes a row whose value is in the making.
func (o *overlay) putLater(key []byte, s *sealing) {
	o.put(key, nil)
	if o.making == nil {
		o.making = map[int]*sealing{}
	}
	o.making[o.find(key)] = s
}

// made is the value of a row, waited for where it is still in the making. One that
// can't be made is a row that nothing can read, and settle tells why.
func (o *overlay) made(i int) []byte {
	s := o.making[i]
	if s == nil {
		return o.rows[i].value
	}
	<-s.done
	if s.panicked != nil {
		panic(s.panicked) // where a panic of the change itself would be
	}
	if s.err != nil {
		return []byte{}
	}
	o.rows[i].value = s.row
	delete(o.making, i)
	return s.row
}

// settle waits for all that is in the making.
func (o *overlay) settle() error {
	for i, s := range o.making {
		if o.made(i); s.err != nil {
			return s.err
		}
	}
	return nil
}

// sealers seal beside a change: at most one for each processor.
type sealers struct {
	turns chan struct{}
	busy  sync.WaitGroup
}

// run has work done beside the change, once a processor is free for it.
func (s *sealers) run(work func() ([]byte, error)) *sealing {
	if s.turns == nil {
		s.turns = make(chan struct{}, runtime.GOMAXPROCS(0))
	}
	one := &sealing{done: make(chan struct{})}
	s.turns <- struct{}{}
	s.busy.Go(func() {
		defer func() {
			one.panicked = recover()
			<-s.turns
			close(one.done)
		}()
		one.row, one.err = work()
	})
	return one
}
