// Package outside installs what other people made and tests compare with: packages of
// npm, as a committed lock file pins them.
package outside

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

const hint = "this comparison needs node (20 or later) and npm, and the npm registry once: install them, as `make install` does"

// Install installs what the package-lock.json of a folder pins into the ignored
// .build/NAME-npm of the module, unless it lies there already, and gives that folder.
func Install(t testing.TB, name string, pins fs.FS) string {
	t.Helper()
	folder, err := install(name, pins)
	if err != nil {
		t.Fatalf("%v\n%s", err, hint)
	}
	return folder
}

func install(name string, pins fs.FS) (string, error) {
	root, err := module()
	if err != nil {
		return "", err
	}
	manifest, err := fs.ReadFile(pins, "package.json")
	lock, missing := fs.ReadFile(pins, "package-lock.json")
	if err := errors.Join(err, missing); err != nil {
		return "", err
	}
	folder := filepath.Join(root, ".build", name+"-npm")
	// Written last, so that an interrupted installation is repeated.
	stamp := filepath.Join(folder, "installed.json")
	if have, err := os.ReadFile(stamp); err == nil && bytes.Equal(have, lock) {
		return folder, nil
	}
	err = errors.Join(
		os.MkdirAll(folder, 0o755),
		os.WriteFile(filepath.Join(folder, "package.json"), manifest, 0o644),
		os.WriteFile(filepath.Join(folder, "package-lock.json"), lock, 0o644),
	)
	if err != nil {
		return "", err
	}
	npm := exec.Command("npm", "ci", "--ignore-scripts", "--omit=optional", "--no-audit", "--no-fund")
	npm.Dir = folder
	if said, err := npm.CombinedOutput(); err != nil {
		return "", fmt.Errorf("npm ci: %w\n%s", err, said)
	}
	return folder, os.WriteFile(stamp, lock, 0o644)
}

// module is the folder of go.mod, above that of the package that is tested.
func module() (string, error) {
	folder, err := os.Getwd()
	for err == nil {
		if _, missing := os.Stat(filepath.Join(folder, "go.mod")); missing == nil {
			return folder, nil
		}
		above := filepath.Dir(folder)
		if above == folder {
			return "", errors.New("no go.mod above this package")
		}
		folder = above
	}
	return "", err
}
