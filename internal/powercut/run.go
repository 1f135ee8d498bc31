package powercut

import (
	"bufio"
	"errors"
	"fmt"
	"os/exec"
)

// Run starts a program that works on the disk, waits for the cut that was planned,
// kills the program and returns the lines that it had printed: all those from before
// the cut, and what it still said between that and its end.
func (d *Disk) Run(program *exec.Cmd) ([]string, error) {
	out, err := program.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := program.Start(); err != nil {
		return nil, err
	}
	var lines []string
	read := make(chan error, 1)
	go func() {
		scanner := bufio.NewScanner(out)
		for scanner.Scan() {
			lines = append(lines, scanner.Text())
		}
		read <- scanner.Err()
	}()
	ended := false
	select {
	case <-d.gone:
	case err = <-read:
		ended = true
	}
	err = errors.Join(err, program.Process.Kill())
	d.LetGo()
	if !ended {
		err = errors.Join(err, <-read)
	}
	var exit *exec.ExitError
	if how := program.Wait(); !errors.As(how, &exit) || exit.Exited() {
		err = errors.Join(err, fmt.Errorf("powercut: the program ended before the power was cut: %v", how))
	}
	return lines, err
}
