package service

import (
	"context"
	"fmt"
	"maps"
	"time"

	tumenv1 "tumen/proto/tumen/v1"
	"tumen/service/records"
)

// fanOut carries changes of sources and ties on to the findings that rest on
// them: at start, and after every commit that notes one. Until a change has been
// carried on, lists read its note as well.
func (s *Server) fanOut(ctx context.Context) {
	for ctx.Err() == nil {
		if err := s.carryOnSafely(ctx); err != nil && ctx.Err() == nil {
			s.logger.Error("carrying source changes on", "error", err)
			select {
			case <-time.After(5 * time.Second):
				continue
			case <-ctx.Done():
			}
		}
		select {
		case <-s.records.SourceChanges():
		case <-ctx.Done():
		}
	}
}

// carryOnSafely is carryOn for a goroutine of its own, where a panic would end
// the server.
func (s *Server) carryOnSafely(ctx context.Context) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("panic with a %T", v)
		}
	}()
	return s.carryOn(ctx)
}

// carryOn works off the notes that there are.
func (s *Server) carryOn(ctx context.Context) error {
	var changed []string
	err := s.records.View(ctx, func(v *records.View) error {
		for source, err := range v.ChangedSources() {
			if err != nil {
				return err
			}
			changed = append(changed, source.GetName())
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, name := range changed {
		author := records.Author{Method: "server", Reason: "a source changed"}
		if _, err := s.records.Change(ctx, author, func(tx *records.Tx) error {
			findings, err := restingOn(&tx.View, name)
			if err != nil {
				return err
			}
			c := &change{Tx: tx, server: s}
			if err := c.restaleAll(findings...); err != nil {
				return err
			}
			return tx.SourceReached(name)
		}); err != nil {
			return err
		}
	}
	return nil
}

// restingOn returns the decided findings that a source may bear on: those with
// claims of it, of sources tied to it, and of all that relay one of these.
func restingOn(v *records.View, source string) ([]*tumenv1.Finding, error) {
	seen := map[string]bool{}
	todo := []string{source}
	push := func(name string) {
		if !seen[name] {
			seen[name] = true
			todo = append(todo, name)
		}
	}
	seen[source] = true
	decided := map[string]*tumenv1.Finding{}
	var order []*tumenv1.Finding
	for len(todo) > 0 {
		name := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		for t, err := range v.TiesOf(name) {
			if err != nil {
				return nil, err
			}
			push(t.GetA())
			push(t.GetB())
		}
		for r, err := range v.RelayersOf(name) {
			if err != nil {
				return nil, err
			}
			push(r.GetName())
		}
		for c, err := range v.ClaimsOf(name) {
			if err != nil {
				return nil, err
			}
			for _, subject := range c.GetSubjects() {
				f, err := v.FindingOn(subject, c.GetAspect())
				if err != nil {
					return nil, err
				}
				if records.Decided(f) && decided[f.GetName()] == nil {
					decided[f.GetName()] = f
					order = append(order, f)
				}
			}
		}
	}
	return order, nil
}

// staleFindings returns the findings that the reader sees and that are stale, by
// what has been carried on and by what has not yet: whether they are follows from
// everything.
func staleFindings(seen *records.View) (map[string]*tumenv1.Finding, error) {
	v := seen.Entire()
	stale := map[string]*tumenv1.Finding{}
	for f, err := range v.StaleFindings() {
		if err != nil {
			return nil, err
		}
		stale[f.GetName()] = f
	}
	for source, err := range v.ChangedSources() {
		if err != nil {
			return nil, err
		}
		resting, err := restingOn(v, source.GetName())
		if err != nil {
			return nil, err
		}
		for _, f := range resting {
			e, err := gather(v, f.GetSubject(), f.GetAspect())
			if err != nil {
				return nil, err
			}
			reasons, err := e.staleReasons(v, f, e.support(f))
			if err != nil {
				return nil, err
			}
			if len(reasons) > 0 {
				stale[f.GetName()] = f
			} else {
				delete(stale, f.GetName())
			}
		}
	}
	maps.DeleteFunc(stale, func(_ string, f *tumenv1.Finding) bool { return !seen.Sees(f) })
	return stale, nil
}
