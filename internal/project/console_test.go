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
	"strings"
	"syscall"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "write what the commands print into the documents")

// documents are run command by command, each against a demonstration of its own.
var documents = []string{"README.md", "docs/first-matter.md"}

// TestDocumentsPrintWhatTheyShow runs every command of every console block, in
// order, in one empty folder, as a reader would who follows the document.
func TestDocumentsPrintWhatTheyShow(t *testing.T) {
	bin := t.TempDir()
	must(t, exec.Command("go", "build", "-o", bin+"/", "tumen/cmd/tumen", "tumen/cmd/tumend"))
	for _, name := range documents {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join("..", "..", name)
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			dir := t.TempDir()
			demonstrate(t, bin, dir)
			got := replay(t, string(text), bin, dir)
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

// demonstrate starts what `make run` starts, in a folder, until the test ends.
func demonstrate(t *testing.T, bin, dir string) {
	t.Helper()
	server := exec.Command(filepath.Join(bin, "tumend"), "demo")
	server.Dir = dir
	var log bytes.Buffer
	server.Stderr = &log
	out, err := server.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		server.Process.Signal(syscall.SIGINT)
		if err := server.Wait(); err != nil {
			t.Errorf("the demonstration did not stop cleanly: %v\n%s", err, log.String())
		}
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil || !strings.HasPrefix(line, "ready grpc=") {
		t.Fatalf("no ready line but %q: %v\n%s", line, err, log.String())
	}
}

// replay returns a document with the output of its commands as it is now. The
// environment that one command exports, the next ones have.
func replay(t *testing.T, text, bin, dir string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	var out strings.Builder
	setup := "export PATH=" + bin + ":$PATH NO_COLOR=1 LC_ALL=C.UTF-8 COLUMNS=100; exec 2>&1\n"
	inside, command, server := false, "", false
	for _, line := range strings.SplitAfter(text, "\n") {
		switch {
		case strings.HasPrefix(line, "```console"):
			inside, server = true, false
		case strings.HasPrefix(line, "```"):
			inside = false
		case inside && server:
		case inside && command == "" && !strings.HasPrefix(line, "$ "):
			continue // output: replaced
		case inside:
			out.WriteString(line)
			command += strings.TrimPrefix(line, "$ ")
			if strings.HasSuffix(command, "\\\n") || heredocOpen(command) {
				continue
			}
			if server = strings.HasPrefix(command, "make run"); server {
				command = ""
				continue // runs already; its one line stands below
			}
			if strings.HasPrefix(command, "export ") {
				if !strings.Contains(command, "PATH=$PWD") {
					setup += command
				}
			} else {
				out.Write(shell(ctx, t, setup+command, dir))
			}
			command = ""
			continue
		}
		out.WriteString(line)
	}
	return out.String()
}

func heredocOpen(command string) bool {
	_, after, found := strings.Cut(command, "<<'END'\n")
	return strings.Contains(command, "<<'END'") && (!found || !strings.HasSuffix(after, "END\n"))
}

// shell runs a command and returns what it printed, with how it ended where it
// failed. The reminder that this is a demonstration comes with each command and
// is left out.
func shell(ctx context.Context, t *testing.T, script, dir string) []byte {
	t.Helper()
	c := exec.CommandContext(ctx, "bash", "-c", script)
	c.Dir = dir
	out, err := c.CombinedOutput()
	if ctx.Err() != nil {
		t.Fatalf("%q did not end", script)
	}
	out = bytes.ReplaceAll(out, []byte("DEMO — not for real data\n"), nil)
	if len(out) > 0 && !bytes.HasSuffix(out, []byte("\n")) {
		out = append(out, '\n')
	}
	if failed, ok := err.(*exec.ExitError); ok {
		out = fmt.Appendf(out, "(exit code %d)\n", failed.ExitCode())
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
	{regexp.MustCompile(`127\.0\.0\.1:[0-9]+`), "ADDRESS"},
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
