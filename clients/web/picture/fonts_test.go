package picture

import (
	"io/fs"
	"testing"
	"testing/fstest"

	"golang.org/x/image/font/gofont/goregular"
)

func TestOnlyFontsThatAddLettersAreTaken(t *testing.T) {
	folder := fstest.MapFS{
		"truetype/NanumGothic.ttf":           {Data: goregular.TTF}, // has the name, not the letters
		"truetype/wqy-zenhei.ttc":            {Data: []byte("no font")},
		"truetype/noto/NotoSansSC-Regular":   {Data: nil},
		"truetype/droid/DejaVuSans.ttf":      {Data: goregular.TTF},
		"truetype/uming.ttc/not-a-file.text": {Data: nil},
	}
	if got := FindFonts(folder); len(got.east) != 0 {
		t.Errorf("%d fonts taken that have no Chinese or Korean letter", len(got.east))
	}
	if files := fontFiles([]fs.FS{folder}); len(files) != 3 || files[0].name != "truetype/noto/NotoSansSC-Regular" {
		t.Errorf("looked at %v", files)
	}
}

func TestAFontIsRead(t *testing.T) {
	file := fontFile{folder: fstest.MapFS{"a.ttf": {Data: goregular.TTF}}, name: "a.ttf"}
	fonts := file.fonts()
	if len(fonts) != 1 || !has('д')(fonts[0]) || has('한')(fonts[0]) {
		t.Errorf("read %v", fonts)
	}
}

func TestNoFontsAtAllDrawWhatTheProgramComesWith(t *testing.T) {
	p := TimeLine{Events: []Event{{Label: "Tumen"}, {Label: "두만강"}}}.Draw(Look{Fonts: FindFonts().For("ko")})
	if len(p.Legend) != 1 || p.Legend[0] != (Entry{Number: 1, Label: "두만강", Item: 1}) {
		t.Errorf("the legend is %v", p.Legend)
	}
}
