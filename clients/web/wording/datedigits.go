package wording

import (
	"strings"

	"tumen/service/edtf"
)

// fitting are the numbers from 1 to most that two digits with X may be.
func fitting(digits string, most int) []int {
	var found []int
	for n := 1; n <= most; n++ {
		if fits(digits[0], n/10) && fits(digits[1], n%10) {
			found = append(found, n)
		}
	}
	return found
}

func fits(written byte, digit int) bool { return written == 'X' || int(written-'0') == digit }

func unspecified(p edtf.Part) bool { return p.Digits == "XX" }

func fixed(p edtf.Part) bool { return !strings.Contains(p.Digits, "X") }

// together says whether numbers in order have no gap.
func together(numbers []int) bool { return numbers[len(numbers)-1]-numbers[0] == len(numbers)-1 }
