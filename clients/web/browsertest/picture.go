package browsertest

import (
	"bytes"
	"flag"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"maps"
	"os"
	"path/filepath"
	"slices"
)

var update = flag.Bool("update", false, "take the pictures of the documents anew")

// colours is how many a picture has: pages use few, and the edges of letters some more.
const colours = 32

// Picture keeps what is seen of the page as a picture for the documents, if the test runs
// with -update; otherwise it only holds the documents to having one. Pictures are not
// compared, because fonts and browsers differ: what the page says is for the test to ask.
func (w *Window) Picture(path string) {
	w.t.Helper()
	if !*update {
		if _, err := os.Stat(path); err != nil {
			w.t.Errorf("%v\nrun the test with -update to take it", err)
		}
		return
	}
	w.write(path, false)
}

// Keep keeps the whole page, further than the screen goes, as a picture for somebody to
// look at.
func (w *Window) Keep(path string) {
	w.t.Helper()
	w.write(path, true)
}

func (w *Window) write(path string, whole bool) {
	w.t.Helper()
	w.evaluate("document.activeElement.blur(), scrollTo(0, 0), ''") // as one comes to it
	small, err := shrunk(w.Screenshot(whole))
	if err == nil {
		err = os.MkdirAll(filepath.Dir(path), 0o755)
	}
	if err == nil {
		err = os.WriteFile(path, small, 0o644)
	}
	if err != nil {
		w.t.Fatal(err)
	}
}

// shrunk is a picture of few colours: the most frequent ones, and for others the nearest.
func shrunk(of []byte) ([]byte, error) {
	decoded, err := png.Decode(bytes.NewReader(of))
	if err != nil {
		return nil, err
	}
	whole := image.NewRGBA(decoded.Bounds())
	draw.Draw(whole, whole.Bounds(), decoded, whole.Bounds().Min, draw.Src)
	palette := frequent(whole)
	small := image.NewPaletted(whole.Bounds(), palette)
	nearest := map[color.RGBA]uint8{}
	for i := range small.Pix {
		c := pixel(whole, i)
		index, known := nearest[c]
		if !known {
			index = uint8(palette.Index(c))
			nearest[c] = index
		}
		small.Pix[i] = index
	}
	var b bytes.Buffer
	err = (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&b, small)
	return b.Bytes(), err
}

func pixel(of *image.RGBA, i int) color.RGBA {
	p := of.Pix[4*i:]
	return color.RGBA{p[0], p[1], p[2], p[3]}
}

// areas is how many colours are taken as they are: those of paper, washes and ink, however
// little they differ.
const areas = 12

// frequent are the most frequent colours; of the rarer ones, which are the edges of
// letters, such as can be told apart.
func frequent(of *image.RGBA) color.Palette {
	times := map[color.RGBA]int{}
	for i := range len(of.Pix) / 4 {
		times[pixel(of, i)]++
	}
	sorted := slices.SortedFunc(maps.Keys(times), func(a, b color.RGBA) int { return times[b] - times[a] })
	taken := map[color.RGBA]bool{}
	var palette color.Palette
	for _, c := range sorted {
		alike := color.RGBA{c.R >> 4, c.G >> 4, c.B >> 4, 0}
		if len(palette) < areas || !taken[alike] && len(palette) < colours {
			taken[alike] = true
			palette = append(palette, c)
		}
	}
	return palette
}
