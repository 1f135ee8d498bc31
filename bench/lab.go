package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"
)

// perConnection is how many callers share a connection, ours and the peers'
// alike: grpc servers that limit streams allow about 100 of them.
const perConnection = 64

// lab holds the servers that the rows need, each started when the first row
// asks for it and stopped at the end.
type lab struct {
	settings
	folder  string
	tls     *tls.Config // trusts the peers' certificate
	missing error       // why our server can't be measured; nil if it can

	etcd       *etcdPeer
	pocketbase *pocketbasePeer
	echo       *echoPeer
	program    string // our server, built
	small      *server
	large      *server
	main       *server
	running    []*process
}

func newLab(s settings) (*lab, error) {
	folder, err := os.MkdirTemp(s.dir, "tumen-bench-")
	if err != nil {
		return nil, err
	}
	// Absolute: children run in folders of their own.
	if folder, err = filepath.Abs(folder); err != nil {
		return nil, err
	}
	l := &lab{settings: s, folder: folder}
	if l.tls, err = certify(l.certificate(), l.key()); err != nil {
		return nil, errors.Join(err, os.RemoveAll(folder))
	}
	return l, nil
}

func (l *lab) certificate() string { return filepath.Join(l.folder, "certificate.pem") }
func (l *lab) key() string         { return filepath.Join(l.folder, "key.pem") }

// place makes an empty folder for a server.
func (l *lab) place(name string) (string, error) {
	return os.MkdirTemp(l.folder, name+"-")
}

// peer builds and starts one of the peers.
func (l *lab) peer(ctx context.Context, name string, args ...string) (string, error) {
	program, err := build(ctx, ".", "./peers/"+name, l.folder, "peer-"+name)
	if err != nil {
		return "", err
	}
	p, ready, err := start(ctx, l.folder, program, args...)
	if err != nil {
		return "", err
	}
	l.running = append(l.running, p)
	return ready, nil
}

// close stops every server and removes all stores.
func (l *lab) close() error {
	var all []error
	for _, s := range []*server{l.main, l.small, l.large} {
		if s != nil {
			all = append(all, s.disconnect())
		}
	}
	if l.etcd != nil {
		all = append(all, l.etcd.disconnect())
	}
	if l.echo != nil {
		all = append(all, l.echo.disconnect())
	}
	for _, p := range l.running {
		all = append(all, p.stop())
	}
	return errors.Join(append(all, os.RemoveAll(l.folder))...)
}

// certify writes a certificate for 127.0.0.1 with its key, and returns a
// configuration for clients that trust it and nothing else.
func certify(certificateFile, keyFile string) (*tls.Config, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	now := time.Now()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(now.UnixNano()), NotBefore: now.Add(-time.Hour), NotAfter: now.AddDate(0, 0, 2),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, BasicConstraintsValid: true, IsCA: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, err
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	for file, block := range map[string]*pem.Block{
		certificateFile: {Type: "CERTIFICATE", Bytes: der}, keyFile: {Type: "PRIVATE KEY", Bytes: private},
	} {
		if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
			return nil, fmt.Errorf("certificate: %w", err)
		}
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	pool.AddCert(parsed)
	return &tls.Config{MinVersion: tls.VersionTLS13, RootCAs: pool, ServerName: "127.0.0.1"}, nil
}
