package labels_test

import (
	"maps"
	"slices"
	"testing"

	"tumen/clients/labels"
	tumenv1 "tumen/proto/tumen/v1"
)

func TestKeysAreInTheOrderOfTheirNumbers(t *testing.T) {
	keys := []string{"S10", "S2", "E1", "S02", "S1a", "S1"}
	slices.SortFunc(keys, labels.Compare)
	if want := []string{"E1", "S1", "S1a", "S2", "S02", "S10"}; !slices.Equal(keys, want) {
		t.Errorf("%v, want %v", keys, want)
	}
}

func TestARecordIsCalledByTheReadersOwnKey(t *testing.T) {
	s := &tumenv1.Source{ExternalIds: []*tumenv1.ExternalId{{Issuer: "jfnk", Id: "S1"}, {Issuer: "ngo", Id: "N7"}}}
	for organisation, want := range map[string]string{"ngo": "N7", "jfnk": "S1", "other": "jfnk:S1"} {
		if got := labels.Key(organisation, s); got != want {
			t.Errorf("%s calls it %q, want %q", organisation, got, want)
		}
	}
	if got := labels.Key("ngo", &tumenv1.Source{}); got != "" {
		t.Errorf("without keys: %q", got)
	}
}

func TestNamesAreFoundInReferencesAlone(t *testing.T) {
	names := map[string]bool{}
	labels.NamesIn((&tumenv1.Finding{
		Name: "cases/a/findings/b", Owner: "organisations/c", ChangeReason: "sources/e said so",
		Support: &tumenv1.Support{Supporting: &tumenv1.StanceSupport{Claims: []string{"cases/a/claims/d"}}},
	}).ProtoReflect(), names)
	if got, want := slices.Sorted(maps.Keys(names)), []string{"cases/a/claims/d", "organisations/c"}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}
