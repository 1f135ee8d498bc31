package client_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"net"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"

	"tumen/clients/client"
)

// authority is a certificate authority of its own and a server certificate for
// 127.0.0.1 from it.
type authority struct {
	pem  string
	leaf tls.Certificate
}

func newAuthority(t testing.TB) authority {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	try(t, err)
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	try(t, err)
	return authority{
		pem:  string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})),
		leaf: tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key},
	}
}

// serve serves what register registers over TLS on loopback and returns a
// profile for it.
func serve(t testing.TB, ca authority, config *tls.Config, register func(*grpc.Server), options ...grpc.ServerOption) *client.Profile {
	t.Helper()
	if config == nil {
		config = &tls.Config{MinVersion: tls.VersionTLS13}
	}
	config.Certificates = []tls.Certificate{ca.leaf}
	server := grpc.NewServer(append(options, grpc.Creds(credentials.NewTLS(config)))...)
	register(server)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	try(t, err)
	go server.Serve(listener)
	t.Cleanup(server.Stop)
	return &client.Profile{Address: listener.Addr().String(), Token: "tok-1", CA: ca.pem}
}

func dial(t testing.TB, p *client.Profile, options ...client.Option) *client.Conn {
	t.Helper()
	conn, err := client.Dial(context.Background(), p, options...)
	try(t, err)
	t.Cleanup(func() { conn.Close() })
	return conn
}

func try(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
