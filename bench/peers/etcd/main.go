// Command etcd is a single etcd member on loopback that serves its clients over
// TLS 1.3 and keeps etcd's own defaults for everything that costs time: each put
// is synced to the log before it is answered.
package main

import (
	"errors"
	"flag"
	"fmt"
	"net"
	"net/url"
	"time"

	"go.etcd.io/etcd/client/pkg/v3/transport"
	"go.etcd.io/etcd/server/v3/embed"

	"tumen/bench/peers/child"
)

func main() {
	dir := flag.String("dir", "", "empty folder for its store")
	certificate := flag.String("certificate", "", "certificate file (PEM)")
	key := flag.String("key", "", "key file (PEM)")
	flag.Parse()
	if err := serve(*dir, *certificate, *key); err != nil {
		child.Fail(err)
	}
}

func serve(dir, certificate, key string) error {
	clients, err := loopback("https")
	if err != nil {
		return err
	}
	members, err := loopback("http")
	if err != nil {
		return err
	}
	cfg := embed.NewConfig()
	cfg.Dir = dir
	cfg.LogLevel = "error"
	cfg.TlsMinVersion = "TLS1.3"
	cfg.ClientTLSInfo = transport.TLSInfo{CertFile: certificate, KeyFile: key}
	cfg.ListenClientUrls, cfg.AdvertiseClientUrls = []url.URL{clients}, []url.URL{clients}
	cfg.ListenPeerUrls, cfg.AdvertisePeerUrls = []url.URL{members}, []url.URL{members}
	cfg.InitialCluster = cfg.InitialClusterFromName(cfg.Name)
	cfg.QuotaBackendBytes = 8 << 30
	server, err := embed.StartEtcd(cfg)
	if err != nil {
		return err
	}
	defer server.Close()
	select {
	case <-server.Server.ReadyNotify():
	case err := <-server.Err():
		return err
	case <-time.After(time.Minute):
		return errors.New("etcd was not ready within a minute")
	}
	child.Ready(clients.Host)
	select {
	case <-child.Done().Done():
		return nil
	case err := <-server.Err():
		return err
	}
}

// loopback finds a free port: etcd wants to know its own before it listens.
func loopback(scheme string) (url.URL, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return url.URL{}, err
	}
	defer l.Close()
	return url.URL{Scheme: scheme, Host: fmt.Sprint(l.Addr())}, nil
}
