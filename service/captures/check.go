package captures

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"

	"tumen/service/seal"
)

// Report is what Check found. Paths are relative to the folder.
type Report struct {
	Contents  map[string]Blob // by the names of their files, of what is sound
	Bytes     int64           // of content, read altogether
	Damaged   []string        // files that do not open, or not under their name
	Exposed   []string        // folders and files that others than their owner may use
	Strays    []string        // what does not belong in the folder
	Leftovers []string        // what was being received when a process ended; the next Open removes it

	keys Keys
}

// Problems says what is wrong, one line each; leftovers are no problem.
func (r *Report) Problems() []string {
	var problems []string
	for _, name := range r.Damaged {
		problems = append(problems, fmt.Sprintf("capture %s: it does not open: its bytes were changed, or are those of another", name))
	}
	for _, name := range r.Exposed {
		problems = append(problems, fmt.Sprintf("captures: %s may be used by others than its owner", name))
	}
	for _, name := range r.Strays {
		problems = append(problems, fmt.Sprintf("captures: %q does not belong there", name))
	}
	return problems
}

// Check opens and reads every content in the folder dir. It changes nothing, and
// needs no Store: a damaged folder may not open. A folder
// that isn't there has no contents. progress, which may be nil, is told after
// each file how many bytes have been read. Errors are those of the file system,
// and of ctx.
func Check(ctx context.Context, dir string, keys Keys, progress func(bytes int64)) (*Report, error) {
	report := &Report{Contents: map[string]Blob{}, keys: keys}
	root, err := os.OpenRoot(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return report, nil
	}
	if err != nil {
		return nil, fmt.Errorf("captures: %w", err)
	}
	defer root.Close()
	err = fs.WalkDir(root.FS(), ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := report.look(root, name, entry); err != nil {
			return err
		}
		if progress != nil {
			progress(report.Bytes)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("captures: %w", err)
	}
	return report, nil
}

// look judges one entry of the folder.
func (r *Report) look(root *os.Root, name string, entry fs.DirEntry) error {
	info, err := entry.Info()
	if err != nil {
		return err
	}
	if info.Mode()&fs.ModeSymlink == 0 && info.Mode().Perm()&0o077 != 0 {
		r.Exposed = append(r.Exposed, name)
	}
	folder, file := path.Split(name)
	folder = path.Clean(folder)
	switch {
	case name == "." || name == incoming && entry.IsDir():
		return nil
	case entry.IsDir() && folder == "." && isPrefix(name):
		return nil
	case folder == incoming && info.Mode().IsRegular():
		r.Leftovers = append(r.Leftovers, name)
		return nil
	case info.Mode().IsRegular() && validSHA256(folder+file):
		return r.read(root, name, folder+file)
	}
	r.Strays = append(r.Strays, name)
	if entry.IsDir() {
		return fs.SkipDir
	}
	return nil
}

// read opens and reads the content in a file, which has that name.
func (r *Report) read(root *os.Root, file, name string) error {
	f, err := root.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	content, err := r.keys.open(f, name)
	hash := sha256.New()
	var size int64
	if err == nil {
		err = r.keys.checkHead(f, name)
	}
	if err == nil {
		size, err = io.Copy(hash, io.NewSectionReader(content, 0, content.Size()))
	}
	if errors.Is(err, ErrDamaged) || errors.Is(err, seal.ErrSealed) {
		r.Damaged = append(r.Damaged, file)
		return nil
	}
	if err != nil {
		return err
	}
	r.Bytes += size
	r.Contents[name] = Blob{hex.EncodeToString(hash.Sum(nil)), size}
	return nil
}

// isPrefix says whether a folder's name is the first two digits of a digest.
func isPrefix(name string) bool {
	b, err := hex.DecodeString(name)
	return err == nil && len(b) == 1 && hex.EncodeToString(b) == name
}
