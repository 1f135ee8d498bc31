package bag

import (
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
)

// manifests writes the tag files of the bag, once all of its payload is written.
func (w *Writer) manifests() error {
	payload := slices.Clone(w.files)
	slices.SortFunc(payload, func(a, b *file) int { return strings.Compare(a.name, b.name) })
	var size int64
	for _, f := range payload {
		if err := f.Flush(); err != nil {
			return err
		}
		size += f.size
	}
	tags := []struct{ name, content string }{
		{"bagit.txt", "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"},
		{"bag-info.txt", fmt.Sprintf("Bag-Software-Agent: %s\nBagging-Date: %s\nPayload-Oxum: %d.%d\n", w.options.Agent, w.made, size, len(payload))},
		{"manifest-sha512.txt", manifest(payload)},
	}
	for _, t := range tags {
		if err := w.write(t.name, []byte(t.content)); err != nil {
			return err
		}
	}
	written := w.files[len(payload):]
	for _, f := range written {
		if err := f.Flush(); err != nil {
			return err
		}
	}
	return w.write("tagmanifest-sha512.txt", []byte(manifest(written)))
}

// manifest lists files with their SHA-512.
func manifest(files []*file) string {
	var b strings.Builder
	for _, f := range files {
		fmt.Fprintf(&b, "%s  %s\n", hex.EncodeToString(f.digest.Sum(nil)), f.name)
	}
	return b.String()
}
