package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"tumen/clients/client"
)

// A session is what the programs say and show of themselves in the course of some work,
// beside the results that are meant to hold a secret.
type session struct {
	t       *testing.T
	dir     string
	env     []string
	secrets map[string]string // by what they are
	shown   map[string]string // by where
}

// run runs a program to its end, whatever that is, and keeps what it says.
func (s *session) run(stdin, program string, args ...string) string {
	s.t.Helper()
	c := exec.CommandContext(s.t.Context(), program, args...)
	c.Dir, c.Env = s.dir, s.env
	var out, said bytes.Buffer
	c.Stdout, c.Stderr = &out, &said
	input, err := c.StdinPipe()
	if err != nil {
		s.t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		s.t.Fatal(err)
	}
	what := program + " " + strings.Join(args, " ")
	s.look(what, c.Process.Pid)
	_, _ = io.WriteString(input, stdin) // not every command reads
	input.Close()
	err = c.Wait()
	if failed := new(exec.ExitError); err != nil && !errors.As(err, &failed) {
		s.t.Fatal(err)
	}
	s.shown[what+", standard output"], s.shown[what+", standard error"] = out.String(), said.String()
	return out.String()
}

// look keeps what everybody on the machine, and what root, sees of a process.
func (s *session) look(what string, pid int) {
	s.t.Helper()
	for _, file := range []string{"cmdline", "environ"} {
		seen, err := os.ReadFile(fmt.Sprintf("/proc/%d/%s", pid, file))
		if err != nil {
			s.t.Fatal(err)
		}
		s.shown[what+", "+file] += string(seen)
	}
}

// keep notes a secret, and writes it to a file if that is named.
func (s *session) keep(what, secret string) {
	s.t.Helper()
	if len(secret) < 20 {
		s.t.Fatalf("%s is %q", what, secret)
	}
	s.secrets[what] = secret
}

// profile writes another profile like one that there is, changed.
func (s *session) profile(like, name string, change func(string) string) string {
	s.t.Helper()
	text, err := os.ReadFile(filepath.Join(s.dir, like))
	if err == nil {
		err = os.WriteFile(filepath.Join(s.dir, name), []byte(change(string(text))), 0o600)
	}
	if err != nil {
		s.t.Fatal(err)
	}
	return name
}

func (s *session) tokenIn(profile string) string {
	s.t.Helper()
	p, err := client.LoadProfile(filepath.Join(s.dir, profile))
	if err != nil {
		s.t.Fatal(err)
	}
	return p.Token
}

