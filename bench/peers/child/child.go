// Package child is what every server that the benchmark starts has in common:
// it says on standard output where it listens, and ends when its standard input
// does, so that it never outlives the benchmark.
package child

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
)

// Ready says that the server listens at address. It is called once.
func Ready(address string) { fmt.Println("ready " + address) }

// Done returns a context that ends with standard input, or with an interrupt.
func Done() context.Context {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	go func() {
		defer stop()
		io.Copy(io.Discard, os.Stdin) // an unreadable input is at its end, too
	}()
	return ctx
}

// Fail ends the process after an error.
func Fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}
