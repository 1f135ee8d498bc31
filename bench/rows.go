package main

import (
	"context"
	"fmt"

	tumenv1 "tumen/proto/tumen/v1"
)

// rows is the table.
func rows() []row {
	return []row{
		writes(1, 0.7), writes(64, 1), writes(256, 1),
		{name: "read-echo", work: "GetClaim with redaction, 64 callers", against: "gRPC echo of the same reply", unit: "calls/s", target: 0.6,
			prepare: func(ctx context.Context, l *lab) (sample, sample, error) {
				ours := l.mainServer(ctx)
				reply := &tumenv1.GetClaimResponse{Claim: newClaim(0, "sources/00000000000000000000000000", "cases/00000000000000000000000000/events/00000000000000000000000000")}
				if ours != nil {
					var err error
					if reply, err = ours.example(ctx); err != nil {
						return nil, nil, err
					}
				}
				echo, err := l.startEcho(ctx, reply)
				if err != nil {
					return nil, nil, err
				}
				return l.reads(ours), l.speed(64, echo.read), nil
			}},
		{name: "read-range", work: "GetClaim, 64 callers", against: "etcd linearizable range of 1 KB", unit: "calls/s", target: 1,
			prepare: func(ctx context.Context, l *lab) (sample, sample, error) {
				ours, etcd, err := l.withEtcd(ctx)
				if err != nil {
					return nil, nil, err
				}
				return l.reads(ours), l.speed(64, etcd.read), nil
			}},
		{name: "import", work: "import of whole matters, streamed", against: "etcd put of 1 KB, 64 callers", unit: "claims/s", target: 3,
			prepare: func(ctx context.Context, l *lab) (sample, sample, error) {
				ours, etcd, err := l.withEtcd(ctx)
				if err != nil {
					return nil, nil, err
				}
				return imports(ours), l.speed(64, etcd.write), nil
			}},
		{name: "create", work: "create a record, 64 callers", against: "PocketBase over HTTP", unit: "calls/s", target: 3,
			prepare: func(ctx context.Context, l *lab) (sample, sample, error) {
				ours, peer, err := l.withPocketBase(ctx)
				if err != nil {
					return nil, nil, err
				}
				return l.ourSpeed(ours, 64, (*server).write), l.speed(64, peer.create), nil
			}},
		{name: "list", work: fmt.Sprintf("list %d records of one subject, 64 callers", pageSize), against: "PocketBase over HTTP", unit: "calls/s", target: 3,
			prepare: func(ctx context.Context, l *lab) (sample, sample, error) {
				ours, peer, err := l.withPocketBase(ctx)
				if err != nil {
					return nil, nil, err
				}
				return l.ourSpeed(ours, 64, (*server).list), l.speed(64, peer.list), nil
			}},
		exportRow(), verifyRow(),
		writesBySize(), memoryBySize(), diskPerClaim(), coldOpen(),
	}
}

// writes is the row of so many callers who each record claims one by one.
func writes(callers int, target float64) row {
	return row{
		name: fmt.Sprintf("write-%d", callers), work: fmt.Sprintf("one durable claim per call, callers: %d", callers),
		against: "etcd put of 1 KB, same callers", unit: "calls/s", target: target,
		prepare: func(ctx context.Context, l *lab) (sample, sample, error) {
			ours, etcd, err := l.withEtcd(ctx)
			if err != nil {
				return nil, nil, err
			}
			return l.ourSpeed(ours, callers, (*server).write), l.speed(callers, etcd.write), nil
		},
	}
}

// speed samples how many calls a second so many callers get answered.
func (l *lab) speed(callers int, do operation) sample {
	return func(ctx context.Context) (float64, error) { return rate(ctx, callers, l.length, do) }
}

// ourSpeed is speed for our server, nil where there is none.
func (l *lab) ourSpeed(s *server, callers int, do func(*server, context.Context, int) error) sample {
	if s == nil {
		return nil
	}
	return l.speed(callers, func(ctx context.Context, caller int) error { return do(s, ctx, caller) })
}

// reads samples GetClaim with 64 callers, nil where there is no server of ours.
func (l *lab) reads(s *server) sample {
	if s == nil {
		return nil
	}
	return func(ctx context.Context) (float64, error) { return rate(ctx, 64, l.length, s.reader()) }
}

// mainServer is the one that all rows use but those that compare sizes.
func (l *lab) mainServer(ctx context.Context) *server {
	if l.main == nil {
		l.main = l.filled(ctx, "ours", smallStore)
	}
	return l.main
}

// filled starts a server and records so many claims. Where that fails, l.missing
// says so, there is none, and the peers are measured all the same.
func (l *lab) filled(ctx context.Context, name string, claims int) *server {
	if l.missing != nil {
		return nil
	}
	s, err := l.startOurs(ctx, name)
	if err == nil {
		err = s.prepare(ctx)
	}
	if err == nil {
		err = s.fill(ctx, claims)
	}
	if err != nil {
		l.missing = err
		return nil
	}
	return s
}

func (l *lab) withEtcd(ctx context.Context) (*server, *etcdPeer, error) {
	ours := l.mainServer(ctx)
	etcd, err := l.startEtcd(ctx)
	return ours, etcd, err
}

func (l *lab) withPocketBase(ctx context.Context) (*server, *pocketbasePeer, error) {
	ours := l.mainServer(ctx)
	peer, err := l.startPocketBase(ctx)
	return ours, peer, err
}
