package entry_test

import (
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/prototext"
	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"

	"tumen/clients/web/entry"
	tumenv1 "tumen/proto/tumen/v1"
)

func TestEveryFieldOfEveryKindIsOneOfTheContract(t *testing.T) {
	for _, k := range entry.Kinds() {
		seen := map[string]bool{}
		for _, s := range k.Sections {
			for _, f := range s.Fields {
				for _, path := range f.InRows(1) {
					if k.Leaf(path) == nil {
						t.Errorf("%s has no %s", k.Name, path)
					}
					if seen[path] {
						t.Errorf("%s is asked for %s twice", k.Name, path)
					}
					seen[path] = true
				}
				if strings.Contains(f.Path, "[]") != (s.Rows > 0) {
					t.Errorf("%s: %s and its section differ in whether there are rows", k.Name, f.Path)
				}
			}
		}
	}
}

// TestEveryAspectHasASectionForItsValue holds the table against the contract: who chose
// an aspect must be asked for its value.
func TestEveryAspectHasASectionForItsValue(t *testing.T) {
	claim := entry.KindOf("claim")
	aspects := tumenv1.Aspect(0).Descriptor().Values()
	all := len(claim.ForAspect(tumenv1.Aspect_ASPECT_OCCURRENCE).Sections)
	for i := range aspects.Len() {
		aspect := tumenv1.Aspect(aspects.Get(i).Number())
		if aspect <= tumenv1.Aspect_ASPECT_OCCURRENCE {
			continue
		}
		if got := len(claim.ForAspect(aspect).Sections); got != all+1 {
			t.Errorf("%s has %d sections of its own, want one", aspect, got-all)
		}
	}
}

func TestTextsBecomeARecord(t *testing.T) {
	for name, tc := range map[string]struct {
		before proto.Message
		texts  entry.Texts
		want   string
		faults []entry.Fault
	}{
		"scalars of every type": {
			&tumenv1.Event{}, entry.Texts{"act": " refoulement ", "time.edtf": "2023-10~", "time.night": "yes", "people.low": "1,234", "people.best": "", "authorities": "one\n\n two "},
			`act: "refoulement" time: {edtf: "2023-10~" night: true} people: {low: 1234} authorities: "one" authorities: "two"`, nil,
		},
		"zero is a number": {&tumenv1.Event{}, entry.Texts{"people.low": "0"}, `people: {low: 0}`, nil},
		"rows, of which one stays empty": {
			&tumenv1.Event{}, entry.Texts{"places[0].words": "", "places[0].place": " ", "places[1].words": "the bridge", "places[1].part": "via"},
			`places: {part: PLACE_PART_VIA words: "the bridge"}`, nil,
		},
		"a row that is emptied": {
			&tumenv1.Event{Places: []*tumenv1.PlaceValue{{Words: "a"}, {Words: "b"}}}, entry.Texts{"places[0].words": "", "places[1].words": "b"},
			`places: {words: "b"}`, nil,
		},
		"what is not typed stays": {&tumenv1.Event{Title: "kept", Act: "arrest"}, entry.Texts{"act": ""}, `title: "kept"`, nil},
		"one instead of another": {
			&tumenv1.Involvement{Who: &tumenv1.Involvement_Unnamed{Unnamed: "a family"}}, entry.Texts{"unnamed": "", "authority": "border guards"},
			`authority: "border guards"`, nil,
		},
		"one and another": {
			&tumenv1.Involvement{}, entry.Texts{"unnamed": "a family", "authority": "border guards"},
			`authority: "border guards"`, []entry.Fault{{Path: "unnamed", Problem: entry.Either}},
		},
		"values of a union": {
			&tumenv1.Claim{}, entry.Texts{"value.count.low": "5", "value.time.edtf": "2023"},
			`value: {count: {low: 5}}`, []entry.Fault{{Path: "value.time.edtf", Problem: entry.Either}},
		},
		"what can't be read": {
			&tumenv1.Event{Act: "arrest"}, entry.Texts{"people.low": "many", "people.high": "1,5", "time.night": "perhaps", "places[0].part": "there", "nothing": "x", "places.words": "x"},
			`act: "arrest"`, []entry.Fault{{"nothing", entry.NoField, ""}, {"people.high", entry.NoNumber, ""}, {"people.low", entry.NoNumber, ""}, {"places.words", entry.NoField, ""}, {"places[0].part", entry.NoChoice, ""}, {"time.night", entry.NoYesOrNo, ""}},
		},
		"a path that leads nowhere": {&tumenv1.Event{}, entry.Texts{"places[99].words": "x", "a..b": "x", "labels": "x", "time": "x"}, ``, []entry.Fault{
			{"a..b", entry.NoField, ""}, {"labels", entry.NoField, ""}, {"places[99].words", entry.NoField, ""}, {"time", entry.NoField, ""},
		}},
	} {
		t.Run(name, func(t *testing.T) {
			got := proto.Clone(tc.before)
			faults := entry.Fill(got, tc.texts, entry.AsNamed)
			if !slices.Equal(faults, tc.faults) {
				t.Errorf("faults %v, want %v", faults, tc.faults)
			}
			want := got.ProtoReflect().New().Interface()
			if err := prototext.Unmarshal([]byte(tc.want), want); err != nil {
				t.Fatal(err)
			}
			if !proto.Equal(got, want) {
				t.Errorf("got  %v\nwant %v", got, want)
			}
		})
	}
}

