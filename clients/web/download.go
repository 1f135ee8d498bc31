package web

import (
	"fmt"
	"mime"
	"net/http"
	"path"
	"slices"
	"strings"
	"time"
	"unicode"

	"tumen/clients/client"
	"tumen/clients/labels"
	tumenv1 "tumen/proto/tumen/v1"
)

// downloadCapture hands out the bytes of a capture. Whatever they are, a browser gets them
// as a file to keep and never as something to show: they come from strangers.
func (s *Site) downloadCapture(v *visit) error {
	name := "sources/" + v.r.PathValue("source") + "/captures/" + v.r.PathValue("capture")
	known, err := s.conn.Sources.GetCapture(v.context(), &tumenv1.GetCaptureRequest{Name: name})
	if err != nil {
		return err
	}
	if v.r.Method == http.MethodHead {
		v.attach(captureFile(known.GetCapture()), known.GetCapture().GetSize())
		return nil
	}
	w := &attaching{v: v, name: captureFile(known.GetCapture()), size: known.GetCapture().GetSize()}
	if _, err := s.conn.DownloadCapture(v.context(), name, w, client.Download{}); err != nil {
		if !w.begun {
			return err
		}
		s.config.Log.Error("a download broke off", "pattern", v.r.Pattern)
		panic(http.ErrAbortHandler) // what went out is not whole, and the browser has to know
	}
	w.begin() // also where there is not one byte
	return nil
}

// attach sets the headers of a file that is kept and not shown.
func (v *visit) attach(name string, size int64) {
	h := v.w.Header()
	h.Set("Content-Type", "application/octet-stream")
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": name}))
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	if size >= 0 {
		h.Set("Content-Length", fmt.Sprint(size))
	}
}

// attaching begins the answer with the first byte, so that until then an error still
// becomes a page.
type attaching struct {
	v     *visit
	name  string
	size  int64
	begun bool
}

func (a *attaching) begin() {
	if !a.begun {
		a.begun = true
		a.v.attach(a.name, a.size)
		a.v.w.WriteHeader(http.StatusOK)
	}
}

// perPiece is how long a browser may take for one piece, however slow the way to it.
const perPiece = time.Minute

// Write implements io.Writer.
func (a *attaching) Write(b []byte) (int, error) {
	a.begin()
	// A large file may take longer than a page. What can't set it keeps its own limit.
	_ = http.NewResponseController(a.v.w).SetWriteDeadline(time.Now().Add(perPiece))
	return a.v.w.Write(b)
}

// opening are ends of names at which a click opens a program that runs what is in the file.
var opening = []string{
	".htm", ".html", ".shtml", ".xhtml", ".xht", ".svg", ".svgz", ".xml", ".xsl", ".xslt", ".mht", ".mhtml", ".hta", ".htc", ".swf", ".chm",
	".js", ".jse", ".vbs", ".vbe", ".wsf", ".wsh", ".ps1", ".psm1", ".sh", ".command", ".py", ".pyw", ".jar", ".jnlp",
	".url", ".lnk", ".website", ".webloc", ".desktop", ".library-ms", ".search-ms", ".settingcontent-ms", ".appref-ms", ".scf",
	".exe", ".bat", ".cmd", ".com", ".pif", ".scr", ".cpl", ".msi", ".msp", ".msc", ".reg", ".inf", ".dll", ".iso", ".img", ".vhd", ".vhdx", ".dmg", ".pkg", ".app", ".apk", ".appimage",
	".docm", ".dotm", ".xlsm", ".xltm", ".xlam", ".xll", ".pptm", ".potm", ".ppam", ".slk", ".iqy",
}

// longestName is how many bytes a file name has at most.
const longestName = 120

// captureFile is what a capture's file is called where it is kept: the name that it had,
// without what would lead elsewhere or deceive.
func captureFile(c *tumenv1.Capture) string {
	fallback := "capture-" + c.GetName()[strings.LastIndexByte(c.GetName(), '/')+1:]
	name := path.Base(strings.ReplaceAll(c.GetFileName(), `\`, "/"))
	name = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || labels.Hidden(r) || strings.ContainsRune(`/:*?"<>|%`, r) || r == unicode.ReplacementChar {
			return '_'
		}
		return r
	}, name)
	name = strings.Trim(name, ". ")
	if strings.Trim(name, "_") == "" {
		name = fallback
	}
	for len(name) > longestName {
		cut := []rune(name)
		name = string(cut[len(cut)/8+1:]) // its end says what it is
	}
	if slices.Contains(opening, strings.ToLower(path.Ext(name))) {
		name += ".bin"
	}
	return name
}
