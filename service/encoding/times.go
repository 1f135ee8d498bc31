package encoding

import (
	"errors"
	"strconv"
	"strings"
	"time"
)

// The ranges that protobuf gives its times: the years 1 to 9999, and about ten
// thousand years either way.
const (
	minTimestamp = -62135596800
	maxTimestamp = 253402300799
	maxDuration  = 315576000000
	second       = 1_000_000_000 // in nanoseconds
)

var errTime = errors.New("the time is out of range or not in its one form")

func appendTimestamp(dst []byte, seconds, nanos int64) ([]byte, error) {
	if seconds < minTimestamp || seconds > maxTimestamp || nanos < 0 || nanos >= second {
		return dst, errTime
	}
	dst = append(dst, '"')
	dst = time.Unix(seconds, nanos).UTC().AppendFormat(dst, time.RFC3339Nano)
	return append(dst, '"'), nil
}

func parseTimestamp(s string) (seconds, nanos int64, err error) {
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		return 0, 0, errTime
	}
	seconds, nanos = t.Unix(), int64(t.Nanosecond())
	var room [40]byte
	if again, err := appendTimestamp(room[:0], seconds, nanos); err != nil || !quoted(again, s) {
		return 0, 0, errTime
	}
	return seconds, nanos, nil
}

func appendDuration(dst []byte, seconds, nanos int64) ([]byte, error) {
	if seconds < -maxDuration || seconds > maxDuration || nanos <= -second || nanos >= second ||
		seconds > 0 && nanos < 0 || seconds < 0 && nanos > 0 {
		return dst, errTime
	}
	dst = append(dst, '"')
	if seconds < 0 || nanos < 0 {
		dst, seconds, nanos = append(dst, '-'), -seconds, -nanos
	}
	dst = strconv.AppendInt(dst, seconds, 10)
	if nanos > 0 {
		decimals := strconv.AppendInt(nil, second+nanos, 10)[1:]
		dst = append(dst, '.')
		dst = append(dst, strings.TrimRight(string(decimals), "0")...)
	}
	return append(dst, 's', '"'), nil
}

func parseDuration(s string) (seconds, nanos int64, err error) {
	digits, ok := strings.CutSuffix(s, "s")
	if !ok {
		return 0, 0, errTime
	}
	digits, negative := strings.CutPrefix(digits, "-")
	whole, decimals, _ := strings.Cut(digits, ".")
	if len(whole) > len("315576000000") || len(decimals) > 9 {
		return 0, 0, errTime
	}
	if seconds, err = strconv.ParseInt(whole, 10, 64); err != nil {
		return 0, 0, errTime
	}
	if nanos, err = strconv.ParseInt((decimals + "000000000")[:9], 10, 64); err != nil {
		return 0, 0, errTime
	}
	if negative {
		seconds, nanos = -seconds, -nanos
	}
	var room [40]byte
	if again, err := appendDuration(room[:0], seconds, nanos); err != nil || !quoted(again, s) {
		return 0, 0, errTime
	}
	return seconds, nanos, nil
}

// quoted says whether b is s in quotes.
func quoted(b []byte, s string) bool {
	return len(b) == len(s)+2 && string(b[1:len(b)-1]) == s
}
