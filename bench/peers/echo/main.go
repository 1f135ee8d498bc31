// Command echo answers GetClaim with the reply that it was given at start, over
// TLS 1.3 and without looking at the request: what a claim's way through gRPC
// costs with nothing behind it, and so the limit for a server that does work.
package main

import (
	"context"
	"crypto/tls"
	"flag"
	"net"
	"os"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/protobuf/proto"

	"tumen/bench/peers/child"
	tumenv1 "tumen/proto/tumen/v1"
)

func main() {
	certificate := flag.String("certificate", "", "certificate file (PEM)")
	key := flag.String("key", "", "key file (PEM)")
	reply := flag.String("reply", "", "file with the reply in the wire format")
	flag.Parse()
	if err := serve(*certificate, *key, *reply); err != nil {
		child.Fail(err)
	}
}

type echo struct {
	tumenv1.UnimplementedClaimServiceServer
	reply *tumenv1.GetClaimResponse
}

func (e *echo) GetClaim(context.Context, *tumenv1.GetClaimRequest) (*tumenv1.GetClaimResponse, error) {
	return e.reply, nil
}

func serve(certificate, key, replyFile string) error {
	raw, err := os.ReadFile(replyFile)
	if err != nil {
		return err
	}
	e := &echo{reply: &tumenv1.GetClaimResponse{}}
	if err := proto.Unmarshal(raw, e.reply); err != nil {
		return err
	}
	pair, err := tls.LoadX509KeyPair(certificate, key)
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	server := grpc.NewServer(grpc.Creds(credentials.NewTLS(&tls.Config{MinVersion: tls.VersionTLS13, Certificates: []tls.Certificate{pair}})))
	tumenv1.RegisterClaimServiceServer(server, e)
	child.Ready(l.Addr().String())
	go func() {
		<-child.Done().Done()
		server.Stop()
	}()
	return server.Serve(l)
}
