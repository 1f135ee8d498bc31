package disk_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"tumen/internal/disk"
)

func TestExists(t *testing.T) {
	folder := t.TempDir()
	file, dangling := filepath.Join(folder, "file"), filepath.Join(folder, "link")
	if err := errors.Join(os.WriteFile(file, nil, 0o600), os.Symlink("nowhere", dangling)); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		path   string
		want   bool
		unseen bool
	}{
		{folder, true, false}, {file, true, false}, {dangling, true, false},
		{filepath.Join(folder, "absent"), false, false},
		{filepath.Join(file, "below a file"), false, true},
	} {
		if got, err := disk.Exists(tc.path); got != tc.want || (err != nil) != tc.unseen {
			t.Errorf("%s: %v, %v", tc.path, got, err)
		}
	}
}

func TestFillClosesInAnyCase(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := disk.Fill(f, []byte("content")); err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(path); string(got) != "content" {
		t.Errorf("%q, %v", got, err)
	}
	reading, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range []*os.File{f, reading} { // closed; not open for writing
		if err := disk.Fill(f, []byte("more")); err == nil {
			t.Error("no error")
		}
		if err := f.Close(); !errors.Is(err, os.ErrClosed) {
			t.Errorf("left open: %v", err)
		}
	}
}

func TestSyncFolderOfNone(t *testing.T) {
	if err := disk.SyncFolder(t.TempDir()); err != nil {
		t.Error(err)
	}
	if err := disk.SyncFolder(filepath.Join(t.TempDir(), "absent")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%v", err)
	}
}
