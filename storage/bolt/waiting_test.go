package bolt_test

import (
	"context"
	"errors"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"tumen/storage"
	"tumen/storage/bolt"
)

// TestWaitingForATurnEnds: an Update that waits while another one runs gives up
// when its context ends or the store closes, without having run.
func TestWaitingForATurnEnds(t *testing.T) {
	for _, c := range []struct {
		name string
		end  func(t *testing.T, s *bolt.Store, cancel context.CancelFunc)
		want error
	}{
		{"cancelled", func(_ *testing.T, _ *bolt.Store, cancel context.CancelFunc) { cancel() }, context.Canceled},
		{"deadline", func(*testing.T, *bolt.Store, context.CancelFunc) {}, context.DeadlineExceeded}, // the minute passes while all wait
		{"closed", func(t *testing.T, s *bolt.Store, _ context.CancelFunc) {
			go func() {
				if err := s.Close(); err != nil {
					t.Errorf("close: %v", err)
				}
			}()
		}, storage.ErrClosed},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				path := filepath.Join(t.TempDir(), "store")
				s := open(t, path, bolt.Options{})
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				release, first, second := make(chan struct{}), make(chan error, 1), make(chan error, 1)
				go func() {
					first <- s.Update(context.Background(), func(w storage.Writer) error {
						<-release
						return w.Put([]byte("first"), nil)
					})
				}()
				synctest.Wait()
				go func() {
					second <- s.Update(ctx, func(storage.Writer) error {
						t.Error("the waiting update ran")
						return nil
					})
				}()
				synctest.Wait() // until it waits
				c.end(t, s, cancel)
				if err := <-second; !errors.Is(err, c.want) {
					t.Errorf("the waiting update: %v, want %v", err, c.want)
				}
				close(release)
				if err := <-first; err != nil {
					t.Errorf("the running update: %v", err)
				}
				closed(t, s)
				if _, err := get(open(t, path, bolt.Options{}), "first"); err != nil {
					t.Error(err)
				}
			})
		})
	}
}
