package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	mathrand "math/rand/v2"
	"sync/atomic"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"
	"go.uber.org/zap"
)

const (
	maxCallers = 256
	etcdKeys   = 10_000 // that ranges read
	valueSize  = 1 << 10
)

// etcdPeer is a running etcd and connections to it.
type etcdPeer struct {
	clients []*clientv3.Client
	values  [64]string // 1 KB each, not compressible
	put     atomic.Int64
}

// startEtcd starts etcd, once, with the keys that ranges read.
func (l *lab) startEtcd(ctx context.Context) (*etcdPeer, error) {
	if l.etcd != nil {
		return l.etcd, nil
	}
	dir, err := l.place("etcd")
	if err != nil {
		return nil, err
	}
	address, err := l.peer(ctx, "etcd", "-dir", dir, "-certificate", l.certificate(), "-key", l.key())
	if err != nil {
		return nil, err
	}
	e := &etcdPeer{}
	for i := range e.values {
		value := make([]byte, valueSize)
		rand.Read(value) // never fails
		e.values[i] = string(value)
	}
	for range maxCallers / perConnection {
		c, err := clientv3.New(clientv3.Config{
			Endpoints: []string{"https://" + address}, TLS: l.tls.Clone(), DialTimeout: 10 * time.Second, Logger: zap.NewNop(),
		})
		if err != nil {
			return nil, errors.Join(err, e.disconnect())
		}
		e.clients = append(e.clients, c)
	}
	if _, err := rateOf(ctx, perConnection, etcdKeys, e.write); err != nil {
		return nil, errors.Join(fmt.Errorf("filling etcd: %w", err), e.disconnect())
	}
	l.etcd = e
	return e, nil
}

// write puts 1 KB under a new key; etcd answers when it is on disk.
func (e *etcdPeer) write(ctx context.Context, caller int) error {
	n := e.put.Add(1)
	_, err := e.clients[caller/perConnection].Put(ctx, key(n), e.values[n%int64(len(e.values))])
	return err
}

// read is a linearizable range over one key.
func (e *etcdPeer) read(ctx context.Context, caller int) error {
	reply, err := e.clients[caller/perConnection].Get(ctx, key(1+mathrand.Int64N(etcdKeys)))
	if err == nil && len(reply.Kvs) != 1 {
		err = errors.New("etcd has lost a key")
	}
	return err
}

func key(n int64) string { return fmt.Sprintf("claims/%020d", n) }

func (e *etcdPeer) disconnect() error {
	var all []error
	for _, c := range e.clients {
		all = append(all, c.Close())
	}
	return errors.Join(all...)
}
