package seal_test

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"filippo.io/age"
	"pgregory.net/rapid"

	"tumen/service/seal"
)

func write(t testing.TB, name, content string, mode fs.FileMode) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
	return path
}

func must[T any](made T, err error) T {
	if err != nil {
		panic(err)
	}
	return made
}

func newIdentityRoot(t testing.TB) seal.Root {
	return must(seal.MakeIdentityFile(filepath.Join(t.TempDir(), "root.key")))
}

// everyRoot gives two root keys of each kind that differ.
func everyRoot(t *testing.T) map[string][2]seal.Root {
	hybrid := func() seal.Root {
		return must(seal.IdentityFile(write(t, "pq.key", must(age.GenerateHybridIdentity()).String(), 0o400)))
	}
	handed := func(content string) seal.Root { return must(seal.HandedFile(write(t, "credential", content, 0o440))) }
	return map[string][2]seal.Root{
		"identity file":         {newIdentityRoot(t), newIdentityRoot(t)},
		"post-quantum identity": {hybrid(), hybrid()},
		"passphrase":            {must(seal.Passphrase("correct horse", 2)), must(seal.Passphrase("correct horse ", 2))},
		"handed identity":       {handed("# by the office\n" + must(age.GenerateX25519Identity()).String()), newIdentityRoot(t)},
		"handed raw bytes":      {handed(strings.Repeat("k", 32)), handed(strings.Repeat("K", 32))},
	}
}

func TestARootKeyUnwrapsWhatItWrapped(t *testing.T) {
	ctx, secret := context.Background(), []byte("the secret")
	for name, roots := range everyRoot(t) {
		t.Run(name, func(t *testing.T) {
			root, other := roots[0], roots[1]
			wrapped, err := root.Wrap(ctx, "a purpose", secret)
			if err != nil || bytes.Contains(wrapped, secret) {
				t.Fatalf("%q, %v", wrapped, err)
			}
			if got, err := root.Unwrap(ctx, "a purpose", wrapped); err != nil || !bytes.Equal(got, secret) {
				t.Errorf("%q, %v", got, err)
			}
			if got, err := root.Unwrap(ctx, "a purpos", wrapped); !errors.Is(err, seal.ErrDamaged) || got != nil {
				t.Errorf("for another purpose: %q, %v", got, err)
			}
			if got, err := other.Unwrap(ctx, "a purpose", wrapped); !errors.Is(err, seal.ErrWrongRoot) || got != nil {
				t.Errorf("by another root key: %q, %v", got, err)
			}
			for _, damaged := range [][]byte{nil, wrapped[:len(wrapped)-1], append(bytes.Clone(wrapped), 0), []byte("age-encryption.org/v1\n"), secret} {
				if got, err := root.Unwrap(ctx, "a purpose", damaged); !errors.Is(err, seal.ErrDamaged) || got != nil {
					t.Errorf("%d of %d bytes: %q, %v", len(damaged), len(wrapped), got, err)
				}
			}
			for _, purpose := range []string{"", "two\nlines"} {
				if _, err := root.Wrap(ctx, purpose, secret); err == nil {
					t.Errorf("purpose %q is taken", purpose)
				}
			}
		})
	}
}

func TestNoBitOfWhatIsWrappedMayChange(t *testing.T) {
	ctx := context.Background()
	for name, roots := range everyRoot(t) {
		t.Run(name, func(t *testing.T) {
			wrapped := must(roots[0].Wrap(ctx, "a purpose", []byte("secret")))
			rapid.Check(t, func(t *rapid.T) {
				bit := rapid.IntRange(0, 8*len(wrapped)-1).Draw(t, "bit")
				got, err := roots[0].Unwrap(ctx, "a purpose", flipped(wrapped, bit))
				if got != nil || !errors.Is(err, seal.ErrDamaged) && !errors.Is(err, seal.ErrWrongRoot) {
					t.Fatalf("%q, %v", got, err)
				}
			})
		})
	}
}

