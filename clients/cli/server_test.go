package cli_test

import (
	"path/filepath"
	"testing"

	"tumen/cmd/tumend/daemon"
	"tumen/cmd/tumend/daemontest"
)

// startServer starts a real server with an empty store and returns the folder
// of its profiles: case-worker.yaml, reviewer.yaml, reviewer-2.yaml, auditor.yaml,
// partner.yaml and administrator.yaml. All but the partner are of the
// organisation ngo. issuer is the URL of one of ID tokens; empty for none.
func startServer(t testing.TB, issuer string) (profiles string) {
	t.Helper()
	return filepath.Dir(daemontest.Start(t, daemontest.Options{Settings: func(s *daemon.Settings) {
		if issuer != "" {
			s.OIDCIssuer, s.OIDCAudiences = issuer, []string{"tumen"}
		}
	}}).Profiles["case-worker"])
}

func try(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
