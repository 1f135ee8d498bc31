// The command tumend is the server, and what administers it from beside it.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"tumen/cmd/tumend/daemon"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	code := daemon.Run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	os.Exit(code)
}
