package browsertest

import (
	"bytes"
	"fmt"
	"image/png"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// recorder keeps what a test would have failed for.
type recorder struct {
	testing.TB
	said strings.Builder
}

func (r *recorder) Helper()                    {}
func (r *recorder) Error(of ...any)            { fmt.Fprintln(&r.said, of...) }
func (r *recorder) Errorf(f string, of ...any) { fmt.Fprintf(&r.said, f+"\n", of...) }

// server shows one page and what that may load.
func server(t *testing.T, body string) string {
	mux := http.NewServeMux()
	mux.HandleFunc("/{$}", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprintf(w, `<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>A page</title><link rel="icon" href="/icon.png"></head><body><main><h1>A page</h1>%s</main></body></html>`, body)
	})
	mux.HandleFunc("/icon.png", func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Content-Type", "image/png") })
	mux.HandleFunc("/file", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Disposition", `attachment; filename="copy.txt"`)
		fmt.Fprint(w, "what was kept")
	})
	mux.HandleFunc("POST /given", func(w http.ResponseWriter, r *http.Request) {
		file, header, err := r.FormFile("copy")
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		content, _ := io.ReadAll(file) // a short one says so by what it says
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprintf(w, `<!DOCTYPE html><title>Given</title><link rel="icon" href="/icon.png"><p>%s: %s</p>`, header.Filename, content)
	})
	mux.HandleFunc("/mark.svg", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "image/svg+xml")
		fmt.Fprint(w, `<svg xmlns="http://www.w3.org/2000/svg"/>`)
	})
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return s.URL
}

func TestInABrowser(t *testing.T) {
	b := Start(t)
	for name, try := range map[string]func(*testing.T, *Browser){
		"what is wrong is found":               whatIsWrongIsFound,
		"a form is filled in as a person does": aFormIsFilledInAsAPersonDoes,
		"a file is fetched and given":          aFileIsFetchedAndGiven,
		"a picture is small":                   aPictureIsSmall,
	} {
		t.Run(name, func(t *testing.T) { try(t, b) })
	}
}

// What is wrong with a page is found, so that nothing being found says something.
func whatIsWrongIsFound(t *testing.T, b *Browser) {
	judges := Install(t)
	for name, tc := range map[string]struct{ body, want string }{
		"nothing":                     {`<p>Quiet.</p>`, ""},
		"a drawing":                   {`<svg></svg>`, "svg"},
		"a drawing from a file":       {`<img src="/mark.svg" alt="mark">`, "image/svg+xml"},
		"a script":                    {`<script>document.title = "x"</script>`, "script"},
		"a font":                      {`<style>@font-face { font-family: F; src: url(/f.woff2) } h1 { font-family: F }</style>`, "Font"},
		"a picture from elsewhere":    {`<img src="http://127.0.0.1:1/x.png" alt="x">`, "from elsewhere"},
		"a picture that is not there": {`<img src="/x.png" alt="x">`, "status 404"},
		"a field without a label":     {`<form action="/"><input name="x"></form>`, "axe label"},
		"pale letters":                {`<p style="color:#ddd;background:#fff">Pale.</p>`, "axe color-contrast"},
		"a page that is too wide":     {`<div style="width:2000px">Wide.</div>`, "pixels wide on 320"},
	} {
		t.Run(name, func(t *testing.T) {
			r := &recorder{TB: t}
			w := b.Window(t, server(t, tc.body))
			w.t = r
			w.Go("/")
			w.Accessible(judges, Wholly)
			w.Size(Phone)
			w.Fits()
			if w.Title() != "A page" {
				t.Error("the script was run")
			}
			w.Faultless()
			w.t = t
			if got := r.said.String(); !strings.Contains(got, tc.want) || tc.want == "" && got != "" {
				t.Errorf("found %q, want %q in it", got, tc.want)
			}
		})
	}
}

func TestHTMLThatIsNoneIsFound(t *testing.T) {
	r := &recorder{TB: t}
	const around = `<!DOCTYPE html><html lang="en"><head><title>A page</title></head><body>%s</body></html>`
	Install(t).Valid(r, map[string]string{"good": fmt.Sprintf(around, "<p>Quiet.</p>"), "bad": fmt.Sprintf(around, "<p><ul></ul></p>")})
	if got := r.said.String(); !strings.Contains(got, "bad, line 1") || strings.Contains(got, "good") {
		t.Errorf("found %q", got)
	}
}

// What is pressed, filled and chosen is what a person would, without scripts and with.
func aFormIsFilledInAsAPersonDoes(t *testing.T, b *Browser) {
	for _, scripts := range []bool{false, true} {
		t.Run(fmt.Sprint("scripts ", scripts), func(t *testing.T) {
			w := b.Window(t, server(t, `<form action="/" method="get">
<p><label for="a">Who</label> <input id="a" name="who" value="before"></p>
<p><label for="b">What</label> <select id="b" name="what"><option value="1">한 가지</option><option value="2">다른 것</option></select></p>
<p><input type="checkbox" id="c" name="sure" value="yes"> <label for="c">Sure</label></p>
<section aria-label="first"><button name="go" value="1">Send</button></section>
<section aria-label="second"><button name="go" value="2">Send</button></section></form>
<details><summary>Why</summary><p>Because.</p></details>`))
			w.Scripts(scripts)
			w.Go("/").Says("A page")
			w.Silent("Because.")
			w.Press("Why")
			w.Says("Because.")
			w.Fill("Who", "김")
			w.Choose("What", "다른 것")
			w.Tick("Sure")
			w.In("second").Follow("Send")
			if got, want := w.Path(), "/?who=%EA%B9%80&what=2&sure=yes&go=2"; got != want {
				t.Errorf("sent %s, want %s", got, want)
			}
			w.TabTo("Sure")
			w.Key(Space)
			w.TabTo("Send")
			w.KeyTo(Enter)
			if got, want := w.Path(), "/?who=before&what=1&sure=yes&go=1"; got != want {
				t.Errorf("sent %s by keyboard, want %s", got, want)
			}
		})
	}
}

func aFileIsFetchedAndGiven(t *testing.T, b *Browser) {
	w := b.Window(t, server(t, `<p><a href="/file">The copy</a></p>
<form action="/given" method="post" enctype="multipart/form-data"><p><label for="f">A file</label> <input type="file" id="f" name="copy"></p><p><button>Give</button></p></form>`))
	w.Go("/")
	name, content := w.Download("The copy")
	if name != "copy.txt" || string(content) != "what was kept" {
		t.Errorf("%s: %q", name, content)
	}
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	w.Upload("A file", path)
	w.Follow("Give")
	w.Says("copy.txt: what was kept")
}

func aPictureIsSmall(t *testing.T, b *Browser) {
	w := b.Window(t, server(t, strings.Repeat("<p>Whoever reads this sees 한국어 and 简体中文.</p>", 15)))
	path := filepath.Join(t.TempDir(), "page.png")
	w.Go("/")
	w.Keep(path)
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := png.Decode(bytes.NewReader(file)); err != nil || len(file) > 60_000 {
		t.Errorf("%d bytes, %v", len(file), err)
	}
}
