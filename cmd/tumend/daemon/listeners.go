package daemon

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// maxSocketPath is what fits into a socket's address on Linux, in bytes.
const maxSocketPath = 107

// shortest is a socket's path as its address has to have it: relative to where
// the program runs if that is shorter, as an address is short.
func shortest(path string) string {
	here, err := os.Getwd()
	if err != nil {
		return path
	}
	if relative, err := filepath.Rel(here, path); err == nil && len(relative) < len(path) {
		return relative
	}
	return path
}

// listenPrivately listens on a socket that only its owner may open. It is made
// in a folder of its own, which nobody else can enter, and moved to its place
// with mode 0600; a socket that nobody listens on any more is replaced.
func listenPrivately(path string) (net.Listener, error) {
	switch info, err := os.Lstat(path); {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return nil, fmt.Errorf("admin socket: %w", err)
	case info.Mode().Type() != fs.ModeSocket:
		return nil, fmt.Errorf("admin socket: %s exists and is no socket", path)
	default:
		if c, err := net.DialTimeout("unix", shortest(path), time.Second); err == nil {
			c.Close()
			return nil, fmt.Errorf("admin socket: another server listens on %s", path)
		}
	}
	folder, err := os.MkdirTemp(filepath.Dir(path), ".s") // mode 0700
	if err != nil {
		return nil, fmt.Errorf("admin socket: %w", err)
	}
	defer os.RemoveAll(folder)
	made := shortest(filepath.Join(folder, "s"))
	if longest := max(len(made), len(shortest(path))); longest > maxSocketPath {
		return nil, fmt.Errorf("admin socket: %s is too long for a socket by %d bytes: state a shorter admin_socket", path, longest-maxSocketPath)
	}
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: made, Net: "unix"})
	if err != nil {
		return nil, fmt.Errorf("admin socket: %w", err)
	}
	l.SetUnlinkOnClose(false) // it will have another name
	err = os.Chmod(made, 0o600)
	if err == nil {
		err = os.Rename(made, path)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("admin socket: %w", err), l.Close())
	}
	return &socketListener{Listener: l, path: path}, nil
}

// socketListener removes its socket when it closes.
type socketListener struct {
	net.Listener
	path  string
	close sync.Once
}

// Close implements net.Listener.
func (l *socketListener) Close() error {
	l.close.Do(func() { os.Remove(l.path) })
	return l.Listener.Close()
}

// maxConnections is how many connections a listener holds in all: each takes memory,
// and one of the files that the system lets the server have open. That of browsers holds
// fewer (maxBrowsers).
const maxConnections = 4096

// limitedListener closes connections beyond a number from one address at once, and
// those beyond another from all.
type limitedListener struct {
	net.Listener
	limit   int
	most    int
	refused func() // is told of each that is closed

	mu   sync.Mutex
	all  int
	open map[netip.Addr]int
}

func newLimitedListener(l net.Listener, limit, most int, refused func()) *limitedListener {
	return &limitedListener{Listener: l, limit: limit, most: most, refused: refused, open: map[netip.Addr]int{}}
}

// Accept implements net.Listener.
func (l *limitedListener) Accept() (net.Conn, error) {
	for {
		c, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		from := addressOf(c)
		if !l.enter(from) {
			c.Close()
			l.refused()
			continue
		}
		return &limitedConn{Conn: c, leave: sync.OnceFunc(func() { l.leave(from) })}, nil
	}
}

// addressOf is where a connection comes from; of IPv6 the network of one
// subscriber (64 bits), who has all its addresses.
func addressOf(c net.Conn) netip.Addr {
	from, err := netip.ParseAddrPort(c.RemoteAddr().String())
	if err != nil {
		return netip.Addr{}
	}
	a := from.Addr().Unmap().WithZone("")
	if a.Is6() && !a.IsLoopback() {
		network, _ := a.Prefix(64)
		return network.Addr()
	}
	return a
}

func (l *limitedListener) enter(from netip.Addr) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.open[from] >= l.limit || l.all >= l.most {
		return false
	}
	l.open[from]++
	l.all++
	return true
}

func (l *limitedListener) leave(from netip.Addr) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all--
	if l.open[from]--; l.open[from] == 0 {
		delete(l.open, from)
	}
}

type limitedConn struct {
	net.Conn
	leave func()
}

// Close implements net.Conn.
func (c *limitedConn) Close() error {
	c.leave()
	return c.Conn.Close()
}
