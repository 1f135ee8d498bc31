package picture

import (
	"bytes"
	"encoding/binary"
	"io/fs"
	"slices"
	"testing"
	"testing/fstest"

	"golang.org/x/image/font/gofont/goregular"
	"pgregory.net/rapid"
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

// Fonts whose tables do not begin at multiples of four are in use, and are read.
func TestAFontThatIsNotAlignedIsRead(t *testing.T) {
	shifted := bytes.Clone(goregular.TTF)
	tables := binary.BigEndian.Uint16(shifted[4:])
	head := 12 + 16*int(tables)
	for i := 12; i < head; i += 16 {
		binary.BigEndian.PutUint32(shifted[i+8:], binary.BigEndian.Uint32(shifted[i+8:])+1)
	}
	shifted = slices.Concat(shifted[:head], []byte{0}, shifted[head:])
	if fonts := opened(shifted); len(fonts) != 1 || !has('д')(fonts[0]) {
		t.Errorf("read %v", fonts)
	}
}

// No file makes reading fonts fail but by being none.
func TestAnyFileMayCallItselfAFont(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		data := bytes.Clone(goregular.TTF[:rapid.IntRange(0, 2000).Draw(t, "length")])
		if rapid.Bool().Draw(t, "collection") {
			data = slices.Concat([]byte("ttcf\x00\x01\x00\x00"), binary.BigEndian.AppendUint32(nil, rapid.Uint32().Draw(t, "fonts")), data)
		}
		for range rapid.IntRange(0, 20).Draw(t, "changes") {
			if len(data) > 0 {
				data[rapid.IntRange(0, len(data)-1).Draw(t, "at")] = rapid.Byte().Draw(t, "byte")
			}
		}
		for number := range 3 {
			if moved := aligned(data, number); len(moved) > len(data)+4*64+64 {
				t.Fatalf("%d bytes of %d", len(moved), len(data))
			}
		}
	})
}
