package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/protobuf/proto"

	tumenv1 "tumen/proto/tumen/v1"
)

// echoPeer is a running echo and connections to it.
type echoPeer struct {
	connections []*grpc.ClientConn
	claims      []tumenv1.ClaimServiceClient
}

// startEcho starts the echo, once, with the reply that it gives.
func (l *lab) startEcho(ctx context.Context, reply *tumenv1.GetClaimResponse) (*echoPeer, error) {
	if l.echo != nil {
		return l.echo, nil
	}
	raw, err := proto.Marshal(reply)
	if err != nil {
		return nil, err
	}
	file := filepath.Join(l.folder, "reply")
	if err := os.WriteFile(file, raw, 0o600); err != nil {
		return nil, err
	}
	address, err := l.peer(ctx, "echo", "-certificate", l.certificate(), "-key", l.key(), "-reply", file)
	if err != nil {
		return nil, err
	}
	e := &echoPeer{}
	for range maxCallers / perConnection {
		c, err := grpc.NewClient("passthrough:///"+address, grpc.WithTransportCredentials(credentials.NewTLS(l.tls.Clone())))
		if err != nil {
			return nil, errors.Join(err, e.disconnect())
		}
		e.connections = append(e.connections, c)
		e.claims = append(e.claims, tumenv1.NewClaimServiceClient(c))
	}
	l.echo = e
	return e, nil
}

func (e *echoPeer) read(ctx context.Context, caller int) error {
	_, err := e.claims[caller/perConnection].GetClaim(ctx, &tumenv1.GetClaimRequest{
		Name: "cases/00000000000000000000000000/claims/00000000000000000000000000",
	})
	return err
}

func (e *echoPeer) disconnect() error {
	var all []error
	for _, c := range e.connections {
		all = append(all, c.Close())
	}
	return errors.Join(all...)
}