func TestAFileThatIsNoRootKeyIsRefused(t *testing.T) {
	identity := must(age.GenerateX25519Identity()).String()
	for _, tc := range []struct {
		name, content string
		mode          fs.FileMode
		take          func(string) (seal.Root, error)
		says          string
	}{
		{"readable by all", identity, 0o604, seal.IdentityFile, "chmod go="},
		{"readable by the group", identity, 0o640, seal.IdentityFile, "chmod go="},
		{"handed, readable by all", identity, 0o444, seal.HandedFile, "chmod go="},
		{"handed, writable by the group", identity, 0o460, seal.HandedFile, "chmod go="},
		{"empty", "", 0o600, seal.IdentityFile, "no age identity"},
		{"a slip of the pen", strings.ToLower(identity[:20]) + identity[20:], 0o600, seal.IdentityFile, "no age identity"},
		{"two identities", identity + "\n" + must(age.GenerateX25519Identity()).String(), 0o600, seal.IdentityFile, "2 age identities"},
		{"raw bytes as an identity", strings.Repeat("k", 32), 0o600, seal.IdentityFile, "no age identity"},
		{"handed, 31 bytes", strings.Repeat("k", 31), 0o600, seal.HandedFile, "no age identity"},
		{"huge", strings.Repeat("k", 1<<20), 0o600, seal.HandedFile, "too large"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			path := write(t, "the.key", tc.content, tc.mode)
			_, err := tc.take(path)
			if err == nil || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), tc.says) {
				t.Errorf("want the path and %q, got %v", tc.says, err)
			}
			if err != nil && len(tc.content) > 20 && strings.Contains(err.Error(), tc.content[20:]) {
				t.Errorf("the key shows: %v", err)
			}
		})
	}
	missing := filepath.Join(t.TempDir(), "root.key")
	if _, err := seal.IdentityFile(missing); !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), missing) {
		t.Errorf("missing: %v", err)
	}
	if _, err := seal.IdentityFile(t.TempDir()); err == nil || !strings.Contains(err.Error(), "no regular file") {
		t.Errorf("a folder: %v", err)
	}
}

func TestAPassphraseHasABoundedCost(t *testing.T) {
	for _, factor := range []int{-1, 23} {
		if _, err := seal.Passphrase("correct horse", factor); err == nil {
			t.Errorf("work factor %d is taken", factor)
		}
	}
	if _, err := seal.Passphrase("", 0); err == nil {
		t.Error("an empty passphrase is taken")
	}
}

func TestMakingAnIdentityFileOverwritesNone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "root.key")
	root := must(seal.MakeIdentityFile(path))
	before := must(os.ReadFile(path))
	if stat := must(os.Stat(path)); stat.Mode() != 0o600 {
		t.Errorf("mode %v", stat.Mode())
	}
	if _, err := seal.MakeIdentityFile(path); !errors.Is(err, fs.ErrExist) {
		t.Errorf("again: %v", err)
	}
	if after := must(os.ReadFile(path)); !bytes.Equal(before, after) {
		t.Error("the file changed")
	}
	if left := names(t, filepath.Dir(path)); len(left) != 1 {
		t.Errorf("left over: %v", left)
	}
	wrapped := must(root.Wrap(context.Background(), "p", []byte("s")))
	if got, err := must(seal.IdentityFile(path)).Unwrap(context.Background(), "p", wrapped); err != nil || string(got) != "s" {
		t.Errorf("read again: %q, %v", got, err)
	}
	os.WriteFile(path+"2.new", []byte("half"), 0o600)
	if _, err := seal.MakeIdentityFile(path + "2"); err != nil {
		t.Errorf("after one that was cut short: %v", err)
	}
}

func names(t testing.TB, dir string) (found []string) {
	t.Helper()
	for _, entry := range must(os.ReadDir(dir)) {
		found = append(found, entry.Name())
	}
	return found
}