func TestNoTokenAndNoKeyIsShownAnywhere(t *testing.T) {
	s := &session{t: t, dir: t.TempDir(), secrets: map[string]string{}, shown: map[string]string{}, env: []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir(), "TUMEN_DATA_DIR=data", "TUMEN_KEYS_DIR=keys", "TUMEN_LOG_LEVEL=debug",
		"GRPC_GO_LOG_SEVERITY_LEVEL=info", "GRPC_GO_LOG_VERBOSITY_LEVEL=99", // what gRPC would say by itself, if it were let
	}}
	s.run("", "tumend", "init", "--organisation", "ngo", "--display-name", "An NGO", "--admin", "ada")
	s.run("", "tumend", "member", "add", "ngo", "bo", "--role", "case-worker")
	root, err := os.ReadFile(filepath.Join(s.dir, "keys", "root.key"))
	if err != nil {
		t.Fatal(err)
	}
	s.keep("the root key", regexp.MustCompile("AGE-SECRET-KEY-1[A-Z0-9]+").FindString(string(root)))
	s.keep("the administrator's token", s.tokenIn("ada.yaml"))

	server := s.serve("serve", "--listen", "127.0.0.1:0")
	s.run("", "tumend", "token", "new", "ngo", "bo", "--profile-out", "bo.yaml")
	token := s.tokenIn("bo.yaml")
	s.keep("a token", token)
	s.run("", "tumen", "--profile", "bo.yaml", "whoami")
	s.run("", "tumen", "--profile", "bo.yaml", "case", "add", "--title", "A case")
	s.run("a secret that is typed\n", "tumen", "--profile", "bo.yaml", "case", "list", "--json")
	s.run("", "tumen", "--profile", "bo.yaml", "token", "new", "--profile-out", "second.yaml")
	s.keep("a token that its member made", s.tokenIn("second.yaml"))
	s.run("", "tumen", "--profile", "bo.yaml", "token", "list", "--json")
	s.run("", "tumen", "--profile", "bo.yaml", "export", "--out", "bag")

	// What goes wrong tells no more.
	s.keep("a token with a slip in it", token[:len(token)-1]+"_")
	slip := s.profile("bo.yaml", "slip.yaml", func(p string) string { return strings.ReplaceAll(p, token, s.secrets["a token with a slip in it"]) })
	s.run("", "tumen", "--profile", slip, "case", "list")
	s.run("", "tumen", "--profile", slip, "case", "list", "--json")
	for name, change := range map[string]func(string) string{
		"list.yaml":    func(p string) string { return strings.ReplaceAll(p, "token: ", "token: [") },
		"unknown.yaml": func(p string) string { return p + "tocken: " + token + "\n" },
		"broken.yaml":  func(p string) string { return "\t" + p },
		"twice.yaml":   func(p string) string { return p + "token: " + token + "\n" },
		"away.yaml": func(p string) string {
			return regexp.MustCompile(`127\.0\.0\.1:[0-9]+`).ReplaceAllString(p, "127.0.0.1:1")
		},
	} {
		s.run("", "tumen", "--profile", s.profile("bo.yaml", name, change), "case", "list")
	}
	s.run("", "tumend", "token", "revoke", "ngo", "bo")
	s.run("", "tumen", "--profile", "bo.yaml", "case", "list")
	s.stop(server)
	s.run("", "tumend", "keys", "status")
	s.run("", "tumend", "check")

	// Nor does a key that can't be read.
	passphrase := "correct-horse-battery-staple-on-the-river"
	s.keep("a passphrase", passphrase)
	if err := os.WriteFile(filepath.Join(s.dir, "words"), []byte(passphrase+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s.run("", "tumend", "serve", "--root-passphrase-file", "words")
	if err := os.WriteFile(filepath.Join(s.dir, "keys", "root.key"), []byte(strings.ReplaceAll(string(root), "AGE-SECRET-KEY-1", "AGE-SECRET-KEY-1Q")), 0o600); err != nil {
		t.Fatal(err)
	}
	s.run("", "tumend", "serve")
	s.search()
}

// serve starts a server and looks at it.
func (s *session) serve(args ...string) *exec.Cmd {
	s.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	server := exec.CommandContext(ctx, "tumend", args...)
	server.Dir, server.Env = s.dir, s.env
	server.Stderr = new(bytes.Buffer)
	out, err := server.StdoutPipe()
	if err == nil {
		err = server.Start()
	}
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { cancel(); _ = server.Wait() })
	line := make([]byte, 512)
	n, err := out.Read(line)
	if err != nil || !strings.HasPrefix(string(line[:n]), "ready ") {
		s.t.Fatalf("it did not get ready: %q, %v", line[:n], err)
	}
	s.shown["the server, standard output"] = string(line[:n])
	s.look("the server", server.Process.Pid)
	return server
}

func (s *session) stop(server *exec.Cmd) {
	s.t.Helper()
	s.look("the server", server.Process.Pid)
	if err := server.Process.Signal(os.Interrupt); err != nil {
		s.t.Fatal(err)
	}
	if err := server.Wait(); err != nil {
		s.t.Error(err)
	}
	log := server.Stderr.(*bytes.Buffer).String()
	s.shown["the server's log"] = log
	if !strings.Contains(log, "CreateCase") || !strings.Contains(log, "CREDENTIALS_UNKNOWN") {
		s.t.Errorf("the log tells less than there was:\n%s", log)
	}
	if strings.Contains(log, "[transport]") || strings.Contains(log, "[core]") {
		s.t.Errorf("gRPC writes to the log:\n%s", log)
	}
}

// search looks for every secret in all that was shown, also without what it begins with.
func (s *session) search() {
	s.t.Helper()
	for what, secret := range s.secrets {
		bare := strings.TrimPrefix(strings.TrimPrefix(secret, "tumen_"), "AGE-SECRET-KEY-1")
		for where, shown := range s.shown {
			if strings.Contains(shown, bare) || strings.Contains(shown, bare[:20]) {
				s.t.Errorf("%s is shown in: %s", what, where)
			}
		}
	}
	if len(s.shown) < 60 {
		s.t.Errorf("only %d places were looked at", len(s.shown))
	}
}
