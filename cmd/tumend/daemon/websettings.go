package daemon

import (
	"crypto/sha3"
	"encoding/base32"
	"errors"
	"fmt"
	"strings"

	"tumen/clients/web"
)

// checkWeb refuses what would have browsers send passphrases where others read them, or
// says less than it takes.
func (s *Settings) checkWeb() error {
	if s.WebListen == "" && (s.WebCert != "" || s.WebKey != "" || len(s.WebNames) > 0) {
		return errors.New("web_cert, web_key and web_names are about web_listen: state where browsers call, or leave them away")
	}
	if s.WebLeave != "" {
		if _, err := web.Away(s.WebLeave); err != nil {
			return fmt.Errorf("web_leave: %w", err)
		}
	}
	if (s.WebCert == "") != (s.WebKey == "") {
		return errors.New("web_cert and web_key go together: a certificate, and the key that belongs to it")
	}
	if s.WebListen != "" {
		host, _, err := hostPort("web_listen", s.WebListen)
		if err != nil {
			return err
		}
		if s.WebCert == "" && !loopback(host) {
			return fmt.Errorf("web_listen is %s, and without a certificate whoever is on the way reads passphrases and pages: give web_cert and web_key, or a loopback address (127.0.0.1:7480) behind a proxy on this machine", s.WebListen)
		}
	}
	return s.checkOnion()
}

func (s *Settings) checkOnion() error {
	if (s.WebOnion == "") != (s.WebOnionListen == "") {
		return errors.New("web_onion and web_onion_listen go together: the name of the onion service, and where Tor passes on to")
	}
	if s.WebOnion == "" {
		return nil
	}
	if !onionName(s.WebOnion) {
		return fmt.Errorf("web_onion: %q is not the name of an onion service (56 letters and digits, and .onion; the file hostname in its folder has it)", s.WebOnion)
	}
	host, _, err := hostPort("web_onion_listen", s.WebOnionListen)
	if err == nil && !loopback(host) {
		return fmt.Errorf("web_onion_listen is %s: Tor encrypts as far as this machine and no further, so give it a loopback address (127.0.0.1:7481)", s.WebOnionListen)
	}
	return err
}

const (
	onionKey     = 32 // bytes of the key in a name, before two of its checksum and the version
	onionVersion = 3
)

// onionName says whether s is the name of an onion service of version 3, which a slip of
// the pen is not: it has a checksum in it.
func onionName(s string) bool {
	label, found := strings.CutSuffix(s, ".onion")
	raw, err := base32.StdEncoding.DecodeString(strings.ToUpper(label))
	if !found || err != nil || label != strings.ToLower(label) || len(raw) != onionKey+3 || raw[onionKey+2] != onionVersion {
		return false
	}
	sum := sha3.Sum256(append([]byte(".onion checksum"), append(raw[:onionKey:onionKey], onionVersion)...))
	return sum[0] == raw[onionKey] && sum[1] == raw[onionKey+1]
}

// webHosts says under which hosts a site of this machine is known that has no certificate
// of its own: as stated, or else as this machine.
func (s *Settings) webHosts() func(host string) bool {
	if len(s.WebNames) == 0 {
		return web.ThisMachine
	}
	return web.Named(s.WebNames...)
}

// webScheme is "https" where browsers reach what web_listen serves over HTTPS: from here,
// or from a proxy, which has names of its own.
func (s *Settings) webScheme() string {
	if s.WebCert != "" || len(s.WebNames) > 0 {
		return "https"
	}
	return "http"
}
