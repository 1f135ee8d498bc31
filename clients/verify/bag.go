package verify

import (
	"context"
	"crypto/sha256"
	"crypto/sha512"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"
	"time"
)

// bag is the files of an export, and what was seen of them.
type bag struct {
	fsys     fs.FS
	sizes    map[string]int64
	captures map[string][32]byte // the SHA-256 of their bytes, by the name of the file
	export   [32]byte            // SHA-256 of data/export.json
}

// maxSmall is how large the files are that are read as a whole.
const maxSmall = 1 << 20

// small reads one of the small files.
func (b *bag) small(path string) ([]byte, error) {
	f, err := b.fsys.Open(path)
	if err != nil {
		return nil, readError{err}
	}
	defer f.Close()
	content, err := io.ReadAll(io.LimitReader(f, maxSmall+1))
	switch {
	case err != nil:
		return nil, readError{err}
	case len(content) > maxSmall:
		return nil, fmt.Errorf("has more than %d bytes", maxSmall)
	}
	return content, nil
}

// find lists the files. Whatever is not a plain file of a known name is refused
// before anything is opened.
func (b *bag) find(r *Report) error {
	err := fs.WalkDir(b.fsys, ".", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return readError{err}
		case d.IsDir() && (path == "." || path == "data" || path+"/" == captureFolder):
			return nil
		case !d.IsDir() && !d.Type().IsRegular():
			r.fail(Failure{Check: CheckManifest, File: path, Reason: "is not a plain file but a link or a device"})
		case d.IsDir() && path == "unfinished":
			r.fail(Failure{Check: CheckManifest, File: path, Reason: "shows that the export is not finished: the tumen export that began it has to end"})
			return fs.SkipDir
		case d.IsDir() || !known(path):
			r.fail(Failure{Check: CheckManifest, File: path, Reason: "is nothing that a bag may have"})
			if d.IsDir() {
				return fs.SkipDir
			}
		default:
			i, err := d.Info()
			if err != nil {
				return readError{err}
			}
			b.sizes[path] = i.Size()
		}
		return nil
	})
	for _, path := range needed {
		if _, there := b.sizes[path]; !there && err == nil {
			r.fail(Failure{Check: CheckManifest, File: path, Reason: "is missing"})
		}
	}
	return err
}

// checkManifests compares every file with the manifests, and the manifests with
// each other. It says whether the files can be read any further.
func (b *bag) checkManifests(ctx context.Context, r *Report, progress Progress) (bool, error) {
	if err := b.find(r); err != nil || r.Refused() {
		return false, err
	}
	payload, err := b.manifest(fileManifest, r)
	if err != nil || payload == nil {
		return false, err
	}
	tags, err := b.manifest(fileTagManifest, r)
	if err != nil || tags == nil {
		return false, err
	}
	for _, path := range sortedKeys(b.sizes) {
		in, where := payload, fileManifest
		if !strings.HasPrefix(path, "data/") {
			in, where = tags, fileTagManifest
		}
		if path == fileTagManifest {
			continue
		}
		want, there := in[path]
		if !there {
			r.fail(Failure{Check: CheckManifest, File: path, Reason: "is not named in " + where})
			continue
		}
		delete(in, path)
		got, err := b.hash(ctx, path, progress)
		if err != nil {
			return false, err
		}
		if got != want {
			r.fail(Failure{Check: CheckManifest, File: path, Reason: "is not the file that " + where + " names: its SHA-512 differs"})
		}
	}
	for where, left := range map[string]map[string][64]byte{fileManifest: payload, fileTagManifest: tags} {
		for _, path := range sortedKeys(left) {
			r.fail(Failure{Check: CheckManifest, File: path, Reason: "is named in " + where + " and not there"})
		}
	}
	return true, b.checkTags(r)
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// manifest reads a manifest; nil if it can't be used.
func (b *bag) manifest(path string, r *Report) (map[string][64]byte, error) {
	f, err := b.fsys.Open(path)
	if err != nil {
		return nil, readError{err}
	}
	defer f.Close()
	files, err := parseManifest(f)
	var failed readError
	switch {
	case errors.As(err, &failed):
		return nil, err
	case err != nil:
		r.fail(Failure{Check: CheckManifest, File: path, Reason: err.Error()})
		return nil, nil
	}
	return files, nil
}

// hash gives the SHA-512 of a file and notes what later checks compare with.
func (b *bag) hash(ctx context.Context, path string, progress Progress) ([64]byte, error) {
	f, err := b.fsys.Open(path)
	if err != nil {
		return [64]byte{}, readError{err}
	}
	defer f.Close()
	name, capture := strings.CutPrefix(path, captureFolder)
	long, short := sha512.New(), sha256.New()
	buffer := make([]byte, 1<<18)
	var done int64
	for {
		if err := ctx.Err(); err != nil {
			return [64]byte{}, err
		}
		n, err := f.Read(buffer)
		long.Write(buffer[:n])
		if capture || path == fileExport { // of no other file is it asked for
			short.Write(buffer[:n])
		}
		done += int64(n)
		progress(path, done, b.sizes[path])
		if err == io.EOF {
			break
		}
		if err != nil {
			return [64]byte{}, readError{err}
		}
	}
	sum := [32]byte(short.Sum(nil))
	if path == fileExport {
		b.export = sum
	}
	if capture {
		b.captures[name] = sum
	}
	return [64]byte(long.Sum(nil)), nil
}

const declaration = "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"

// checkTags checks bagit.txt and bag-info.txt.
func (b *bag) checkTags(r *Report) error {
	fail := func(path, reason string) { r.fail(Failure{Check: CheckManifest, File: path, Reason: reason}) }
	declared, err := b.small(fileDeclaration)
	if err != nil {
		return err
	}
	if string(declared) != declaration {
		fail(fileDeclaration, "does not declare BagIt 1.0 in UTF-8")
	}
	tags, err := b.small(fileBag)
	if err != nil {
		return err
	}
	var octets, files int64
	for path, size := range b.sizes {
		if strings.HasPrefix(path, "data/") {
			octets, files = octets+size, files+1
		}
	}
	seen := map[string]string{}
	for line := range strings.Lines(string(tags)) {
		label, value, ok := strings.Cut(strings.TrimSuffix(line, "\n"), ": ")
		if _, twice := seen[label]; !ok || twice {
			fail(fileBag, fmt.Sprintf("has a line that is not a label and a value, or a label twice: %q", label))
		}
		seen[label] = value
	}
	if want := fmt.Sprintf("%d.%d", octets, files); seen["Payload-Oxum"] != want {
		fail(fileBag, fmt.Sprintf("gives %q as Payload-Oxum (bytes and files in data/), which is %s", seen["Payload-Oxum"], want))
	}
	if _, err := time.Parse(time.DateOnly, seen["Bagging-Date"]); err != nil {
		fail(fileBag, "has no Bagging-Date that is a day")
	}
	return nil
}
