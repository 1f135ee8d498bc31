package daemon

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"path/filepath"

	"github.com/prometheus/client_golang/prometheus"

	"tumen/internal/disk"
	"tumen/service"
	"tumen/service/captures"
	"tumen/service/publication"
	"tumen/service/records"
	"tumen/service/seal"
	"tumen/storage"
	"tumen/storage/bolt"
)

// In the data folder.
const (
	storeName    = "tumen.db"
	capturesName = "captures"
)

func (s *Settings) store() string    { return filepath.Join(s.DataDir, storeName) }
func (s *Settings) captures() string { return filepath.Join(s.DataDir, capturesName) }

// opened is an open store with the services on it.
type opened struct {
	keys      *seal.Keys
	records   *records.Store
	captures  *captures.Store
	publisher *publication.Publisher // nil: the ledger is not published
	service   *service.Server
}

// How a store is opened.
type opening struct {
	demo    bool // it holds demonstration data, and no other will do
	tiles   bool // its ledger is published where the settings say so
	log     *slog.Logger
	metrics prometheus.Registerer
}

// ready says whether there is a store that can be opened, and gives its keys.
func (s *Settings) ready(ctx context.Context) (*seal.Keys, error) {
	if found, err := disk.Exists(s.store()); err != nil {
		return nil, err
	} else if !found {
		return nil, fmt.Errorf("there is no store in %s: `tumend init` makes one, and --data-dir says where it is", s.DataDir)
	}
	if err := checkPrivate(s.DataDir, fs.ModeDir); err != nil {
		return nil, err
	}
	return findKeys(ctx, s)
}

// open opens the store that `tumend init` has made. It changes nothing if a key
// is missing or the store is another than expected.
func open(ctx context.Context, s *Settings, how opening) (*opened, error) {
	keys, err := s.ready(ctx)
	if err != nil {
		return nil, err
	}
	backend, err := bolt.Open(s.store(), bolt.Options{MustExist: true, Quota: s.MaxSize})
	if err != nil {
		return nil, explain(err, s)
	}
	o, err := openOn(ctx, backend, keys, s, how)
	if err != nil {
		return nil, explain(err, s)
	}
	return o, nil
}

// openOn puts records, captures and services on a backend, and closes it if
// that fails.
func openOn(ctx context.Context, backend storage.Store, keys *seal.Keys, s *Settings, how opening) (*opened, error) {
	options := records.OptionsOf(keys)
	options.Demo = how.demo
	store, err := records.Open(ctx, backend, options)
	if err != nil {
		return nil, errors.Join(err, backend.Close())
	}
	o := &opened{keys: keys, records: store}
	if o.captures, err = captures.Open(s.captures(), captureKeys(keys)); err != nil {
		return nil, errors.Join(err, o.close())
	}
	if how.tiles {
		if o.publisher, err = newPublisher(ctx, store, s, how.log); err != nil {
			return nil, errors.Join(err, o.close())
		}
	}
	o.service, err = service.New(service.Config{
		Records: o.records, Publisher: o.publisher, Captures: o.captures, Logger: how.log, Metrics: how.metrics, SealKey: keys.PageKey(), Demo: how.demo, Reflection: s.Reflection, Allowances: s.Allowances, Epoch: keys.Epoch(), Keeper: keeper{keys, s, how.log},
	})
	if err != nil {
		return nil, errors.Join(err, o.close())
	}
	return o, nil
}

// captureKeys are the keys of captures among those of a store.
func captureKeys(keys *seal.Keys) captures.Keys {
	return captures.Keys{Epoch: keys.Epoch(), Naming: keys.CaptureKey()}
}

// close ends what stands on the store before the store itself. The gRPC
// servers have to be stopped by then.
func (o *opened) close() error {
	var err error
	if o.service != nil {
		err = o.service.Close()
	}
	err = errors.Join(err, o.records.Close())
	if o.captures != nil {
		err = errors.Join(err, o.captures.Close())
	}
	return err
}

// explain says what a person can do about an error of opening.
func explain(err error, s *Settings) error {
	switch {
	case errors.Is(err, records.ErrDemo):
		return fmt.Errorf("%s: %w; `tumend demo` alone opens a demonstration store, and no other", s.store(), err)
	case errors.Is(err, records.ErrWrongKeys):
		return fmt.Errorf("the keys in %s are those of another store: put the keys of %s there, "+elsewhere+" (%w)", s.KeysDir, s.store(), "they are", err)
	case errors.Is(err, storage.ErrInUse):
		return fmt.Errorf("%s is in use by another process: %w", s.store(), err)
	}
	return fmt.Errorf("opening %s: %w", s.store(), err)
}
