// Package browsertest looks at pages with a real browser: Debian's chromium, by the
// DevTools protocol. It finds what it presses and fills by role and accessible name, as a
// screen reader would, and has pages judged by what other people made: axe-core for
// accessibility and html-validate for HTML.
//
// A [Window] runs no scripts unless asked to, and whatever a page does that Tor Browser's
// safest mode would not let it do, or that leaves the site, fails the test: see faults.go.
package browsertest

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

const hint = "this test needs chromium: install it, as `make install` does"

// patience is how long a page may take before a test gives up on it.
const patience = 30 * time.Second

// Browser is one chromium process, which reaches this machine and nothing else.
type Browser struct {
	ctx context.Context
}

// Start starts a browser that ends with the test.
func Start(t testing.TB) *Browser {
	t.Helper()
	program, err := exec.LookPath("chromium")
	if err != nil {
		t.Fatalf("%v\n%s", err, hint)
	}
	allocator, stop := chromedp.NewExecAllocator(context.Background(), options(program, t.TempDir())...)
	ctx, end := chromedp.NewContext(allocator, chromedp.WithLogf(quiet), chromedp.WithErrorf(quiet))
	t.Cleanup(func() { end(); stop() })
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("starting %s: %v\n%s", program, err, hint)
	}
	return &Browser{ctx: ctx}
}

// quiet drops what the driver says about events that it does not know.
func quiet(string, ...any) {}

func options(program, folder string) []chromedp.ExecAllocatorOption {
	of := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(program),
		chromedp.UserDataDir(filepath.Join(folder, "profile")),
		chromedp.Env("HOME="+folder, "XDG_CONFIG_HOME="+folder, "XDG_CACHE_HOME="+folder),
		chromedp.DisableGPU,
		// No name is looked up and no address but that of this machine reached.
		chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"),
		chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-domain-reliability", true),
		chromedp.Flag("no-pings", true),
		chromedp.Flag("disable-features", "Translate,OptimizationHints,MediaRouter,AutofillServerCommunication,CertificateTransparencyComponentUpdater"),
		chromedp.Flag("lang", "en"),
		chromedp.WSURLReadTimeout(time.Minute),
	)
	if os.Geteuid() == 0 {
		of = append(of, chromedp.NoSandbox) // the sandbox refuses to run as root
	}
	return of
}
