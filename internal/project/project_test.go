// Package project holds the tests over the project as a whole: which folder may
// import which, and whether generated code is what the contract gives today.
package project

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// projectFolder gives the absolute path of the module's folder. It also opens
// every folder in it, because `go test` repeats an earlier result unless
// something that the test itself opened has changed, and most of what these
// tests judge is opened by commands that they start.
func projectFolder(t *testing.T) string {
	t.Helper()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(root, "go.mod")); err != nil {
		t.Fatalf("the module's folder is not where it was: %v", err)
	}
	err = filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil // deleted while we walked
		}
		if err == nil && entry.IsDir() && path != root && strings.HasPrefix(entry.Name(), ".") {
			return filepath.SkipDir
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return root
}

// run starts a command in a folder and gives its standard output; a failure
// ends the test with what the command said on standard error.
func run(t *testing.T, folder, name string, args ...string) []byte {
	t.Helper()
	command := exec.CommandContext(t.Context(), name, args...)
	command.Dir = folder
	// Under `make test` a second make would take the first one's job slots.
	for _, variable := range os.Environ() {
		if key, _, _ := strings.Cut(variable, "="); key != "MAKEFLAGS" && key != "MFLAGS" && key != "MAKELEVEL" {
			command.Env = append(command.Env, variable)
		}
	}
	var said bytes.Buffer
	command.Stderr = &said
	out, err := command.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s", command, err, said.Bytes())
	}
	return out
}
