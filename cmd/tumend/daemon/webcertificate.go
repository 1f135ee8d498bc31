package daemon

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"sync"
	"time"

	"tumen/clients/web"
)

// lookAgain is how often at most the files of the web client's certificate are looked at.
const lookAgain = time.Minute

// webCertificate is the certificate that browsers are shown, with its key, as it lies in
// two files. Whoever renews it writes them anew, and the next who come are shown that: a
// running server need not be told. Where the new files can't be read, the old
// certificate is shown on, and the log says so.
type webCertificate struct {
	cert, key string // paths
	names     []string
	log       *slog.Logger
	now       func() time.Time

	mu     sync.Mutex
	served *tls.Certificate
	read   [2]time.Time // when the files had been written that were read last
	looked time.Time
}

// openWebCertificate reads a certificate. Where names are stated, it has to bear each.
func openWebCertificate(cert, key string, names []string, log *slog.Logger) (*webCertificate, error) {
	c := &webCertificate{cert: cert, key: key, names: names, log: log, now: time.Now}
	written, err := c.written()
	if err == nil {
		c.served, err = c.load()
	}
	if err != nil {
		return nil, err
	}
	c.read, c.looked = written, c.now()
	if !c.now().Before(c.served.Leaf.NotAfter) {
		// Members' own programs don't need it, so it is no reason not to start.
		log.Error("the certificate of the web client has ended: browsers refuse it", "web_cert", cert, "ended", c.served.Leaf.NotAfter)
	}
	return c, nil
}

// load reads both files, which have to belong together.
func (c *webCertificate) load() (*tls.Certificate, error) {
	if err := checkMode(c.key, 0, 0o007); err != nil { // a group may have it: who renews it is another user
		return nil, fmt.Errorf("web_key: %w", err)
	}
	pair, err := tls.LoadX509KeyPair(c.cert, c.key)
	if errors.Is(err, fs.ErrPermission) || errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("web_cert and web_key: %w", err)
	}
	if err != nil {
		return nil, fmt.Errorf("web_cert, %s, and web_key, %s, are no certificate with its key, in PEM: %w", c.cert, c.key, err)
	}
	for _, name := range c.names {
		if pair.Leaf.VerifyHostname(name) != nil {
			return nil, fmt.Errorf("web_cert: %s is not for %s, which web_names states", c.cert, name)
		}
	}
	return &pair, nil
}

func (c *webCertificate) written() (at [2]time.Time, err error) {
	for i, path := range []string{c.cert, c.key} {
		info, err := os.Stat(path)
		if err != nil {
			return at, fmt.Errorf("web_cert and web_key: %w", err)
		}
		at[i] = info.ModTime()
	}
	return at, nil
}

// current is the certificate as it is now.
func (c *webCertificate) current() *tls.Certificate {
	c.mu.Lock()
	defer c.mu.Unlock()
	if now := c.now(); now.Sub(c.looked) >= lookAgain {
		c.looked = now
		c.renew()
	}
	return c.served
}

// renew reads files that were written anew.
func (c *webCertificate) renew() {
	written, err := c.written()
	if err == nil && written == c.read {
		return
	}
	var next *tls.Certificate
	if err == nil {
		next, err = c.load()
	}
	if err != nil {
		c.log.Warn("the web client's certificate can't be read anew; the former one is shown on", "error", err)
		return
	}
	c.served, c.read = next, written
	c.log.Info("the web client's certificate was read anew", "ends", next.Leaf.NotAfter)
}

// hosts says whether browsers may use a host: as stated, or else as the certificate says.
func (c *webCertificate) hosts(host string) bool {
	if len(c.names) > 0 {
		return web.Named(c.names...)(host)
	}
	return c.current().Leaf.VerifyHostname(host) == nil
}

func (c *webCertificate) tlsConfig() *tls.Config {
	return &tls.Config{
		MinVersion:     tls.VersionTLS13, // every browser that is still kept up speaks it
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return c.current(), nil },
	}
}
