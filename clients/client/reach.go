package client

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/status"
)

// The reasons that this package gives for not having reached a server; all
// others are the server's own.
const (
	// ReasonUnreachable: nothing answers at the address.
	ReasonUnreachable = "SERVER_UNREACHABLE"
	// ReasonNotTrusted: what answers cannot prove to be the profile's server.
	ReasonNotTrusted = "SERVER_NOT_TRUSTED"
	// ReasonLost: the server answered before and no longer does.
	ReasonLost = "SERVER_LOST"
)

// reach is what is known of the way to the server. A server that was never
// reached is probably the wrong one, or down for long; one that answered is
// worth waiting for.
type reach struct {
	address string

	mu       sync.Mutex
	answered bool  // a handshake went well at least once
	refused  error // why the last handshake cannot go well however often it is tried
}

func (r *reach) state() (answered bool, refused error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.answered, r.refused
}

func (r *reach) shook(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case err == nil:
		r.answered, r.refused = true, nil
	case final(err):
		r.refused = err
	}
}

// final says whether a handshake failed for what the two sides are, not because
// the connection broke off.
func final(err error) bool {
	var certificate *tls.CertificateVerificationError
	var header tls.RecordHeaderError
	var operation *net.OpError
	switch {
	case errors.As(err, &certificate), errors.As(err, &header):
		return true
	case errors.As(err, &operation): // an alert of either side is an operation of TLS
		return operation.Op == "remote error" || operation.Op == "local error"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return false
	}
	return strings.HasPrefix(err.Error(), "tls: ")
}

// watched are credentials that tell reach how each handshake went.
type watched struct {
	credentials.TransportCredentials
	reach *reach
}

// ClientHandshake implements credentials.TransportCredentials.
func (w watched) ClientHandshake(ctx context.Context, authority string, raw net.Conn) (net.Conn, credentials.AuthInfo, error) {
	conn, info, err := w.TransportCredentials.ClientHandshake(ctx, authority, raw)
	w.reach.shook(err)
	return conn, info, err
}

// Clone implements credentials.TransportCredentials.
func (w watched) Clone() credentials.TransportCredentials {
	return watched{w.TransportCredentials.Clone(), w.reach}
}

// explain says where the server was looked for and what to check, if an error
// is that it was not reached; nil for every other error.
func (r *reach) explain(s *status.Status) *Error {
	if s.Code() != codes.Unavailable || len(s.Details()) > 0 {
		return nil // what the server says itself carries details
	}
	e := &Error{Code: codes.Unavailable, Metadata: map[string]string{"address": r.address}}
	answered, refused := r.state()
	var name x509.HostnameError
	var certificate *tls.CertificateVerificationError
	switch {
	case answered && strings.Contains(s.Message(), "remote error: tls: "):
		e.Reason = ReasonNotTrusted
		e.Message = fmt.Sprintf("the server at %s does not take the certificate that you are logged in with: it has ended, or is another server's; log in again", r.address)
	case answered:
		e.Reason = ReasonLost
		e.Message = fmt.Sprintf("the server at %s no longer answers (%s): try again; what was written last may or may not have been kept", r.address, plainly(s.Message()))
	case errors.As(refused, &name):
		e.Reason = ReasonNotTrusted
		e.Message = fmt.Sprintf("the certificate of the server at %s is for another name (%v): check the profile's address", r.address, name)
	case errors.As(refused, &certificate):
		e.Reason = ReasonNotTrusted
		e.Message = fmt.Sprintf("the server at %s is not the one that the profile's CA vouches for (%v): check that address and CA of the profile belong to the same server", r.address, certificate.Err)
	case refused != nil:
		e.Reason = ReasonNotTrusted
		e.Message = fmt.Sprintf("what answers at %s does not speak TLS 1.3 as a tumen server does (%v): check the profile's address and port", r.address, refused)
	default:
		e.Reason = ReasonUnreachable
		e.Message = fmt.Sprintf("no server answers at %s (%s): check the profile's address, that tumend is running there, and the network", r.address, plainly(s.Message()))
	}
	return e
}

// plainly takes grpc's own wrapping off what it says of a connection.
func plainly(text string) string {
	inner, wrapped := strings.CutPrefix(text, `connection error: desc = "`)
	if wrapped {
		text = strings.TrimSuffix(inner, `"`)
	}
	text = strings.TrimPrefix(text, "transport: ")
	return strings.TrimPrefix(text, "Error while dialing: ")
}
