package browsertest

import (
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
)

// A Screen is what a page is looked at on: its size in CSS pixels, and how large one is.
type Screen struct {
	Width, Height int64
	Scale         float64
}

// The screens that pages are made for.
var (
	Desktop = Screen{1280, 800, 1}
	Phone   = Screen{320, 568, 1}  // the narrowest that WCAG 2.2, 1.4.10 asks for
	Zoomed  = Screen{640, 400, 2}  // the desktop at 200 %
	Sheet   = Screen{794, 1123, 1} // A4
)

// Size looks at the page, and those that come, on another screen.
func (w *Window) Size(s Screen) {
	w.t.Helper()
	call(w, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: s.Width, Height: s.Height, DeviceScaleFactor: s.Scale, Mobile: s == Phone})
}

// Dark looks at the page, and those that come, in dark colours or in light ones.
func (w *Window) Dark(on bool) {
	w.t.Helper()
	scheme := "light"
	if on {
		scheme = "dark"
	}
	w.media("screen", scheme)
}

// Paper looks at the page as it would be printed, and no longer so after [Window.Dark].
func (w *Window) Paper() {
	w.t.Helper()
	w.Size(Sheet)
	w.media("print", "light")
}

func (w *Window) media(kind, scheme string) {
	w.t.Helper()
	call(w, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: kind, Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}})
}

// Fits fails the test if the page has to be scrolled sideways on its screen.
func (w *Window) Fits() {
	w.t.Helper()
	const wide = `(() => {
		const room = document.documentElement.clientWidth, page = document.documentElement.scrollWidth;
		if (page <= room) return "";
		const out = [...document.querySelectorAll("body *")].filter(e => e.getBoundingClientRect().right > room && !e.closest(".wide"));
		return page + " pixels wide on " + room + ": " + out.slice(0, 5).map(e => e.outerHTML.slice(0, 100)).join(" … ");
	})()`
	if found := w.evaluate(wide); found != "" {
		w.t.Errorf("%s is %s", w.Path(), found)
	}
}

// Print is the page as PDF, as the browser prints it.
func (w *Window) Print() []byte {
	w.t.Helper()
	return call(w, page.PrintToPDF, page.PrintToPDFParams{}).Data
}

// Screenshot is what is seen of the page, as PNG: the whole of it if asked for.
func (w *Window) Screenshot(whole bool) []byte {
	w.t.Helper()
	params := page.CaptureScreenshotParams{Format: page.CaptureScreenshotFormatPng}
	if whole {
		params.CaptureBeyondViewport = &whole
		size := call(w, page.GetLayoutMetrics, struct{}{}).CSSContentSize
		params.Clip = &page.Viewport{Width: size.Width, Height: size.Height, Scale: 1}
	}
	return call(w, page.CaptureScreenshot, params).Data
}
