package daemon

import (
	"context"
	"net"
	"os"
	"sync"
	"syscall"
)

// inside is a listener that is reached from this process alone: each connection is a
// pair of sockets without a name.
type inside struct {
	made   chan net.Conn
	closed chan struct{}
	close  sync.Once
}

func listenInside() *inside {
	return &inside{made: make(chan net.Conn), closed: make(chan struct{})}
}

// Dial makes a connection. The address is of no use, as there is one place to go.
func (l *inside) Dial(ctx context.Context, _ string) (net.Conn, error) {
	near, far, err := socketPair()
	if err != nil {
		return nil, err
	}
	select {
	case l.made <- far:
		return near, nil
	case <-l.closed:
		err = net.ErrClosed
	case <-ctx.Done():
		err = ctx.Err()
	}
	near.Close()
	far.Close()
	return nil, err
}

// Accept implements net.Listener.
func (l *inside) Accept() (net.Conn, error) {
	select {
	case c := <-l.made:
		return c, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

// Close implements net.Listener.
func (l *inside) Close() error {
	l.close.Do(func() { close(l.closed) })
	return nil
}

// Addr implements net.Listener.
func (l *inside) Addr() net.Addr { return &net.UnixAddr{Net: "unix"} }

func socketPair() (near, far net.Conn, err error) {
	syscall.ForkLock.RLock() // no child inherits what is not closed on exec yet
	pair, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
	if err == nil {
		syscall.CloseOnExec(pair[0])
		syscall.CloseOnExec(pair[1])
	}
	syscall.ForkLock.RUnlock()
	if err != nil {
		return nil, nil, os.NewSyscallError("socketpair", err)
	}
	if near, err = connOf(pair[0]); err != nil {
		syscall.Close(pair[1])
		return nil, nil, err
	}
	if far, err = connOf(pair[1]); err != nil {
		near.Close()
		return nil, nil, err
	}
	return near, far, nil
}

// connOf makes a connection of a socket, which is closed in any case.
func connOf(socket int) (net.Conn, error) {
	f := os.NewFile(uintptr(socket), "inside")
	defer f.Close()
	return net.FileConn(f)
}
