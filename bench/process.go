package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"time"
)

// Servers must be ready and gone within these times.
const (
	startLimit = 2 * time.Minute
	stopLimit  = 30 * time.Second
)

// process is a server that this program started and stops.
type process struct {
	name  string
	cmd   *exec.Cmd
	input io.Closer // its end ends a peer
	said  *tail     // the end of its standard error
	ended chan struct{}
	err   error // of Wait, once ended is closed
}

// start runs a program in a folder and waits for the line "ready …" on its
// standard output; the rest of that line is returned.
func start(ctx context.Context, dir, program string, args ...string) (*process, string, error) {
	cmd := exec.Command(program, args...)
	cmd.Dir = dir
	p := &process{name: program, cmd: cmd, said: &tail{}, ended: make(chan struct{})}
	cmd.Stderr = p.said
	input, err := cmd.StdinPipe()
	if err != nil {
		return nil, "", err
	}
	p.input = input
	output, err := cmd.StdoutPipe()
	if err != nil {
		return nil, "", err
	}
	if err := cmd.Start(); err != nil {
		return nil, "", err
	}
	ready := make(chan string, 1)
	go func() {
		lines := bufio.NewScanner(output)
		for lines.Scan() {
			if rest, found := strings.CutPrefix(lines.Text(), "ready "); found {
				select {
				case ready <- rest:
				default:
				}
			}
		}
		io.Copy(io.Discard, output) // a line too long for the scanner must not block the server
		p.err = cmd.Wait()
		close(p.ended)
	}()
	ctx, cancel := context.WithTimeout(ctx, startLimit)
	defer cancel()
	select {
	case rest := <-ready:
		return p, rest, nil
	case <-p.ended:
		return nil, "", fmt.Errorf("%s ended before it was ready: %w\n%s", program, p.err, p.said)
	case <-ctx.Done():
		return nil, "", errors.Join(fmt.Errorf("%s was not ready: %w\n%s", program, ctx.Err(), p.said), p.stop())
	}
}

// stop ends the process in an orderly way and waits for it; one that does not
// end is killed.
func (p *process) stop() error {
	p.input.Close()
	select {
	case <-p.ended:
		return nil // by itself, earlier
	default:
	}
	p.cmd.Process.Signal(os.Interrupt) // if it has ended meanwhile, the wait is short
	timer := time.NewTimer(stopLimit)
	defer timer.Stop()
	select {
	case <-p.ended:
		return nil
	case <-timer.C:
		p.cmd.Process.Kill()
		<-p.ended
		return fmt.Errorf("%s did not stop within %s and was killed\n%s", p.name, stopLimit, p.said)
	}
}

// tail keeps the last 4 KiB written to it. It is safe for concurrent use.
type tail struct {
	mu   sync.Mutex
	kept []byte
}

// Write implements io.Writer; it never fails.
func (t *tail) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.kept = append(t.kept, b...)
	if over := len(t.kept) - 4<<10; over > 0 {
		t.kept = append(t.kept[:0], t.kept[over:]...)
	}
	return len(b), nil
}

// String implements fmt.Stringer.
func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(bytes.TrimSpace(t.kept))
}

// build compiles a command of the module in folder into dir.
func build(ctx context.Context, folder, pkg, dir, name string) (string, error) {
	out := dir + string(os.PathSeparator) + name
	cmd := exec.CommandContext(ctx, "go", "build", "-o", out, pkg)
	cmd.Dir = folder
	if said, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("building %s: %w\n%s", pkg, err, bytes.TrimSpace(said))
	}
	return out, nil
}
