package picture

import (
	"cmp"
	"io/fs"
	"path"
	"slices"
	"strings"

	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/font/sfnt"
)

// Fonts is what labels are drawn with, in the order in which they are asked for
// a letter. It does not change and is safe for concurrent use; the nil *Fonts
// has the Go fonts alone.
type Fonts struct {
	east []*sfnt.Font // Chinese, Japanese and Korean letters
}

// eastern names, by the beginning of their files' names, the fonts with Chinese
// or Korean letters that systems come with, the better first.
var eastern = []string{
	"notosanscjk-regular", "notosanscjksc-regular", "notosanscjkkr-regular", "sourcehansans-regular", "sourcehansanssc-regular", "sourcehansanskr-regular",
	"notosanssc-regular", "notosanskr-regular", "notosanssc[", "notosanskr[", "nanumgothic.", "nanumbarungothic.", "wqy-microhei", "wqy-zenhei",
	"droidsansfallback", "pretendard-regular", "undotum.", "baekmukdotum", "uming", "pingfang", "applesdgothicneo", "msyh.", "malgun.", "arial unicode",
}

const (
	maxFontBytes = 64 << 20
	maxFontFiles = 20_000 // looked at in the folders, not read
)

// FindFonts looks through folders, the first first, for fonts with Chinese and
// Korean letters and takes as many as have letters that no better one has. What
// can't be read is passed over: a label that no font has the letters for is
// drawn as a number. For the usual folders of a system give os.DirFS of
// /usr/share/fonts and /usr/local/share/fonts.
//
// A font that is many in one file, as Noto Sans CJK is, may have other shapes
// of the same Chinese letters for China and for Korea: see For.
func FindFonts(folders ...fs.FS) *Fonts {
	found := &Fonts{}
	for _, file := range fontFiles(folders) {
		if found.complete() {
			break
		}
		for _, f := range file.fonts() {
			if found.lacks(f) {
				found.east = append(found.east, f)
			}
		}
	}
	return found
}

// probes are letters that tell the writings apart: simplified Chinese,
// traditional Chinese, Korean, Japanese.
var probes = []rune{'们', '們', '한', 'の'}

func (f *Fonts) complete() bool {
	return !slices.ContainsFunc(probes, func(r rune) bool { return !slices.ContainsFunc(f.east, has(r)) })
}

// lacks says whether g adds a letter, or the shapes of another country.
func (f *Fonts) lacks(g *sfnt.Font) bool {
	adds := func(r rune) bool { return has(r)(g) && !slices.ContainsFunc(f.east, has(r)) }
	return slices.ContainsFunc(probes, adds) || country(g) != ""
}

func has(r rune) func(*sfnt.Font) bool {
	return func(f *sfnt.Font) bool {
		i, err := f.GlyphIndex(nil, r)
		return err == nil && i != 0
	}
}

// country is the country for which a font of a family for several is shaped.
func country(f *sfnt.Font) string {
	family, err := f.Name(nil, sfnt.NameIDFamily)
	if err != nil {
		return ""
	}
	for _, c := range []string{"SC", "KR"} {
		if strings.HasSuffix(family, "CJK "+c) {
			return c
		}
	}
	return ""
}

// For is the same fonts for labels in this language (a BCP 47 tag): Korean
// shapes of Chinese letters first for Korean, Chinese ones for all others.
func (f *Fonts) For(language string) *Fonts {
	if f == nil {
		return nil
	}
	wanted := "SC"
	if language == "ko" || strings.HasPrefix(language, "ko-") {
		wanted = "KR"
	}
	ordered := slices.Clone(f.east)
	slices.SortStableFunc(ordered, func(a, b *sfnt.Font) int {
		return cmp.Compare(rank(a, wanted), rank(b, wanted))
	})
	return &Fonts{east: ordered}
}

func rank(f *sfnt.Font, wanted string) int {
	if country(f) == wanted {
		return 0
	}
	return 1
}

// fontFile is a file that may be a font of the list.
type fontFile struct {
	folder fs.FS
	name   string
	rank   int
}

func fontFiles(folders []fs.FS) []fontFile {
	var files []fontFile
	for _, folder := range folders {
		seen := 0
		_ = fs.WalkDir(folder, ".", func(name string, entry fs.DirEntry, err error) error {
			if seen++; seen > maxFontFiles {
				return fs.SkipAll
			}
			if err != nil || entry.IsDir() {
				return nil // a folder that can't be read has no fonts for us
			}
			base := strings.ToLower(path.Base(name))
			if at := slices.IndexFunc(eastern, func(e string) bool { return strings.HasPrefix(base, e) }); at >= 0 {
				files = append(files, fontFile{folder, name, at})
			}
			return nil
		})
	}
	slices.SortStableFunc(files, func(a, b fontFile) int { return cmp.Compare(a.rank, b.rank) })
	return files
}

// fonts reads the file; it is none where it is no font.
func (f fontFile) fonts() []*sfnt.Font {
	if info, err := fs.Stat(f.folder, f.name); err != nil || !info.Mode().IsRegular() || info.Size() > maxFontBytes {
		return nil
	}
	data, err := fs.ReadFile(f.folder, f.name)
	if err != nil {
		return nil
	}
	return opened(data)
}

// The Go fonts come with the program.
var (
	latin     = builtIn(goregular.TTF)
	latinBold = builtIn(gobold.TTF)
)

func builtIn(data []byte) *sfnt.Font {
	f, err := opentype.Parse(data)
	if err != nil {
		panic("the font that the program comes with: " + err.Error())
	}
	return f
}
