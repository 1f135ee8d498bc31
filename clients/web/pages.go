package web

import (
	"embed"
	"fmt"
	"html/template"
	"io"
	"io/fs"
	"path"
	"strings"

	"tumen/clients/web/wording"
)

//go:embed templates/*.html
var templates embed.FS

//go:embed static/style.css
var style []byte

//go:embed static/icon.png
var icon []byte

// pages are the templates, each parsed once for every language: their words are then
// those of that language without a call having to say which.
type pages struct {
	of map[wording.Language]map[string]*template.Template
}

// parts are templates that are no page of their own but used by pages.
const parts = "part_"

func parsePages() (*pages, error) {
	files, err := fs.Glob(templates, "templates/*.html")
	if err != nil {
		return nil, err
	}
	var common, own []string
	for _, file := range files {
		switch name := path.Base(file); {
		case name == "layout.html", strings.HasPrefix(name, parts):
			common = append(common, file)
		default:
			own = append(own, file)
		}
	}
	p := &pages{of: map[wording.Language]map[string]*template.Template{}}
	for _, language := range wording.Languages() {
		base, err := template.New("layout.html").Funcs(functions(wording.In(language))).Option("missingkey=error").ParseFS(templates, common...)
		if err != nil {
			return nil, err
		}
		p.of[language] = map[string]*template.Template{}
		for _, file := range own {
			t, err := template.Must(base.Clone()).ParseFS(templates, file)
			if err != nil {
				return nil, err
			}
			p.of[language][strings.TrimSuffix(path.Base(file), ".html")] = t
		}
	}
	return p, nil
}

func (p *pages) execute(w io.Writer, language wording.Language, name string, sh *shell) error {
	t := p.of[language][name]
	if t == nil {
		return fmt.Errorf("web: there is no page %q in %q", name, language)
	}
	return t.Execute(w, sh)
}
