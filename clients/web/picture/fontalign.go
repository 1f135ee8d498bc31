package picture

import (
	"encoding/binary"
	"slices"

	"golang.org/x/image/font/opentype"
	"golang.org/x/image/font/sfnt"
)

// opened gives the fonts of a file. Some files, WenQuanYi Micro Hei's among them, have
// tables that do not begin at multiples of four, as they should, and would be refused:
// their tables are moved.
func opened(data []byte) []*sfnt.Font {
	collection, err := opentype.ParseCollection(data) // reads a single font, too
	if err != nil {
		return nil
	}
	var fonts []*sfnt.Font
	for i := range collection.NumFonts() {
		one, err := collection.Font(i)
		if err != nil {
			one, err = opentype.Parse(aligned(data, i))
		}
		if err == nil {
			fonts = append(fonts, one)
		}
	}
	return fonts
}

// read are the tables of a font that anything is read of here, in their order.
var read = []string{"CFF ", "OS/2", "cmap", "glyf", "head", "hhea", "hmtx", "loca", "maxp", "name", "post"}

// aligned is the font of this number in a file, as a file of its own in which each
// table begins at a multiple of four; nil where the file does not hold what it says.
func aligned(data []byte, number int) []byte {
	at, ok := uint32(0), true
	if len(data) >= 4 && string(data[:4]) == "ttcf" {
		at, ok = long(data, 12+4*uint32(number))
	}
	count, found := short(data, at+4)
	if !ok || !found {
		return nil
	}
	var records, tables []byte
	kept := uint16(0)
	for i := range uint32(count) {
		record := at + 12 + 16*i
		if uint64(record)+16 > uint64(len(data)) {
			return nil
		}
		tag := string(data[record : record+4])
		from, _ := long(data, record+8)
		length, _ := long(data, record+12)
		if !slices.Contains(read, tag) {
			continue
		}
		if uint64(from)+uint64(length) > uint64(len(data)) {
			return nil
		}
		records = append(records, data[record:record+8]...)
		records = binary.BigEndian.AppendUint32(records, uint32(len(tables)))
		records = binary.BigEndian.AppendUint32(records, length)
		tables = append(tables, data[from:from+length]...)
		tables = append(tables, make([]byte, -len(tables)&3)...)
		kept++
	}
	head := binary.BigEndian.AppendUint16(slices.Clone(data[at:at+4]), kept)
	head = append(head, make([]byte, 6)...)
	begin := uint32(len(head) + len(records))
	for i := 8; i < len(records); i += 16 {
		binary.BigEndian.PutUint32(records[i:], begin+binary.BigEndian.Uint32(records[i:]))
	}
	return slices.Concat(head, records, tables)
}

func long(data []byte, at uint32) (uint32, bool) {
	if uint64(at)+4 > uint64(len(data)) {
		return 0, false
	}
	return binary.BigEndian.Uint32(data[at:]), true
}

func short(data []byte, at uint32) (uint16, bool) {
	if uint64(at)+2 > uint64(len(data)) {
		return 0, false
	}
	return binary.BigEndian.Uint16(data[at:]), true
}
