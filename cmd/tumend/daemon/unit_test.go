package daemon

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// unitFile is the unit that the documents tell people to install.
const unitFile = "../../../docs/tumend.service"

// mostExposure is what `systemd-analyze security` may say of it, in tenths: 2.0 of
// 10. (Today it says 1.1; later versions of it know of more walls.)
const mostExposure = "20"

// analyze has systemd judge a copy of the unit whose program exists here.
func analyze(t *testing.T, unit []byte, args ...string) error {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	copied := filepath.Join(t.TempDir(), "tumend.service")
	if err := os.WriteFile(copied, bytes.ReplaceAll(unit, []byte("/usr/local/bin/tumend"), []byte(program)), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := exec.LookPath("systemd-analyze"); err != nil {
		t.Fatalf("%v: `make install` installs it", err)
	}
	said, err := exec.CommandContext(t.Context(), "systemd-analyze", append(args, copied)...).CombinedOutput()
	t.Logf("systemd-analyze %s says\n%s", strings.Join(args, " "), said)
	if err == nil && args[0] == "verify" && len(bytes.TrimSpace(said)) > 0 {
		t.Error("it has something to say against the unit")
	}
	return err
}

func TestTheUnitIsOneAndShutsTheServiceIn(t *testing.T) {
	unit, err := os.ReadFile(unitFile)
	if err != nil {
		t.Fatal(err)
	}
	if err := analyze(t, unit, "verify", "--man=no"); err != nil {
		t.Error(err)
	}
	security := []string{"security", "--offline=true", "--threshold=" + mostExposure, "--no-pager"}
	if err := analyze(t, unit, security...); err != nil {
		t.Error(err)
	}
	// The judge can say no: without one of its walls the unit is too open.
	if err := analyze(t, bytes.ReplaceAll(unit, []byte("CapabilityBoundingSet=\n"), nil), security...); err == nil {
		t.Error("a unit with all capabilities passes")
	}
}

// What the unit says of the server has to be so.
func TestTheUnitFitsTheServer(t *testing.T) {
	unit, err := os.ReadFile(unitFile)
	if err != nil {
		t.Fatal(err)
	}
	stated := map[string]string{}
	for line := range strings.Lines(string(unit)) {
		if key, value, ok := strings.Cut(strings.TrimSpace(line), "="); ok && !strings.HasPrefix(key, "#") {
			stated[key] = value
		}
	}
	if patience, err := time.ParseDuration(stated["TimeoutStopSec"]); err != nil || patience < 2*stopPatience {
		t.Errorf("it is killed after %q, and calls may go on for %s", stated["TimeoutStopSec"], stopPatience)
	}
	if stated["Type"] == "notify" {
		t.Error("tumend notifies nobody")
	}
	s, err := loadSettings(t, []string{stated["Environment"]})
	if err != nil || filepath.Base(s.RootKeyFile) != "root.key" {
		t.Errorf("%s: %v", stated["Environment"], err)
	}
	if s.DataDir != "/var/lib/"+stated["StateDirectory"] {
		t.Errorf("it may write %s, and the data is in %s", stated["StateDirectory"], s.DataDir)
	}
}

// systemd opens what it hands over by an access list, which shows in the place of the
// group's rights.
func TestAPassphraseThatIsHandedOver(t *testing.T) {
	for mode, ok := range map[os.FileMode]bool{0o400: true, 0o440: true, 0o600: true, 0o444: false, 0o660: false} {
		path := filepath.Join(t.TempDir(), "words")
		if err := os.WriteFile(path, []byte("correct horse battery staple\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		if _, err := loadRoot(&Settings{RootPassphraseFile: path}); (err == nil) != ok {
			t.Errorf("mode %04o: %v", mode, err)
		}
	}
}
