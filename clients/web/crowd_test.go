package web_test

import (
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"testing"
	"time"

	"tumen/clients/web"
)

// serving starts a site at a listener of its own, as programs do.
func serving(t *testing.T, set func(*web.Config)) (p *place, address string) {
	t.Helper()
	p = startWith(t, set)
	config := web.Config{Profile: p.profiles["case-worker"], Log: slog.New(slog.DiscardHandler)}
	set(&config)
	site, err := web.New(t.Context(), config)
	ok(t, err)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	ok(t, err)
	ended := make(chan error, 1)
	go func() { ended <- site.Serve(l) }()
	t.Cleanup(func() {
		ok(t, site.Stop())
		if err := <-ended; !errors.Is(err, http.ErrServerClosed) {
			t.Error(err)
		}
	})
	p.url = "http://" + l.Addr().String()
	return p, l.Addr().String()
}

// Whoever opens connections and says nothing, or the beginning of something, keeps nobody
// else out.
func TestConnectionsThatWaitMakeRoomForOthers(t *testing.T) {
	p, address := serving(t, func(c *web.Config) { c.Limits.Connections = 4 })
	member := p.signedIn("case-worker", "en")
	for _, said := range []string{"", "GET /sign-in HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: "} {
		var silent []net.Conn
		for range 6 {
			c, err := net.Dial("tcp", address)
			ok(t, err)
			defer c.Close()
			_, err = io.WriteString(c, said)
			ok(t, err)
			silent = append(silent, c)
		}
		status(t, member.get("/"), http.StatusOK)
		status(t, p.browser().get("/sign-in"), http.StatusOK)
		// Long before a request that doesn't come would be given up.
		ok(t, silent[0].SetReadDeadline(time.Now().Add(5*time.Second)))
		if n, err := silent[0].Read(make([]byte, 1)); n != 0 || errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("who said %q still has their connection: %d bytes, %v", said, n, err)
		}
	}
}
