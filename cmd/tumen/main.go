// Command tumen records, weighs and verifies cases on a tumen server. What it
// does is in clients/cli.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"tumen/clients/cli"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := cli.Run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}
