package picture

import (
	"strings"
	"unicode"

	"golang.org/x/image/font"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/font/sfnt"
)

// style is a size of text, in pixels, and its weight.
type style struct {
	size float64
	bold bool
}

var (
	body   = style{size: 14}
	small  = style{size: 12}
	number = style{size: 12, bold: true}
)

func (f style) ascent() float64  { return f.size * 0.95 }
func (f style) descent() float64 { return f.size * 0.25 }
func (f style) capital() float64 { return f.size * 0.72 }
func (f style) leading() float64 { return f.size * 1.3 }

// setter sets text for one picture. The faces that it keeps are of one user.
type setter struct {
	fonts  *Fonts
	faces  map[faceOf]font.Face
	chosen map[styled]font.Face
	buffer sfnt.Buffer
}

type faceOf struct {
	font *sfnt.Font
	size float64
}

type styled struct {
	letter rune
	style
}

func newSetter(fonts *Fonts) *setter {
	if fonts == nil {
		fonts = &Fonts{}
	}
	return &setter{fonts: fonts, faces: map[faceOf]font.Face{}, chosen: map[styled]font.Face{}}
}

// face is what has this letter, and nil where nothing does.
func (s *setter) face(r rune, f style) font.Face {
	key := styled{r, f}
	face, known := s.chosen[key]
	if !known {
		face = s.find(r, f)
		s.chosen[key] = face
	}
	return face
}

func (s *setter) find(r rune, f style) font.Face {
	west := latin
	if f.bold {
		west = latinBold
	}
	for _, candidate := range append([]*sfnt.Font{west}, s.fonts.east...) {
		if i, err := candidate.GlyphIndex(&s.buffer, r); err != nil || i == 0 {
			continue
		}
		if face := s.open(candidate, f.size); face != nil {
			if _, _, ok := face.GlyphBounds(r); ok {
				return face
			}
		}
	}
	return nil
}

func (s *setter) open(of *sfnt.Font, size float64) font.Face {
	key := faceOf{of, size}
	if face, known := s.faces[key]; known {
		return face
	}
	face, err := opentype.NewFace(of, &opentype.FaceOptions{Size: size, DPI: 72, Hinting: font.HintingNone})
	if err != nil {
		return nil
	}
	s.faces[key] = face
	return face
}

func (s *setter) measure(line string, f style) float64 {
	width := 0.0
	for _, r := range line {
		if face := s.face(r, f); face != nil {
			if advance, ok := face.GlyphAdvance(r); ok {
				width += float64(advance) / 64
			}
		}
	}
	return width
}

// simple is the writings that a letter after a letter sets right. All others
// join, stack or turn their letters, which is not done here.
var simple = []*unicode.RangeTable{
	unicode.Latin, unicode.Greek, unicode.Cyrillic, unicode.Armenian, unicode.Georgian,
	unicode.Han, unicode.Hangul, unicode.Hiragana, unicode.Katakana, unicode.Bopomofo, unicode.Common,
}

// sets says whether a cleaned label can be drawn letter by letter.
func (s *setter) sets(label string, f style) bool {
	for _, r := range label {
		joins := r >= 0x1100 && r <= 0x11ff || r >= 0xa960 && r <= 0xa97f || r >= 0xd7b0 && r <= 0xd7ff // Hangul by its parts
		if joins || r == unicode.ReplacementChar || !unicode.In(r, simple...) || unicode.In(r, unicode.M, unicode.C) || s.face(r, f) == nil {
			return false
		}
	}
	return label != ""
}

// wrap breaks a cleaned label into lines no wider than width. ok is false where
// it takes more lines than that.
func (s *setter) wrap(label string, f style, width float64, most int) (lines []string, ok bool) {
	line := ""
	for _, piece := range pieces(label) {
		for {
			if s.measure(strings.TrimRight(line+piece, " "), f) <= width {
				line += piece
				break
			}
			if line == "" { // a piece wider than a line breaks anywhere
				head := s.fitting(piece, f, width)
				if head == "" {
					return nil, false
				}
				line, piece = head, piece[len(head):]
			}
			if lines = append(lines, strings.TrimRight(line, " ")); len(lines) > most {
				return nil, false
			}
			if line = ""; piece == "" {
				break
			}
		}
	}
	if line = strings.TrimRight(line, " "); line != "" {
		lines = append(lines, line)
	}
	return lines, len(lines) <= most
}

// fitting is the longest beginning of a piece that is no wider.
func (s *setter) fitting(piece string, f style, width float64) string {
	used := 0.0
	for i, r := range piece {
		used += s.measure(string(r), f)
		if used > width {
			return piece[:i]
		}
	}
	return piece
}

// pieces splits a label where a line may end: after a space or a hyphen, and
// around Chinese and Japanese letters, but not before what closes.
func pieces(label string) []string {
	var found []string
	start, before := 0, rune(0)
	for i, r := range label {
		breaks := before == ' ' || before == '-' || before == '–' || before == '/' || before != 0 && r != ' ' && (stands(r) || stands(before))
		if breaks && i > start && !strings.ContainsRune(closing, r) && !strings.ContainsRune(opening, before) {
			found = append(found, label[start:i])
			start = i
		}
		before = r
	}
	return append(found, label[start:])
}

const (
	closing = ",.;:!?)]}»”’、。，．；：！？）】》」』"
	opening = "([{«“‘（【《「『"
)

// stands says whether a line may break on either side of a letter.
func stands(r rune) bool { return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana) }