// TestWhatIsReadFillsTheSame: a form that nothing was changed in changes nothing.
func TestWhatIsReadFillsTheSame(t *testing.T) {
	words := rapid.StringMatching(`[a-z가-힣]{1,5}( [a-z]{1,3})?`)
	rapid.Check(t, func(r *rapid.T) {
		event := entry.KindOf("event")
		texts := entry.Texts{
			"act": words.Draw(r, "act"), "people.low": rapid.SampledFrom([]string{"0", "7", "500"}).Draw(r, "low"),
			"places[0].part": rapid.SampledFrom([]string{"at", "from", "via", "to"}).Draw(r, "part"), "authorities": words.Draw(r, "one") + "\n" + words.Draw(r, "two"),
		}
		record := event.New()
		if faults := entry.Fill(record, texts, entry.AsNamed); len(faults) > 0 {
			r.Fatal(faults)
		}
		again := event.New()
		if faults := entry.Fill(again, event.Texts(record), entry.AsNamed); len(faults) > 0 {
			r.Fatal(faults)
		}
		if !proto.Equal(record, again) {
			r.Errorf("%v became %v", record, again)
		}
		if faults := entry.Fill(again, texts, entry.AsNamed); len(faults) > 0 || !proto.Equal(record, again) {
			r.Errorf("%v filled twice became %v", record, again)
		}
	})
}

func TestRowsThatHoldSomethingComeFirst(t *testing.T) {
	got := entry.Texts{"a": "1", "places[0].words": " ", "places[1].words": "b", "places[2].words": "", "places[3].words": "d", "q.t[1].x": "y", "q.t[0].x": ""}.Compacted()
	want := entry.Texts{"a": "1", "places[0].words": "b", "places[1].words": "d", "places[2].words": " ", "places[3].words": "", "q.t[0].x": "y", "q.t[1].x": ""}
	for path, text := range want {
		if got[path] != text {
			t.Errorf("%s is %q, want %q", path, got[path], text)
		}
	}
	if len(got) != len(want) {
		t.Errorf("got %v", got)
	}
}

func TestWhatIsSaidOfAPathIsAboutAField(t *testing.T) {
	for path, want := range map[string]string{
		"act": "act", "time": "time.edtf", "people": "people.low", "places[1].part": "places[1].part", "places[1]": "places[1].place", "places": "places[0].place",
		"authorities[2]": "authorities", "name": "", "": "", "places[0].nothing": "",
	} {
		if got := entry.KindOf("event").At(path); got != want {
			t.Errorf("%q is about %q, want %q", path, got, want)
		}
	}
	short := entry.KindOf("event").With("act", "places[].words")
	if len(short.Sections) != 2 || short.At("places[3]") != "places[3].words" || short.At("time.edtf") != "" {
		t.Errorf("the short form is %v", short.Sections)
	}
}

func FuzzFill(f *testing.F) {
	f.Add("places[0].words", "x")
	f.Add("value.count.low", "99999999999999999999")
	f.Add("a[b].c", "")
	f.Fuzz(func(t *testing.T, path, text string) {
		for _, k := range entry.Kinds() {
			record := k.New()
			entry.Fill(record, entry.Texts{path: text, "aspect": "count"}.Compacted(), entry.AsNamed)
			entry.Read(record, path)
		}
	})
}
