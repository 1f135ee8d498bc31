package wording

import (
	"strings"
	"testing"
	"testing/fstest"
)

// sample are words of a catalogue of its own.
func sample(t *testing.T, text string) *Words {
	t.Helper()
	w, err := gather(fstest.MapFS{"catalogue/en/work.yaml": {Data: []byte(text)}}, English)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func TestSayAndCount(t *testing.T) {
	w := sample(t, `
work.plain: Nothing is due.
work.due: "Due on {{.date}}, {{.who}}"
work.claims:
  one: "{{.n}} claim of {{.source}}"
  other: "{{.n}} claims of {{.source}}"
`)
	for want, got := range map[string]string{
		"Nothing is due.":    w.Say("work.plain"),
		"Due on Monday, A&B": w.Say("work.due", "date", "Monday", "who", "A&B"), // escaping is for the page
		"1 claim of X":       w.Count("work.claims", 1, "source", "X"),
		"0 claims of X":      w.Count("work.claims", 0, "source", "X"),
		"1,200 claims of X":  w.Count("work.claims", 1200, "source", "X"),
		"2 claims of {{.n}}": w.Count("work.claims", 2, "source", "{{.n}}"), // a value is never a template
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestSayMistakes(t *testing.T) {
	w := sample(t, `work.due: "Due on {{.date}}"`)
	for name, say := range map[string]func(){
		"no such id":    func() { w.Say("work.gone") },
		"value missing": func() { w.Say("work.due", "day", "Monday") },
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if said, _ := recover().(string); !strings.Contains(said, "work.") {
					t.Errorf("panics with %q, want the id", said)
				}
			}()
			say()
		})
	}
}

func TestIn(t *testing.T) {
	for _, l := range Languages() {
		if got := In(l).Language(); got != l {
			t.Errorf("the words of %s are %s", l, got)
		}
	}
	if got := In("fr").Language(); got != English {
		t.Errorf("the words of French are %s", got)
	}
}

func TestMatch(t *testing.T) {
	for header, want := range map[string]Language{
		"":                        English,
		"fr":                      English,
		"*":                       English,
		"ko":                      Korean,
		"ko-KP":                   Korean,
		"zh":                      Chinese,
		"zh-TW,zh;q=0.9,en;q=0.8": Chinese,
		"fr, ko;q=0.5, en;q=0.4":  Korean,
		"en-GB,ko;q=0.9":          English,
		"en;q=0.1, zh-Hans-CN":    Chinese,
		"\xff;;;":                 English,
	} {
		if got := Match(header); got != want {
			t.Errorf("%q is answered in %s, want %s", header, got, want)
		}
	}
}

func TestNumber(t *testing.T) {
	for n, want := range map[int64]string{
		0: "0", 7: "7", 999: "999", 1000: "1,000", 1234567: "1,234,567", -5: "−5", -1000: "−1,000",
		-9223372036854775808: "−9,223,372,036,854,775,808",
	} {
		if got := In(Korean).Number(n); got != want {
			t.Errorf("%d is %q, want %q", n, got, want)
		}
	}
}

func TestRange(t *testing.T) {
	low, high := int64(501), int64(2600)
	for _, c := range []struct {
		low, high   *int64
		en, ko, chn string
	}{
		{&low, nil, "at least 501, no upper bound", "최소 501, 상한 없음", "至少 501，上限不明"},
		{nil, &high, "at most 2,600, no lower bound", "최대 2,600, 하한 없음", "至多 2,600，下限不明"},
		{&low, &high, "at least 501, at most 2,600", "최소 501, 최대 2,600", "至少 501，至多 2,600"},
		{&low, &low, "exactly 501", "정확히 501", "恰为 501"},
		{nil, nil, "unknown, no bounds", "알 수 없음 (하한·상한 없음)", "不明（无上下限）"},
	} {
		for l, want := range map[Language]string{English: c.en, Korean: c.ko, Chinese: c.chn} {
			if got := In(l).Range(c.low, c.high); got != want {
				t.Errorf("%s: %q, want %q", l, got, want)
			}
		}
	}
}
