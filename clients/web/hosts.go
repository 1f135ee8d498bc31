package web

import (
	"net"
	"slices"
	"strings"
)

// ThisMachine says whether a host is an address of this machine: for a site that nobody
// reaches from elsewhere. A page elsewhere whose name is made to lead here could else ask
// the site as if it were a page of its own.
func ThisMachine(host string) bool {
	return host == "localhost" || net.ParseIP(host).IsLoopback()
}

// Named gives what says whether a host is one of these names and addresses.
func Named(names ...string) func(host string) bool {
	var known []string
	for _, name := range names {
		known = append(known, strings.ToLower(name))
	}
	return func(host string) bool { return slices.Contains(known, host) }
}

// knownAs says whether a request is for the site, by the host that it names.
func (s *Site) knownAs(host string) bool {
	if s.config.Hosts == nil {
		return true
	}
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	return s.config.Hosts(strings.ToLower(strings.Trim(host, "[]")))
}
