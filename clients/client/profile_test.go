package client_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tumen/clients/client"
)

// write makes a file in a folder with a mode.
func write(t *testing.T, folder, name, text string, mode os.FileMode) string {
	t.Helper()
	path := filepath.Join(folder, name)
	try(t, os.WriteFile(path, []byte(text), 0o600))
	try(t, os.Chmod(path, mode))
	return path
}

func TestLoadProfile(t *testing.T) {
	folder := t.TempDir()
	write(t, folder, "token", "tok-9\n", 0o600)
	write(t, folder, "open-token", "tok-9\n", 0o640)
	write(t, folder, "ca.pem", "PEM", 0o644)
	const inline = "address: h:1\ntoken: tok-9\nca: PEM\n"
	tests := []struct {
		name, text string
		mode       os.FileMode
		wrong      string // part of the error; empty for none
	}{
		{"all inline", inline + "organisation: ngo\nmember: kim\ndemo: true\n", 0o600, ""},
		{"files beside it", "address: h:1\ntoken_file: token\nca_file: ca.pem\n", 0o600, ""},
		{"readable by the group", inline, 0o640, "chmod 600"},
		{"readable by all", inline, 0o604, "chmod 600"},
		{"token file readable by the group", "address: h:1\ntoken_file: open-token\nca: PEM\n", 0o600, "chmod 600"},
		{"unknown field", inline + "tokn: tok-9\n", 0o600, "line 4: unknown field tokn"},
		{"wrong type", "address: h:1\ntoken: [tok-9]\nca: PEM\n", 0o600, "line 2"},
		{"twice", inline + "token: tok-9\n", 0o600, "line 4"},
		{"two documents", inline + "---\n" + inline, 0o600, "one document"},
		{"not YAML", "address: [tok-9", 0o600, "not valid YAML"},
		{"empty", "", 0o600, "not valid YAML"},
		{"no token", "address: h:1\nca: PEM\n", 0o600, "token or token_file"},
		{"two tokens", inline + "token_file: token\n", 0o600, "exclude each other"},
		{"two CAs", inline + "ca_file: ca.pem\n", 0o600, "exclude each other"},
		{"missing file", "address: h:1\ntoken_file: nowhere\nca: PEM\n", 0o600, "token_file"},
		{"too large", inline + "#" + strings.Repeat("x", 2<<20), 0o600, "larger"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			p, err := client.LoadProfile(write(t, folder, "profile.yaml", test.text, test.mode))
			if test.wrong == "" {
				try(t, err)
				if p.Token != "tok-9" || p.CA != "PEM" || p.Address != "h:1" {
					t.Errorf("%+v", p)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), test.wrong) {
				t.Errorf("got %v, want something about %q", err, test.wrong)
			}
			if err != nil && strings.Contains(err.Error(), "tok-9") {
				t.Errorf("the token stands in the error: %v", err)
			}
		})
	}
}

func TestLoadProfileMissing(t *testing.T) {
	if _, err := client.LoadProfile(filepath.Join(t.TempDir(), "none.yaml")); !os.IsNotExist(unwrapAll(err)) {
		t.Errorf("%v", err)
	}
}

func unwrapAll(err error) error {
	for {
		inner, ok := err.(interface{ Unwrap() error })
		if !ok || inner.Unwrap() == nil {
			return err
		}
		if os.IsNotExist(err) {
			return err
		}
		err = inner.Unwrap()
	}
}
