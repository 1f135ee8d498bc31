package cli_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/totp"
	"github.com/rogpeppe/go-internal/testscript"

	"tumen/clients/cli"
	"tumen/clients/client"
	tumenv1 "tumen/proto/tumen/v1"
	"tumen/service/issuer/issuertest"
)

func TestMain(m *testing.M) {
	// Under the race detector a program waits a second before it ends; the hundreds of
	// commands here need not.
	os.Setenv("GORACE", "atexit_sleep_ms=0 "+os.Getenv("GORACE"))
	if filepath.Base(os.Args[0]) != "tumen" { // which a script may give a width
		os.Unsetenv("COLUMNS") // that of the terminal that the tests are run in
	}
	testscript.Main(m, map[string]func(){
		"tumen": func() { os.Exit(cli.Run(context.Background(), os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) },
	})
}

// The scripts read like a manual: each starts with an empty server of its own,
// profiles in $PROFILES, and the October 2023 matter in october-2023.yaml.
func TestScripts(t *testing.T) {
	matter, err := os.ReadFile("../../demo/october-2023.yaml")
	try(t, err)
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(env *testscript.Env) error {
			profiles := startServer(env.T().(testing.TB), issuerOf(env))
			env.Setenv("GORACE", os.Getenv("GORACE"))
			env.Setenv("PROFILES", profiles)
			env.Setenv("TUMEN_PROFILE", filepath.Join(profiles, "case-worker.yaml"))
			// A bag with its policy, which nobody here has written.
			if err := os.CopyFS(filepath.Join(env.WorkDir, "export"), os.DirFS("../verify/testdata/golden")); err != nil {
				return err
			}
			return os.WriteFile(filepath.Join(env.WorkDir, "october-2023.yaml"), matter, 0o600)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"exits": exits, "remember": remember, "authenticator": authenticator, "idtoken": idToken, "typed": typed},
	})
}

// remember NAME PATTERN keeps what was printed and matches for the rest of the
// script, as $NAME.
func remember(ts *testscript.TestScript, _ bool, args []string) {
	pattern, err := regexp.Compile(args[1])
	ts.Check(err)
	found := pattern.FindString(ts.ReadFile("stdout"))
	if found == "" {
		ts.Fatalf("nothing printed matches %s", pattern)
	}
	ts.Setenv(args[0], found)
}

// issuerOf starts an issuer of ID tokens for the script that is about it, and gives its
// URL; empty for all others.
func issuerOf(env *testscript.Env) string {
	if filepath.Base(env.WorkDir) != "script-login" {
		return ""
	}
	from := issuertest.Start(env.T().(testing.TB))
	env.Values[issuerKey{}] = from
	return from.URL
}

type issuerKey struct{}

// idToken SUBJECT OUT writes an ID token of the issuer.
func idToken(ts *testscript.TestScript, _ bool, args []string) {
	from := ts.Value(issuerKey{}).(*issuertest.Issuer)
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(from.Token(from.Claims(args[0], "tumen", time.Now()))+"\n"), 0o600))
}

// typed KIND LABEL CONTENT begins a draft, as a client with forms does.
func typed(ts *testscript.TestScript, _ bool, args []string) {
	profile, err := client.LoadProfile(ts.Getenv("TUMEN_PROFILE"))
	ts.Check(err)
	conn, err := client.Dial(context.Background(), profile)
	ts.Check(err)
	defer conn.Close()
	_, err = conn.Drafts.CreateDraft(context.Background(), &tumenv1.CreateDraftRequest{Draft: &tumenv1.Draft{Kind: args[0], Label: args[1], Content: []byte(args[2])}})
	ts.Check(err)
}

// authenticator FILE PERIODS OUT writes the code that a device shows so many periods from
// now whose URI is in a file.
func authenticator(ts *testscript.TestScript, _ bool, args []string) {
	key, err := otp.NewKeyFromURL(strings.TrimSpace(ts.ReadFile(args[0])))
	ts.Check(err)
	periods, err := strconv.Atoi(args[1])
	ts.Check(err)
	code, err := totp.GenerateCode(key.Secret(), time.Now().Add(time.Duration(periods)*30*time.Second))
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[2]), []byte(code+"\n"), 0o600))
}

// exits CODE COMMAND… runs a command that must end with this exit code.
func exits(ts *testscript.TestScript, _ bool, args []string) {
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		var exit *exec.ExitError
		if !errors.As(err, &exit) {
			ts.Fatalf("%v", err)
		}
		got = exit.ExitCode()
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}
