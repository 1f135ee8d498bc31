package web

import (
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// fileField is the field of a form in which a file is sent. It comes after all others, so
// that the form's token is known before a byte of the file is read.
const fileField = "file"

// fieldCosts is for how many bytes a field counts beside its name and text: many that hold
// nothing take room, too.
const fieldCosts = 64

// visitWithFile is a visit whose form may carry a file. What is too large is still read,
// up to twice what may be sent, so that the browser gets to read the answer.
func (s *Site) visitWithFile(w http.ResponseWriter, r *http.Request) *visit {
	r.Body = http.MaxBytesReader(w, r.Body, 2*s.config.MaxCapture+maxForm)
	return &visit{site: s, w: w, r: r, withFile: true}
}

// readFields reads the fields of a form up to its file, which is then read by who asks for
// it: nothing of it is kept here.
func (v *visit) readFields() error {
	v.r.Form, v.r.PostForm = v.r.URL.Query(), url.Values{}
	parts, err := v.r.MultipartReader()
	if err != nil {
		return errForm
	}
	left := int64(maxForm)
	for {
		v.slowly()
		part, err := parts.NextRawPart()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return errForm
		}
		if part.FormName() == fileField {
			v.file = part
			return nil
		}
		text, err := io.ReadAll(io.LimitReader(part, left+1))
		if err != nil {
			return errForm
		}
		if left -= int64(len(part.FormName()) + len(text) + fieldCosts); left < 0 {
			return errTooMuch
		}
		v.r.PostForm.Add(part.FormName(), string(text))
		v.r.Form.Add(part.FormName(), string(text))
	}
}

// slowly gives a browser time for another piece, however slow the way from it.
func (v *visit) slowly() {
	c := http.NewResponseController(v.w)
	_, _ = c.SetReadDeadline(time.Now().Add(perPiece)), c.SetWriteDeadline(time.Now().Add(2*perPiece)) // what can't keeps its own limits
}

// sentFile reads the file of a form piece by piece.
type sentFile struct{ v *visit }

// Read implements io.Reader.
func (f sentFile) Read(b []byte) (int, error) {
	f.v.slowly()
	return f.v.file.Read(b)
}

// drain reads what of a file nobody wants, so that the browser reads why.
func (v *visit) drain() {
	if v.file != nil {
		_, _ = io.Copy(io.Discard, sentFile{v})
	}
}

// sentName is what the browser says that a file is called: a claim of a stranger, kept as
// such, but for what would lead into another folder.
func (v *visit) sentName() string {
	name := v.file.FileName()
	name = name[strings.LastIndexAny(name, `/\`)+1:]
	name = strings.ToValidUTF8(name, "\uFFFD")
	for len([]rune(name)) > 300 {
		name = string([]rune(name)[:300])
	}
	return name
}

// isTooLarge says whether an upload failed for its size.
func isTooLarge(err error, sentinel error) bool {
	tooMuch := new(http.MaxBytesError)
	return errors.Is(err, sentinel) || errors.As(err, &tooMuch)
}
