// The command tumend is the server, and what administers it from beside it.
package main

import (
	"context"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"google.golang.org/grpc/grpclog"

	"tumen/cmd/tumend/daemon"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	if os.Getenv("GOGC") == "" {
		// The server holds little memory and makes much short-lived: collecting at
		// twice the live heap costs a tenth of its time, at five times a third of that.
		debug.SetGCPercent(400)
	}
	// What gRPC would write itself, to standard error, names addresses and headers.
	grpclog.SetLoggerV2(grpclog.NewLoggerV2(io.Discard, io.Discard, io.Discard))
	code := daemon.Run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	os.Exit(code)
}
