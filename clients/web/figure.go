package web

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"tumen/clients/web/picture"
	"tumen/clients/web/wording"
	tumenv1 "tumen/proto/tumen/v1"
)

// figure is a picture with what stands beside it: a table that says the same, and what
// the picture does not show. Page and PNG are made from the same figure, so that neither
// tells anything that the other does not.
type figure struct {
	Kind    string // "timeline": names its words, and its file
	Path    string // of the PNG
	Title   string
	Alt     string
	Shows   bool // there is something to draw
	Notes   []string
	Columns []string
	Rows    [][]said
	Next    string          // the query of the rest of the table
	Drawn   picture.Picture // laid out, not painted

	items []string // what its items are called, in their order
	draws interface {
		Draw(picture.Look) picture.Picture
	}
}

// figures are the pictures of a case, in the order of the page.
var figures = []struct {
	kind string
	of   func(v *visit, ctx context.Context, name string) (*figure, error)
}{
	{"timeline", (*visit).timeLine},
	{"map", (*visit).placesMap},
	{"sources", (*visit).sourcesGraph},
	{"counts", (*visit).countsOverTime},
}

// picturesPage is all the pictures of a case.
type picturesPage struct {
	Case    *tumenv1.Case
	Figures []*figure
}

func (s *Site) picturesPage(v *visit) error {
	name := "cases/" + v.r.PathValue("case")
	p := &picturesPage{Figures: make([]*figure, len(figures))}
	v.say() // once, before several ask for it
	g, ctx := errgroup.WithContext(v.context())
	g.Go(func() error {
		reply, err := s.conn.Cases.GetCase(ctx, &tumenv1.GetCaseRequest{Name: name})
		p.Case = reply.GetCase()
		return err
	})
	for i, one := range figures {
		g.Go(func() (err error) { p.Figures[i], err = one.of(v, ctx, name); return err })
	}
	if err := g.Wait(); err != nil {
		return err
	}
	for _, f := range p.Figures {
		v.lay(f)
	}
	return v.render(http.StatusOK, "pictures", v.say().Say("picture.title", "reference", p.Case.GetReference()), p)
}

// casePicture answers with the PNG of one picture of a case.
func (s *Site) casePicture(v *visit) error {
	kind, isPNG := strings.CutSuffix(v.r.PathValue("picture"), ".png")
	for _, one := range figures {
		if isPNG && one.kind == kind {
			f, err := one.of(v, v.context(), "cases/"+v.r.PathValue("case"))
			if err != nil {
				return err
			}
			return v.paint(f)
		}
	}
	return errNotFound
}

// findingPicture answers with the PNG of who passes on whom about a finding.
func (s *Site) findingPicture(v *visit) error {
	reply, err := s.conn.Verification.GetFinding(v.context(), &tumenv1.GetFindingRequest{Name: "cases/" + v.r.PathValue("case") + "/findings/" + v.r.PathValue("finding")})
	if err != nil {
		return err
	}
	f, err := v.findingGraph(v.context(), reply.GetFinding(), v.shelf())
	if err != nil {
		return err
	}
	return v.paint(f)
}

// lay lays a figure out for the page that shows it, and says what it leaves out.
func (v *visit) lay(f *figure) {
	w := v.say()
	f.Title, f.Alt = w.Say("picture."+f.Kind), w.Count("picture."+f.Kind+"_alt", int64(len(f.items)))
	f.turn(v.got(f.Kind))
	if !f.Shows {
		return
	}
	look := v.look()
	look.Unpainted = true
	f.Drawn = f.draws.Draw(look)
	if len(f.Drawn.Omitted) > 0 {
		var names []string
		for _, i := range f.Drawn.Omitted {
			names = append(names, f.items[i])
		}
		f.Notes = append(f.Notes, w.Say("picture."+f.Kind+"_left_out", "names", listed(w, names)))
	}
	if f.Drawn.Unseen > 0 {
		f.Notes = append(f.Notes, w.Count("picture.unseen", int64(f.Drawn.Unseen)))
	}
}

// tablePage is how many bytes of text a table has at a time: with four of them, a page has
// to stay below 100 KB.
const tablePage = 8_000

// turn leaves of the table what follows the row of this number, as far as there is room.
func (f *figure) turn(to string) {
	first, _ := strconv.Atoi(to) // what is no number is the beginning
	first = min(max(first, 0), len(f.Rows))
	end, size := first, 0
	for ; end < len(f.Rows); end++ {
		for _, cell := range f.Rows[end] {
			size += len(cell.Text)
		}
		if size > tablePage && end > first {
			f.Next = "?" + url.Values{f.Kind: {strconv.Itoa(end)}}.Encode() + "#" + f.Kind
			break
		}
	}
	f.Rows = f.Rows[first:end]
}

// look is how pictures look on this visit.
func (v *visit) look() picture.Look {
	return picture.Look{Dark: v.r.FormValue("dark") != "", Fonts: v.site.config.Fonts.For(string(v.say().Language()))}
}

// paint answers with the PNG of a figure.
func (v *visit) paint(f *figure) error {
	if !f.Shows {
		return errNotFound
	}
	drawn := f.draws.Draw(v.look())
	v.w.Header().Set("Content-Type", "image/png")
	v.w.Header().Set("Content-Length", strconv.Itoa(len(drawn.PNG)))
	v.w.WriteHeader(http.StatusOK)
	if v.r.Method != http.MethodHead {
		_, _ = io.Copy(v.w, bytes.NewReader(drawn.PNG)) // who has gone away reads no error
	}
	return nil
}

// systemFonts are those that this machine has in the usual folders, looked for once.
var systemFonts = sync.OnceValue(func() *picture.Fonts {
	return picture.FindFonts(os.DirFS("/usr/share/fonts"), os.DirFS("/usr/local/share/fonts"))
})

// maxListed is how many names a cell of a table holds: a page has to stay small.
const maxListed = 8

// listed are names in a cell, and how many more there are.
func listed(w *wording.Words, names []string) string {
	if rest := len(names) - maxListed; rest > 0 {
		names = append(slices.Clone(names[:maxListed]), w.Count("picture.and_more", int64(rest)))
	}
	return strings.Join(names, "; ")
}

// cells is a row of a table in the language of the page.
func cells(texts ...string) []said {
	row := make([]said, len(texts))
	for i, text := range texts {
		row[i].Text = text
	}
	return row
}
