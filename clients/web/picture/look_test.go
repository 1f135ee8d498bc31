package picture

import (
	"flag"
	"os"
	"path/filepath"
	"sync"
	"testing"
)

var folder = flag.String("pictures", "", "a folder to write the pictures of October 2023 to, to be looked at")

// keep draws a picture and writes it where somebody wants to look at it.
func keep(t *testing.T, name string, what interface{ Draw(Look) Picture }, look Look) {
	t.Helper()
	if *folder == "" {
		return
	}
	p := what.Draw(look)
	if err := os.WriteFile(filepath.Join(*folder, name+".png"), p.PNG, 0o600); err != nil {
		t.Fatal(err)
	}
	t.Logf("%s: %d x %d, %d bytes, legend %v, left out %d", name, p.Width, p.Height, len(p.PNG), p.Legend, p.LeftOut)
}

var installed = sync.OnceValue(func() *Fonts {
	return FindFonts(os.DirFS("/usr/share/fonts"), os.DirFS("/usr/local/share/fonts"))
})
