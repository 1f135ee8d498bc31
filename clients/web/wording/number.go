package wording

import "strconv"

// Number is n in digits, in groups of three: all three languages write 1,000.
func (w *Words) Number(n int64) string {
	digits := strconv.FormatInt(n, 10)
	sign := ""
	if n < 0 {
		sign, digits = "−", digits[1:]
	}
	for at := len(digits) - 3; at > 0; at -= 3 {
		digits = digits[:at] + "," + digits[at:]
	}
	return sign + digits
}

// Range says between what a number lies; a bound that is nil is none: "at least
// 501, no upper bound".
func (w *Words) Range(low, high *int64) string { return w.between("range", low, high) }

func (w *Words) between(area string, low, high *int64) string {
	switch {
	case low == nil && high == nil:
		return w.Say("number." + area + "_open")
	case high == nil:
		return w.Say("number."+area+"_least", "low", w.Number(*low))
	case low == nil:
		return w.Say("number."+area+"_most", "high", w.Number(*high))
	case *low == *high:
		return w.Say("number."+area+"_exact", "low", w.Number(*low))
	}
	return w.Say("number."+area+"_between", "low", w.Number(*low), "high", w.Number(*high))
}
