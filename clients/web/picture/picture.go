// Package picture draws what the pages of the web client show without script:
// a time line, counts over time, a map of places, and who passes on whom, each as
// a PNG from the values that it is given. It knows neither records nor pages, and
// reads no file but through the folders that FindFonts is given.
//
// Three rules hold for all. What is certain is solid and what is only possible
// is hatched or dashed; colour is never the only sign. A label is drawn whole or
// not at all: where no font has its letters, or where there is no room, a
// number stands in its place and the legend says what it means. And nothing is
// left out silently: Omitted says which items the picture does not show; the
// table beside it has them all.
//
// The same values give the same bytes.
package picture

// Widths of a picture, in pixels.
const (
	MinWidth     = 320
	DefaultWidth = 880
	MaxWidth     = 900
)

// Look is how a picture is to look, whatever it shows.
type Look struct {
	// Width in pixels, held between MinWidth and MaxWidth; zero is DefaultWidth.
	Width int
	// Dark draws light signs on a dark ground.
	Dark bool
	// Fonts to draw labels with; nil has Latin, Greek and Cyrillic letters only.
	Fonts *Fonts
	// Unpainted lays the picture out and leaves the PNG away: for the page that shows it,
	// which needs its size, its legend and what is omitted. They are the same.
	Unpainted bool
}

func (l Look) width() int {
	if l.Width == 0 {
		return DefaultWidth
	}
	return min(max(l.Width, MinWidth), MaxWidth)
}

// Picture is a drawn picture with what a page needs beside it.
type Picture struct {
	PNG           []byte
	Width, Height int
	// Legend says what the numbers in the picture mean, in their order.
	Legend []Entry
	// Omitted are the items that the picture does not show, by their position in
	// the slice that was given (of events, periods, places or sources), in its
	// order; LeftOut is how many they are.
	Omitted []int
	LeftOut int
	// Unseen is how many legs of a map are too short, or too many, to be drawn though
	// their places are.
	Unseen int

	// texts is where text stands, for the tests that hold them apart.
	texts []box
}

// Entry is one number of a legend.
type Entry struct {
	Number int
	// Label as it was given, without control characters and overrides of the
	// direction of writing.
	Label string
	// Item is the position of what bears the label in the slice that was given
	// (of events, periods, places or sources), and -1 for a caption.
	Item int
}

// caption is the Item of what is no item.
const caption = -1

// drawing is one picture while it is laid out and drawn.
type drawing struct {
	colours palette
	type_   *setter
	width   float64
	painted bool
	legend  []Entry
	ink     int // of the labels laid out so far
}

func newDrawing(l Look) *drawing {
	return &drawing{colours: paletteOf(l.Dark), type_: newSetter(l.Fonts), width: float64(l.width()), painted: !l.Unpainted}
}

// canvas starts the picture, once its height is known.
func (d *drawing) canvas(height float64) *canvas {
	return newCanvas(int(d.width), int(height+0.5), d.colours.paper, d.type_, d.painted)
}

func (d *drawing) finish(c *canvas, omitted []int) Picture {
	p := Picture{Width: c.img.Rect.Dx(), Height: c.img.Rect.Dy(), Legend: d.legend, Omitted: omitted, LeftOut: len(omitted), texts: c.texts}
	if d.painted {
		p.PNG = c.encode()
	}
	return p
}

// after is the positions of so many items from the first that has no room.
func after(drawn, given int) []int {
	var omitted []int
	for i := drawn; i < given; i++ {
		omitted = append(omitted, i)
	}
	return omitted
}
