package daemon

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"strings"
	"syscall"

	"github.com/prometheus/client_golang/prometheus"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
	"google.golang.org/grpc/test/bufconn"

	tumenv1 "tumen/proto/tumen/v1"
	"tumen/storage"
)

// administer runs fn against the server that these settings are of: the running
// one through its admin socket, or, where none runs, one that is opened for the
// purpose and takes no other calls.
func administer(ctx context.Context, s *Settings, fn func(tumenv1.AdminServiceClient) error) error {
	running, err := socketAnswers(s.AdminSocket)
	if err != nil {
		return err
	}
	if running {
		return overSocket(s.AdminSocket, fn)
	}
	o, err := open(ctx, s, opening{log: quiet(), metrics: prometheus.NewRegistry()})
	if errors.Is(err, storage.ErrInUse) {
		if running, again := socketAnswers(s.AdminSocket); again == nil && running { // it was just starting
			return overSocket(s.AdminSocket, fn)
		}
		return fmt.Errorf("a server has the store open, but nobody answers at its admin socket %s: is --admin-socket the one that it was started with? (%w)", s.AdminSocket, err)
	}
	if err != nil {
		return err
	}
	return errors.Join(onOpened(o, fn), o.close())
}

// quiet is the log of a command that tells its errors itself.
func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

// socketAnswers says whether somebody listens at a socket. That it isn't there,
// or was left behind, is a no; that it may not be opened is an error.
func socketAnswers(path string) (bool, error) {
	if len(shortest(path)) > maxSocketPath {
		return false, nil // no server can listen there
	}
	c, err := net.Dial("unix", shortest(path))
	switch {
	case err == nil:
		return true, c.Close()
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ECONNREFUSED):
		return false, nil
	}
	return false, fmt.Errorf("admin socket: %w", err)
}

func overSocket(path string, fn func(tumenv1.AdminServiceClient) error) error {
	return overConnection(func(ctx context.Context, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", shortest(path))
	}, fn)
}

// onOpened runs fn against services that stand on an open store.
func onOpened(o *opened, fn func(tumenv1.AdminServiceClient) error) error {
	server, err := o.service.Admin()
	if err != nil {
		return err
	}
	pipe := bufconn.Listen(1 << 20)
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(pipe) }()
	err = overConnection(func(ctx context.Context, _ string) (net.Conn, error) { return pipe.DialContext(ctx) }, fn)
	server.GracefulStop()
	return errors.Join(err, <-ended)
}

func overConnection(dial func(context.Context, string) (net.Conn, error), fn func(tumenv1.AdminServiceClient) error) error {
	conn, err := grpc.NewClient("passthrough:///admin", grpc.WithContextDialer(dial),
		grpc.WithTransportCredentials(insecure.NewCredentials()), grpc.WithDisableServiceConfig())
	if err != nil {
		return err
	}
	return errors.Join(inWords(fn(tumenv1.NewAdminServiceClient(conn))), conn.Close())
}

// callError is a call's failure in words for people; it keeps its code.
type callError struct {
	status *status.Status
	text   string
}

func (e *callError) Error() string              { return e.text }
func (e *callError) GRPCStatus() *status.Status { return e.status }

// inWords gives the message of a failed call with what is wrong in each field.
func inWords(err error) error {
	s, ok := status.FromError(err)
	if err == nil || !ok {
		return err
	}
	var b strings.Builder
	b.WriteString(s.Message())
	for _, detail := range s.Details() {
		if bad, ok := detail.(*errdetails.BadRequest); ok {
			for _, v := range bad.GetFieldViolations() {
				fmt.Fprintf(&b, "\n  %s: %s", v.GetField(), v.GetDescription())
			}
		}
	}
	return &callError{s, b.String()}
}
