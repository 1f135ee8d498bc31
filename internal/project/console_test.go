package project

import (
	"bufio"
	"bytes"
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "write what the commands print into the documents")

// documents are run command by command, each against a demonstration of its own.
var documents = []string{"README.md", "docs/first-matter.md", "docs/api.md", "docs/operations.md", "docs/exports.md", "docs/sharing.md"}

// TestDocumentsPrintWhatTheyShow runs every command of every console block, in
// order, in one empty folder, as a reader would who follows the document.
func TestDocumentsPrintWhatTheyShow(t *testing.T) {
	bin := t.TempDir()
	must(t, exec.Command("go", "build", "-o", bin+"/", "tumen/cmd/tumen", "tumen/cmd/tumend", "filippo.io/age/cmd/age-keygen"))
	for _, name := range documents {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join("..", "..", name)
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			r := &reader{t: t, bin: bin, dir: t.TempDir()}
			r.start("tumend demo")
			got := r.replay(string(text))
			if *update {
				if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			compare(t, masked(string(text)), masked(got))
		})
	}
}

func must(t *testing.T, c *exec.Cmd) {
	t.Helper()
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", c, err, out)
	}
}

// reader follows a document: in one folder, with what `make run` starts beside
// it, and what the document itself starts in the background.
type reader struct {
	t        *testing.T
	bin, dir string
	setup    string // what its shell has exported so far
	jobs     []*exec.Cmd
}

// start starts a server, waits until it is ready, and returns the line that
// says so. It ends with the test, unless the document ends it before.
func (r *reader) start(command string) string {
	r.t.Helper()
	server := r.bash(context.Background(), "exec "+command)
	var log bytes.Buffer
	server.Stderr = &log
	out, err := server.StdoutPipe()
	if err != nil {
		r.t.Fatal(err)
	}
	if err := server.Start(); err != nil {
		r.t.Fatal(err)
	}
	r.jobs = append(r.jobs, server)
	r.t.Cleanup(func() { r.stop(server) })
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil || !strings.HasPrefix(line, "ready grpc=") {
		r.t.Fatalf("no ready line but %q: %v\n%s", line, err, log.String())
	}
	return line
}

// stop interrupts a server and waits until it has ended, cleanly.
func (r *reader) stop(server *exec.Cmd) {
	r.t.Helper()
	if server.ProcessState != nil {
		return
	}
	server.Process.Signal(syscall.SIGINT)
	if err := server.Wait(); err != nil {
		r.t.Errorf("%s did not stop cleanly: %v\n%s", server, err, server.Stderr)
	}
}

// replay returns a document with the output of its commands as it is now.
func (r *reader) replay(text string) string {
	r.t.Helper()
	var out strings.Builder
	inside, command, running := false, "", false
	for _, line := range strings.SplitAfter(text, "\n") {
		switch {
		case strings.HasPrefix(line, "```console"):
			inside, running = true, false
		case strings.HasPrefix(line, "```"):
			inside = false
		case inside && command == "" && !strings.HasPrefix(line, "$ "):
			if running {
				out.WriteString(line) // what make run printed: it runs already
			}
			continue
		case inside:
			out.WriteString(line)
			command += strings.TrimPrefix(line, "$ ")
			if strings.HasSuffix(command, "\\\n") || heredocOpen(command) {
				continue
			}
			if running = strings.HasPrefix(command, "make run"); !running {
				out.WriteString(r.follow(command))
			}
			command = ""
			continue
		}
		out.WriteString(line)
	}
	return out.String()
}

// follow does what one command of the document says and returns what it prints.
func (r *reader) follow(command string) string {
	r.t.Helper()
	background, ok := strings.CutSuffix(command, " &\n")
	switch {
	case ok:
		return r.start(background)
	case command == "kill -INT %1; wait %1\n":
		r.stop(r.jobs[len(r.jobs)-1])
		return ""
	case strings.HasPrefix(command, "export PATH="):
		return ""
	case strings.HasPrefix(command, "export "):
		r.setup += command
		return ""
	}
	return r.shell(command)
}

func heredocOpen(command string) bool {
	_, after, found := strings.Cut(command, "<<'END'\n")
	return strings.Contains(command, "<<'END'") && (!found || !strings.HasSuffix(after, "END\n"))
}

