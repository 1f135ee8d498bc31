package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"filippo.io/age"
	"github.com/rogpeppe/go-internal/testscript"

	"tumen/clients/cli"
)

// The scripts in testdata/script read like a manual. Beside the programs they
// have these commands:
//
//	launch NAME PROGRAM ARG...  start a server, wait for its ready line, and set
//	                            GRPC and PROFILES from it
//	interrupt NAME              stop it as Ctrl-C does; it has to end with 0
//	crash NAME                  kill it without warning
//	fetch ADDRESS PATH          get what is served to anybody, into the file "fetched"
//	agekey FILE VARIABLE        make an age identity, as age-keygen does, and set its
//	                            recipient
//	remember NAME PATTERN       keep what was printed and matches for the rest of the
//	                            script, as $NAME
//	mode PERMISSIONS FILE...    check who may use files
//	damage FILE                 overwrite a part of a file
//	shares NAME FOLDER          check that a share is in each file of a folder, for
//	                            its owner alone; NAME is the set
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                "testdata/script",
		RequireUniqueNames: true,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"launch":    launch,
			"interrupt": func(ts *testscript.TestScript, _ bool, args []string) { end(ts, args[0], os.Interrupt) },
			"crash":     func(ts *testscript.TestScript, _ bool, args []string) { end(ts, args[0], syscall.SIGKILL) },
			"fetch":     fetch,
			"mode":      mode,
			"agekey":    agekey,
			"damage":    damage,
			"shares":    shares,
			"remember":  remember,
		},
		Setup: func(env *testscript.Env) error {
			env.Values[launched{}] = map[string]*process{}
			env.Setenv("GORACE", os.Getenv("GORACE"))
			return nil
		},
	})
}

func TestMain(m *testing.M) {
	// Under the race detector a program waits a second before it ends; the hundreds of
	// commands here need not.
	os.Setenv("GORACE", "atexit_sleep_ms=0 "+os.Getenv("GORACE"))
	testscript.Main(m, map[string]func(){
		"tumend": main,
		"tumen": func() {
			ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
			code := cli.Run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
			stop()
			os.Exit(code)
		},
	})
}

type launched struct{}

type process struct {
	cmd     *exec.Cmd
	drained chan struct{}
	stderr  *strings.Builder
}

func launch(ts *testscript.TestScript, _ bool, args []string) {
	processes := ts.Value(launched{}).(map[string]*process)
	p := &process{cmd: exec.Command(args[1], args[2:]...), drained: make(chan struct{}), stderr: new(strings.Builder)}
	p.cmd.Dir = ts.MkAbs(".")
	p.cmd.Stderr = p.stderr
	for _, name := range []string{"PATH", "HOME", "TMPDIR", "GORACE", "TUMEN_DATA_DIR", "TUMEN_LISTEN"} {
		if value := ts.Getenv(name); value != "" {
			p.cmd.Env = append(p.cmd.Env, name+"="+value)
		}
	}
	stdout, err := p.cmd.StdoutPipe()
	ts.Check(err)
	ts.Check(p.cmd.Start())
	ts.Defer(func() {
		p.cmd.Process.Kill()
		p.cmd.Wait()
	})
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil || !strings.HasPrefix(line, "ready ") {
		p.cmd.Wait()
		ts.Fatalf("%s did not get ready: %q, and on standard error\n%s", args[0], line, p.stderr)
	}
	for _, field := range strings.Fields(line)[1:] {
		name, value, _ := strings.Cut(field, "=")
		ts.Setenv(strings.ToUpper(name), value)
	}
	go func() {
		defer close(p.drained)
		io.Copy(io.Discard, stdout)
	}()
	processes[args[0]] = p
}

func end(ts *testscript.TestScript, name string, s os.Signal) {
	p := ts.Value(launched{}).(map[string]*process)[name]
	if p == nil {
		ts.Fatalf("%s was not launched", name)
	}
	ts.Check(p.cmd.Process.Signal(s))
	<-p.drained
	if err := p.cmd.Wait(); err != nil && s != syscall.SIGKILL {
		ts.Fatalf("%s: %v\n%s", name, err, p.stderr)
	}
	ts.Logf("%s said:\n%s", name, p.stderr)
}

func fetch(ts *testscript.TestScript, refused bool, args []string) {
	answer, err := http.Get("http://" + args[0] + args[1])
	ts.Check(err)
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	ts.Check(err)
	if (answer.StatusCode != http.StatusOK) != refused {
		ts.Fatalf("%s: %s", args[1], answer.Status)
	}
	ts.Check(os.WriteFile(ts.MkAbs("fetched"), body, 0o600))
}

func agekey(ts *testscript.TestScript, _ bool, args []string) {
	identity, err := age.GenerateX25519Identity()
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(identity.String()+"\n"), 0o600))
	ts.Setenv(args[1], identity.Recipient().String())
}

func remember(ts *testscript.TestScript, _ bool, args []string) {
	found := regexp.MustCompile(args[1]).FindString(ts.ReadFile("stdout"))
	if found == "" {
		ts.Fatalf("nothing printed matches %s", args[1])
	}
	ts.Setenv(args[0], found)
}

func mode(ts *testscript.TestScript, _ bool, args []string) {
	for _, name := range args[1:] {
		info, err := os.Stat(ts.MkAbs(name))
		ts.Check(err)
		if got := fmt.Sprintf("%04o", info.Mode().Perm()); got != args[0] {
			ts.Fatalf("%s has mode %s, not %s", name, got, args[0])
		}
	}
}

func damage(ts *testscript.TestScript, _ bool, args []string) {
	f, err := os.OpenFile(ts.MkAbs(args[0]), os.O_WRONLY, 0)
	ts.Check(err)
	defer f.Close()
	// Beyond the two pages that tell a store of this kind.
	_, err = f.WriteAt([]byte(strings.Repeat("damaged ", 4<<10)), 16<<10)
	ts.Check(err)
}

var shareFile = regexp.MustCompile(`^epoch-[0-9]+-([A-Za-z0-9_][A-Za-z0-9_-]{21})-[0-9]+-[a-z0-9-]+\.age$`)

func shares(ts *testscript.TestScript, _ bool, args []string) {
	entries, err := os.ReadDir(ts.MkAbs(args[1]))
	ts.Check(err)
	for _, entry := range entries {
		name := filepath.Join(args[1], entry.Name())
		match := shareFile.FindStringSubmatch(entry.Name())
		if match == nil || !strings.HasPrefix(ts.ReadFile(name), "-----BEGIN AGE ENCRYPTED FILE-----\n") {
			ts.Fatalf("%s is no share", name)
		}
		mode(ts, false, []string{"0600", name})
		ts.Setenv(args[0], match[1])
	}
}
