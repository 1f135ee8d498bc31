package bag

import (
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"tumen/internal/disk"
)

const declaration = "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"

// manifests makes a bag of what is written. What makes it one comes last, and under
// its name only once it is durable: a power cut leaves a bag or none.
func (w *Writer) manifests() error {
	payload := w.wholeFiles()
	var size int64
	for _, f := range payload {
		size += f.size
	}
	clear(w.files)
	for _, t := range []struct{ name, content string }{
		{"bagit.txt", declaration},
		{"bag-info.txt", fmt.Sprintf("Bag-Software-Agent: %s\nBagging-Date: %s\nPayload-Oxum: %d.%d\n", w.options.Agent, w.made, size, len(payload))},
		{"manifest-sha512.txt", manifest(payload)},
	} {
		name := t.name
		if name == "manifest-sha512.txt" {
			name = unfinished + "/" + name
		}
		f, err := w.create(name)
		if err != nil {
			return err
		}
		f.name = t.name
		f.WriteString(t.content) // an error stays with the writer
		if err := w.whole(f); err != nil {
			return err
		}
	}
	if _, err := w.write("tagmanifest-sha512.txt", []byte(manifest(w.wholeFiles()))); err != nil {
		return err
	}
	for _, folder := range []string{captureFolder, "data"} {
		if err := disk.SyncFolder(w.path(folder)); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	if err := os.Rename(w.path(unfinished+"/manifest-sha512.txt"), w.path("manifest-sha512.txt")); err != nil {
		return err
	}
	return errors.Join(disk.SyncFolder(w.folder), os.RemoveAll(w.path(unfinished)), disk.SyncFolder(w.folder))
}

// wholeFiles are the files that are whole, by name.
func (w *Writer) wholeFiles() []*file {
	return slices.SortedFunc(maps.Values(w.files), func(a, b *file) int { return strings.Compare(a.name, b.name) })
}

// manifest lists files with their SHA-512.
func manifest(files []*file) string {
	var b strings.Builder
	for _, f := range files {
		fmt.Fprintf(&b, "%s  %s\n", hex.EncodeToString(f.digest.Sum(nil)), f.name)
	}
	return b.String()
}
