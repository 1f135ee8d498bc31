package cli

import (
	"strings"

	"tumen/clients/labels"
	tumenv1 "tumen/proto/tumen/v1"
)

func placeNoun() *noun {
	return &noun{
		name: "place", message: "Place", plural: "Places", service: "PlaceService",
		short: "Places: those that come with the program, and your own",
		flags: append([]binding{
			{flag: "names", path: "names", help: "a name: `LANGUAGE=NAME` (ko=훈춘)", list: true, set: setNames},
			{flag: "kind", path: "kind", help: "what it is"},
			{flag: "latitude", path: "location.latitude", help: "`DEGREES` north, WGS 84"},
			{flag: "longitude", path: "location.longitude", help: "`DEGREES` east, WGS 84"},
			{flag: "radius", path: "location.radius_m", help: "it lies within so many `METRES` of the point"},
			{flag: "said-by", path: "location.said_by", help: "`WHO` says so"},
			{flag: "geonames-id", path: "geonames_id", help: "GeoNames `ID`, where it was looked up"},
			{flag: "contained-in", path: "contained_in", help: "the `PLACE` that contains it"},
			{flag: "connects", path: "connects", help: "for a crossing: `PLACE` on one side", list: true},
		}, common()...),
		flex: 2,
		columns: []column{
			keyColumn(),
			col("KIND", func(p *tumenv1.Place) string { return word(p.GetKind()) }),
			col("NAMES", placeNames),
			col("IN", (*tumenv1.Place).GetContainedIn),
			nameColumn(),
		},
	}
}

func placeNames(p *tumenv1.Place) string {
	var names []string
	for _, n := range p.GetNames() {
		names = append(names, n.GetText())
	}
	return strings.Join(names, ", ")
}

// placeLabel is what a place is called in sentences: its English name, else its first.
func placeLabel(p *tumenv1.Place) string {
	for _, n := range p.GetNames() {
		if n.GetLanguage() == "en" {
			return n.GetText()
		}
	}
	if len(p.GetNames()) > 0 {
		return p.GetNames()[0].GetText()
	}
	return labels.Short(p.GetName())
}

func termNoun() *noun {
	return &noun{
		name: "term", message: "Term", plural: "Terms", service: "VocabularyService",
		short: "Terms: codes for acts, source kinds and custody statuses",
		flags: append([]binding{
			{flag: "vocabulary", path: "vocabulary", help: "its code list"},
			{flag: "code", path: "code", help: "the `CODE`, unique in its list"},
			{flag: "names", path: "names", help: "a label: `LANGUAGE=LABEL`", list: true, set: setNames},
			{flag: "lasting", path: "lasting", help: "for an act: it lasts", bare: true},
			{flag: "huridocs-code", path: "huridocs_code", help: "the matching `CODE` of the HURIDOCS micro-thesauri"},
			{flag: "personal", path: "personal", help: "for a source kind: the source is a person, whose identity is protected", bare: true},
		}, common()...),
		flex: 2,
		columns: []column{
			col("LIST", func(t *tumenv1.Term) string { return word(t.GetVocabulary()) }),
			col("CODE", (*tumenv1.Term).GetCode),
			col("LABEL", termLabel),
			col("LASTS", func(t *tumenv1.Term) string { return yes(t.GetLasting()) }),
			col("HURIDOCS", (*tumenv1.Term).GetHuridocsCode),
		},
	}
}

// termLabel is what a code is called: in English, else its first label, else itself.
func termLabel(t *tumenv1.Term) string { return firstOf(labels.Term(t, "en"), t.GetCode()) }

func yes(b bool) string {
	if b {
		return "yes"
	}
	return ""
}
