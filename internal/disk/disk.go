// Package disk has what was written on disk before others rely on it: a file's
// content, and the names in a folder, which are not on disk because a file is.
package disk

import (
	"errors"
	"io/fs"
	"os"
)

// SyncFolder returns when the names in a folder are on disk.
func SyncFolder(path string) error {
	folder, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}

// Fill writes the content of a new file and closes it, in any case; without an
// error, the content is on disk. The file's name may not be.
func Fill(f *os.File, content []byte) error {
	_, err := f.Write(content)
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

// Exists says whether there is something at path; what can't be seen is an error.
func Exists(path string) (bool, error) {
	_, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}
