package bolt_test

import (
	"path/filepath"
	"testing"

	"tumen/storage"
	"tumen/storage/bolt"
	"tumen/storage/storagetest"
)

func TestConformance(t *testing.T) {
	storagetest.Run(t, func(t testing.TB) storagetest.Opener {
		path := filepath.Join(t.TempDir(), "store")
		return func() (storage.Store, error) { return bolt.Open(path, bolt.Options{}) }
	})
}