// bash is the reader's shell, in the reader's folder.
func (r *reader) bash(ctx context.Context, script string) *exec.Cmd {
	c := exec.CommandContext(ctx, "bash", "-c", r.setup+script)
	c.Dir = r.dir
	// What this process is set to is nothing that the reader has set.
	outside := slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "TUMEN") })
	c.Env = append(outside, "PATH="+r.bin+":"+os.Getenv("PATH"), "NO_COLOR=1", "LC_ALL=C.UTF-8", "COLUMNS=100")
	return c
}

// shell runs a command and returns what it printed, with how it ended where it
// failed. The reminder that this is a demonstration comes with each command and
// is left out.
func (r *reader) shell(command string) string {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(r.t.Context(), time.Minute)
	defer cancel()
	b, err := r.bash(ctx, "exec 2>&1\n"+command).CombinedOutput()
	if ctx.Err() != nil {
		r.t.Fatalf("%q did not end", command)
	}
	out := strings.ReplaceAll(string(b), "DEMO — not for real data\n", "")
	out = strings.ReplaceAll(out, r.dir, "/srv/tumen")
	if out != "" && !strings.HasSuffix(out, "\n") {
		out += "\n"
	}
	if failed, ok := err.(*exec.ExitError); ok {
		out += fmt.Sprintf("(exit code %d)\n", failed.ExitCode())
	}
	return out
}

// masks hide what differs from one run to the next.
var masks = []struct {
	what *regexp.Regexp
	with string
}{
	{regexp.MustCompile(`\b[0-9a-hjkmnp-tv-z]{26}\b`), "ID"},
	{regexp.MustCompile(`\b20[2-9][0-9]-[0-9A-HJKMNP-TV-Z]{5}\b`), "REFERENCE"},
	{regexp.MustCompile(`\b20(2[6-9]|[3-9][0-9])-[0-9]{2}-[0-9]{2}([ T][0-9:.]+Z?)?`), "TODAY"},
	{regexp.MustCompile(`\bage1[02-9ac-hj-np-z]{58}\b`), "RECIPIENT"},
	{regexp.MustCompile(`\b(set |epoch-[0-9]+-|destroyed )[A-Za-z0-9_-]{22}`), "${1}SET"},
	{regexp.MustCompile(`[0-9]+ bytes before, [0-9]+ now`), "SIZES"},
	{regexp.MustCompile(`[0-9]+ bytes, the store`), "SIZE, the store"},
	{regexp.MustCompile(`\brow [0-9]+\b`), "row N"},
	{regexp.MustCompile(`tumen-ledger-[a-z2-7]{16}`), "LEDGER"},
	{regexp.MustCompile(`LEDGER/([0-9]+)\+[0-9a-f]{8}\+[A-Za-z0-9+/]{44}`), "LEDGER/$1+KEY"},
	{regexp.MustCompile(`127\.0\.0\.1:[0-9]+`), "ADDRESS"},
	{regexp.MustCompile(`(?m)^( *— \S+) [A-Za-z0-9+/]+=*$`), "$1 SIGNATURE"},
	{regexp.MustCompile(`[A-Za-z0-9+/]{43}=`), "HASH"},
	{regexp.MustCompile(`"etag": "[A-Za-z0-9_-]+"`), `"etag": "ETAG"`},
}

func masked(s string) string {
	for _, m := range masks {
		s = m.what.ReplaceAllString(s, m.with)
	}
	return s
}

func compare(t *testing.T, want, got string) {
	t.Helper()
	w, g := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range max(len(w), len(g)) {
		var a, b string
		if i < len(w) {
			a = w[i]
		}
		if i < len(g) {
			b = g[i]
		}
		if a != b {
			t.Fatalf("line %d shows\n  %s\nbut now it is\n  %s\n(go test ./internal/project -run Documents -update writes it down)", i+1, a, b)
		}
	}
}

func TestMakeRunStartsTheDemonstration(t *testing.T) {
	out, err := exec.Command("make", "-C", "../..", "--no-print-directory", "-n", "run").Output()
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasSuffix(string(out), "exec .build/bin/tumend demo\n") {
		t.Errorf("make run does\n%s", out)
	}
}
