package wording

import (
	"math/big"
	"strings"

	"tumen/service/edtf"
)

// yearAlone is a year where the date is no finer: "the 2010s".
func (w *Words) yearAlone(d edtf.Written) string { return w.year(d, "alone") }

// yearAround is a year in which a finer date lies: "some year of the 2010s".
func (w *Words) yearAround(d edtf.Written) string { return w.year(d, "around") }

func (w *Words) year(d edtf.Written, where string) string {
	digits := d.Year.Digits
	known := strings.TrimRight(digits, "X")
	switch {
	case fixed(d.Year):
		return w.exactYear(digits, d.Negative)
	case known == "" && !d.Negative:
		return w.Say("date.year_unknown_" + where)
	case d.Negative || strings.Contains(known, "X"):
		return w.Say("date.year_written", "digits", sign(d.Negative)+digits)
	case len(known) == 3 && known[0] != '0' && known[2] != '0':
		return w.Say("date.decade_"+where, "first", known+"0")
	}
	return w.Say("date.year_from_to",
		"first", w.exactYear(strings.ReplaceAll(digits, "X", "0"), false),
		"last", w.exactYear(strings.ReplaceAll(digits, "X", "9"), false))
}

func sign(negative bool) string {
	if negative {
		return "−"
	}
	return ""
}

// exactYear names the era where it would be missed. The year 0 is 1 BC.
func (w *Words) exactYear(digits string, negative bool) string {
	n, _ := new(big.Int).SetString(digits, 10)
	switch {
	case negative || n.Sign() == 0:
		return w.Say("date.year_bc", "year", n.Add(n, big.NewInt(1)).String())
	case n.Cmp(big.NewInt(1000)) < 0:
		return w.Say("date.year_ad", "year", n.String())
	}
	return w.Say("date.year", "year", n.String())
}
