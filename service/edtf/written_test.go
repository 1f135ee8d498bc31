package edtf_test

import (
	"reflect"
	"testing"

	"pgregory.net/rapid"

	"tumen/service/edtf"
)

func TestPieces(t *testing.T) {
	plain := func(digits string) edtf.Part { return edtf.Part{Digits: digits} }
	date := func(w edtf.Written) edtf.Place { return edtf.Place{Stands: edtf.StandsDate, Date: w} }
	year := func(digits string) edtf.Place { return date(edtf.Written{Year: plain(digits)}) }
	unknown, open := edtf.Place{Stands: edtf.StandsUnknown}, edtf.Place{Stands: edtf.StandsOpen}
	for _, c := range []struct {
		edtf string
		form edtf.Form
		want []edtf.Piece
	}{
		{"2023", edtf.FormDate, []edtf.Piece{{From: year("2023")}}},
		{"-0044-03", edtf.FormDate, []edtf.Piece{{From: date(edtf.Written{Negative: true, Year: plain("0044"), Month: plain("03")})}}},
		{"2023-21", edtf.FormDate, []edtf.Piece{{From: date(edtf.Written{Season: true, Year: plain("2023"), Month: plain("21")})}}},
		// A sign after a component applies to it and to all before it; one before it to it alone.
		{"201X-10~-?09", edtf.FormDate, []edtf.Piece{{From: date(edtf.Written{
			Year:  edtf.Part{Digits: "201X", Approximate: true},
			Month: edtf.Part{Digits: "10", Approximate: true},
			Day:   edtf.Part{Digits: "09", Uncertain: true},
		})}}},
		{"2023%", edtf.FormDate, []edtf.Piece{{From: date(edtf.Written{Year: edtf.Part{Digits: "2023", Uncertain: true, Approximate: true}})}}},
		{"2023-10-09T19:30:00+08:00", edtf.FormDate, []edtf.Piece{{From: date(edtf.Written{
			Year: plain("2023"), Month: plain("10"), Day: plain("09"), Clock: "19:30:00+08:00",
		})}}},
		{"2021/2023", edtf.FormInterval, []edtf.Piece{{From: year("2021"), To: year("2023")}}},
		{"/2023", edtf.FormInterval, []edtf.Piece{{From: unknown, To: year("2023")}}},
		{"2021/..", edtf.FormInterval, []edtf.Piece{{From: year("2021"), To: open}}},
		{"[..2019,2021,2023..2024]", edtf.FormSet, []edtf.Piece{
			{From: open, To: year("2019")}, {From: year("2021")}, {From: year("2023"), To: year("2024")},
		}},
	} {
		d := mustParse(t, c.edtf)
		if d.Form() != c.form {
			t.Errorf("%s has form %v, want %v", c.edtf, d.Form(), c.form)
		}
		if got := d.Pieces(); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s is made of\n%+v, want\n%+v", c.edtf, got, c.want)
		}
	}
	if none := (edtf.Date{}); none.Form() != edtf.FormNone || len(none.Pieces()) != 0 {
		t.Errorf("the zero date has form %v and pieces %v", none.Form(), none.Pieces())
	}
}

// Whatever is read has pieces, and a date in at least one place of each.
func TestPiecesProperty(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := expressions().Draw(t, "edtf")
		d, err := edtf.Parse(text)
		if err != nil {
			t.Skip(err)
		}
		if len(d.Pieces()) == 0 {
			t.Fatalf("%s has no pieces", text)
		}
		for _, p := range d.Pieces() {
			stated := 0
			for _, place := range []edtf.Place{p.From, p.To} {
				if (place.Stands == edtf.StandsDate) != (place.Date.Year.Digits != "") {
					t.Fatalf("%s: a date stands where none is, or none where one is: %+v", text, place)
				}
				if place.Stands == edtf.StandsDate {
					stated++
				}
			}
			if stated == 0 || p.From.Stands == edtf.StandsNone {
				t.Fatalf("%s: no date stands in %+v", text, p)
			}
		}
	})
}
