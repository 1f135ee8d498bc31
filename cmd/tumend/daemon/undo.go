package daemon

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// footprint is what there was in some folders, by path; a folder that was not
// there is not in it.
type footprint struct {
	folders []string
	there   map[string]bool
}

// lookAt notes what there is in folders.
func lookAt(folders ...string) *footprint {
	f := &footprint{folders: folders, there: map[string]bool{}}
	for _, folder := range folders {
		entries, err := os.ReadDir(folder)
		f.there[folder] = err == nil
		for _, e := range entries {
			f.there[filepath.Join(folder, e.Name())] = true
		}
	}
	return f
}

// restore removes what has come into the folders since, and those that were not
// there. What was there stays, whatever has become of it.
func (f *footprint) restore() error {
	var failed error
	for i := len(f.folders) - 1; i >= 0; i-- { // the keys may lie inside the data
		folder := f.folders[i]
		entries, err := os.ReadDir(folder)
		if errors.Is(err, fs.ErrNotExist) && !f.there[folder] {
			continue
		}
		if err != nil {
			failed = errors.Join(failed, err)
			continue
		}
		for _, e := range entries {
			if path := filepath.Join(folder, e.Name()); !f.there[path] {
				failed = errors.Join(failed, os.RemoveAll(path))
			}
		}
		if !f.there[folder] {
			failed = errors.Join(failed, os.Remove(folder))
		}
	}
	return failed
}
