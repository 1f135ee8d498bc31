package bolt

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// Rewritten are the sizes of a store's file before and after, in bytes.
type Rewritten struct {
	Before, After int64
}

// Rewrite puts in the place of the store at path, which no process may have open, a
// new one with its rows alone, without free pages and without what was deleted. The
// file under the name is whole at any moment: the one from before, or, once the new
// one is on disk and checked, that. What a process that was killed leaves beside it
// is removed by the next Open. tell is called now and then with how many bytes were
// copied so far.
//
// Errors: as for Open and View, and syscall.ENOSPC, before anything is written,
// where there is too little room for a second file.
func Rewrite(ctx context.Context, path string, tell func(copied int64)) (Rewritten, error) {
	return rewrite(ctx, path, tell, room)
}

func rewrite(ctx context.Context, path string, tell func(int64), room func(folder string) (int64, error)) (sizes Rewritten, err error) {
	// For writing, though nothing is: a server that waits to open the file must not
	// get it, to lose its name and all that is written to it.
	s, err := Open(path, Options{MustExist: true})
	if err != nil {
		return sizes, err
	}
	defer func() {
		if e := s.Close(); err == nil {
			err = e
		}
	}()
	stats, err := s.Stats()
	if err != nil {
		return sizes, err
	}
	sizes.Before = stats.FileBytes
	if err := enough(filepath.Dir(path), stats.FileBytes-stats.FreeBytes, room); err != nil {
		return sizes, fmt.Errorf("bolt: rewriting %s: %w", path, err)
	}
	if err := build(path, func(to *Store) error { return copyRows(ctx, s, to, tell) }, os.Rename); err != nil {
		return sizes, fmt.Errorf("bolt: rewriting %s: %w", path, err)
	}
	info, err := os.Stat(path)
	if err != nil {
		return sizes, err
	}
	sizes.After = info.Size()
	return sizes, nil
}

// enough refuses a folder without room for a file of so many bytes.
func enough(folder string, needed int64, room func(string) (int64, error)) error {
	free, err := room(folder)
	if err == nil && free < needed {
		err = fmt.Errorf("it takes %d bytes beside it, and %d are free in %s: %w", needed, free, folder, syscall.ENOSPC)
	}
	return err
}
