package verify

import (
	"bufio"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
)

// The files of a bag (BagIt 1.0, RFC 8493). No others may be there.
const (
	fileDeclaration = "bagit.txt"
	fileBag         = "bag-info.txt"
	fileManifest    = "manifest-sha512.txt"
	fileTagManifest = "tagmanifest-sha512.txt"
	fileExport      = "data/export.json"
	fileEntry       = "data/export-entry.json"
	fileCheckpoint  = "data/checkpoint"
	fileRecords     = "data/records.jsonl"
	captureFolder   = "data/captures/"
)

// needed are the files without which there is nothing to verify.
var needed = []string{fileDeclaration, fileBag, fileManifest, fileTagManifest, fileExport, fileEntry, fileCheckpoint, fileRecords}

// fileCrate describes the files for other programs. Nothing but the manifest stands
// for it.
const fileCrate = "data/ro-crate-metadata.json"

// optional are files that a bag may do without.
var optional = []string{fileTable, fileSheets, fileRedactions, fileProvenance, fileCrate}

// known says whether a bag may have a file of that path.
func known(path string) bool {
	for _, p := range append(needed[:len(needed):len(needed)], optional...) {
		if p == path {
			return true
		}
	}
	name, ok := strings.CutPrefix(path, captureFolder)
	return ok && goodPath(path) && !strings.Contains(name, "/")
}

// goodPath refuses whatever could lead out of a bag or mean different files on
// different systems.
func goodPath(path string) bool {
	return fs.ValidPath(path) && path != "." && strings.Trim(path, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./") == "" &&
		!strings.Contains(path, "/.")
}

const (
	// maxManifestLine: a digest, two spaces and a path.
	maxManifestLine = 128 + 2 + 1024
	// maxFiles bounds what a manifest can make a reader remember.
	maxFiles = 1 << 20
)

var errManifestLine = errors.New("is not 128 hexadecimal digits in lower case, two spaces and a path")

// parseManifest reads a manifest of RFC 8493, section 2.1.3: SHA-512 by path. Of
// the forms that the RFC allows it takes one: lower case, two spaces, LF.
func parseManifest(r io.Reader) (map[string][64]byte, error) {
	files := map[string][64]byte{}
	lines := bufio.NewReaderSize(r, maxManifestLine+1)
	for n := 1; ; n++ {
		line, err := lines.ReadSlice('\n')
		switch {
		case err == io.EOF && len(line) == 0:
			return files, nil
		case err == io.EOF:
			return nil, lineError(n, errors.New("has no end: the file is cut off"))
		case errors.Is(err, bufio.ErrBufferFull):
			return nil, lineError(n, errors.New("is too long"))
		case err != nil:
			return nil, readError{err}
		}
		path, sum, err := manifestLine(string(line[:len(line)-1]))
		if err != nil {
			return nil, lineError(n, err)
		}
		if _, twice := files[path]; twice {
			return nil, lineError(n, fmt.Errorf("names %s a second time", path))
		}
		if files[path] = sum; len(files) > maxFiles {
			return nil, fmt.Errorf("names more than %d files", maxFiles)
		}
	}
}

func manifestLine(line string) (string, [64]byte, error) {
	hexText, path, ok := strings.Cut(line, "  ")
	sum, err := hex.DecodeString(hexText)
	if !ok || err != nil || len(sum) != 64 || strings.ToLower(hexText) != hexText {
		return "", [64]byte{}, errManifestLine
	}
	if !goodPath(path) {
		return "", [64]byte{}, fmt.Errorf("names %q, which is no path that a bag may have", path)
	}
	return path, [64]byte(sum), nil
}

// readError is about reading, not about what was read.
type readError struct{ error }

func (e readError) Unwrap() error { return e.error }

func lineError(n int, err error) error { return fmt.Errorf("line %d %w", n, err) }
