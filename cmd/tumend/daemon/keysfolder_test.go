package daemon

import (
	"context"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// everything gives what lies in a folder: by path the mode, and of files the
// bytes.
func everything(t *testing.T, dir string) map[string]string {
	t.Helper()
	found := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		found[path] = info.Mode().String()
		if info.Mode().IsRegular() {
			content, err := os.ReadFile(path)
			found[path] += string(content)
			return err
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestAWrongKeysFolderIsRefusedAndNothingChanges(t *testing.T) {
	other := settingsIn(t, folder(t))
	if err := Init(t.Context(), other, firstIn(folder(t)), false); err != nil {
		t.Fatal(err)
	}
	fromOther := func(keys string, names ...string) error {
		for _, name := range names {
			content, err := os.ReadFile(filepath.Join(other.KeysDir, name))
			if err := errors.Join(err, os.WriteFile(filepath.Join(keys, name), content, 0o600)); err != nil {
				return err
			}
		}
		return nil
	}
	for _, tc := range []struct {
		name  string
		spoil func(keys string) error
		want  string // KEYS is the folder
	}{
		{"it is missing", os.RemoveAll, "there is no keys folder KEYS: "},
		{"it is a file", func(keys string) error { return errors.Join(os.RemoveAll(keys), os.WriteFile(keys, nil, 0o600)) }, "KEYS is no folder: "},
		{"it is empty", func(keys string) error { return errors.Join(os.RemoveAll(keys), os.Mkdir(keys, 0o700)) }, "the keys folder KEYS holds none of root.key, permanent.age and epoch.age: "},
		{"others may use it", func(keys string) error { return os.Chmod(keys, 0o750) }, "KEYS may be used by others than its owner (mode 0750): chmod go= KEYS"},
		{"it can't be read", func(keys string) error { return os.Chmod(keys, 0) }, "the keys folder KEYS can't be read: "},
		{"a key is missing", func(keys string) error { return os.Remove(filepath.Join(keys, "epoch.age")) }, "the key KEYS/epoch.age is missing: "},
		{"a key can't be read", func(keys string) error { return os.Chmod(filepath.Join(keys, "permanent.age"), 0) }, "the key KEYS/permanent.age can't be read: "},
		{"others may read a key", func(keys string) error { return os.Chmod(filepath.Join(keys, "root.key"), 0o604) }, "KEYS/root.key may be used by others than its owner (mode 0604): chmod go= KEYS/root.key"},
		{"the root key is missing", func(keys string) error { return os.Remove(filepath.Join(keys, "root.key")) }, "the root key KEYS/root.key is missing: "},
		{"the root key is no key", func(keys string) error { return os.WriteFile(filepath.Join(keys, "root.key"), []byte("hello"), 0o600) }, "the root key KEYS/root.key is no age identity (one line AGE-SECRET-KEY-1…): it is damaged or something else; nothing was changed"},
		{"another root key", func(keys string) error { return fromOther(keys, "root.key") }, "KEYS/permanent.age doesn't open by KEYS/root.key: the root key is another one: give the root key that it was made with; nothing was changed"},
		{"a key is cut short", func(keys string) error { return os.Truncate(filepath.Join(keys, "epoch.age"), 120) }, "KEYS/epoch.age: damaged: "},
		{"one key in the place of another", func(keys string) error {
			content, err := os.ReadFile(filepath.Join(keys, "epoch.age"))
			return errors.Join(err, os.WriteFile(filepath.Join(keys, "permanent.age"), content, 0o600))
		}, "KEYS/permanent.age: damaged: "},
		{"the keys of another store", func(keys string) error { return fromOther(keys, "root.key", "permanent.age", "epoch.age") }, "the keys in KEYS are those of another store: "},
		{"one key of another store", func(keys string) error { return fromOther(keys, "epoch.age") }, "KEYS/epoch.age doesn't open by KEYS/root.key, which opens permanent.age: damaged: "},
	} {
		dir := folder(t)
		s := settingsIn(t, dir)
		s.KeysDir = filepath.Join(dir, "stick")
		if err := Init(t.Context(), s, firstIn(dir), false); err != nil {
			t.Fatal(err)
		}
		if err := tc.spoil(s.KeysDir); err != nil {
			t.Fatal(err)
		}
		before := everything(t, dir) // as it stays, whichever command comes
		for _, command := range [][]string{{"serve"}, {"member", "list"}, {"token", "new", "jfnk", "kim"}, {"check", "--read-here"}, {"init", "--organisation", "a", "--display-name", "A", "--admin", "b"}} {
			t.Run(tc.name+"/"+command[0], func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				var out strings.Builder
				code := exitOK
				asOrdinaryUser(t, dir, func() {
					code = Run(ctx, append(command, "--data-dir", s.DataDir, "--keys-dir", s.KeysDir, "--listen", "127.0.0.1:0"), &out, &out)
				})
				want := strings.ReplaceAll(tc.want, "KEYS", s.KeysDir)
				if command[0] == "init" {
					want = "there is a store already: "
				}
				if !strings.Contains(out.String(), want) || code == exitOK && command[0] != "check" {
					t.Errorf("exit code %d, and it says\n%swant\n%s", code, out.String(), want)
				}
				if !maps.Equal(before, everything(t, dir)) {
					t.Error("something was changed")
				}
			})
		}
	}
}
