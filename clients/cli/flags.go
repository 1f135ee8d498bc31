package cli

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"

	tumenv1 "tumen/proto/tumen/v1"
)

// Flags that several kinds of record share, and those whose text is more than
// one field.

// common are the flags of every record.
func common() []binding {
	return []binding{
		{flag: "marking", path: "marking", help: "how far it may travel"},
		{flag: "external-id", path: "external_ids", help: "what others call it: `ISSUER:ID`", list: true, set: setExternalIDs},
		{flag: "label", path: "labels", help: "label for finding it again: `NAME=VALUE`", list: true, set: setLabels},
	}
}

func externalID(flag, text string) (*tumenv1.ExternalId, error) {
	issuer, id, found := strings.Cut(text, ":")
	if !found || issuer == "" || id == "" {
		return nil, usagef("--%s: %q is not ISSUER:ID", flag, visible(text))
	}
	return &tumenv1.ExternalId{Issuer: issuer, Id: id}, nil
}

func setExternalID(in *input, b *binding, values []string) error {
	id, err := externalID(b.flag, values[0])
	if err == nil {
		setMessage(in.message, b.path, id.ProtoReflect())
	}
	return err
}

func setExternalIDs(in *input, b *binding, values []string) error {
	return appendEach(in, b, values, func(text string) (protoreflect.Message, error) {
		id, err := externalID(b.flag, text)
		return id.ProtoReflect(), err
	})
}

// appendEach makes a message of every value and appends it to the list at the path.
func appendEach(in *input, b *binding, values []string, make func(string) (protoreflect.Message, error)) error {
	m, fd := in.at(b.path)
	for _, text := range values {
		item, err := make(text)
		if err != nil {
			return err
		}
		m.Mutable(fd).List().Append(protoreflect.ValueOfMessage(item))
	}
	return nil
}

func setLabels(in *input, b *binding, values []string) error {
	m, fd := in.at(b.path)
	for _, text := range values {
		name, value, err := pair(b.flag, text, "NAME=VALUE")
		if err != nil {
			return err
		}
		m.Mutable(fd).Map().Set(protoreflect.ValueOfString(name).MapKey(), protoreflect.ValueOfString(value))
	}
	return nil
}

func pair(flag, text, form string) (string, string, error) {
	name, value, found := strings.Cut(text, "=")
	if !found || name == "" {
		return "", "", usagef("--%s: %q is not %s", flag, visible(text), form)
	}
	return name, value, nil
}

// timeFlags are those of a Time at a path.
func timeFlags(path string, aspects ...tumenv1.Aspect) []binding {
	return []binding{
		{flag: "time", path: path + ".edtf", help: "when: `EDTF` (2023-10-09, 2023-10, 2020~/2023-10)", aspects: aspects},
		{flag: "night", path: path + ".night", help: "the night of that day", bare: true, aspects: aspects},
		{flag: "time-of-day", path: path + ".time_of_day", help: "`HH:MM` on the place's own clock", aspects: aspects},
		{flag: "time-of-day-approximate", path: path + ".time_of_day_approximate", help: "the time of day is \"about\"", bare: true, aspects: aspects},
		{flag: "utc-offset", path: path + ".utc_offset", help: "the place's own `OFFSET`: +08:00 in China, +09:00 in North Korea", aspects: aspects},
		{flag: "calendar", path: path + ".calendar", help: "the `CALENDAR` of the words, where not the Gregorian", aspects: aspects},
	}
}

// countFlags are those of a Count at a path.
func countFlags(path string, aspects ...tumenv1.Aspect) []binding {
	return []binding{
		{flag: "about", path: path, help: "about `N`: sets low, best and high by the tolerance", aspects: aspects, set: setAbout},
		{flag: "tolerance", path: path + ".tolerance_percent", help: "how far \"about\" reaches, in `PERCENT` (default 10)", aspects: aspects, set: setTolerance},
		{flag: "exactly", path: path, help: "exactly `N`: sets low, best and high", aspects: aspects, set: setExactly},
		{flag: "low", path: path + ".low", help: "at least `N` (\"more than 500\" is 501)", aspects: aspects},
		{flag: "best", path: path + ".best", help: "the figure given, `N`", aspects: aspects},
		{flag: "high", path: path + ".high", help: "at most `N` (\"as many as 600\" is 600)", aspects: aspects},
	}
}

func (in *input) count(path string) *tumenv1.Count {
	m, fd := in.at(path)
	return m.Mutable(fd).Message().Interface().(*tumenv1.Count)
}

func setExactly(in *input, b *binding, values []string) error {
	n, err := wholeNumber(b.flag, values[0], protoreflect.Int64Kind)
	c := in.count(b.path)
	c.Low, c.Best, c.High, c.TolerancePercent = &n, &n, &n, nil
	return err
}

// defaultTolerance is what "about" means where nobody said otherwise, in per cent.
const defaultTolerance = 10

func setAbout(in *input, b *binding, values []string) error {
	n, err := wholeNumber(b.flag, values[0], protoreflect.Int64Kind)
	if err == nil && (n < 0 || n > 100_000_000) {
		err = usagef("--%s: a count is from 0 to 100000000", b.flag)
	}
	c := in.count(b.path)
	c.Best = &n
	widen(c, defaultTolerance)
	return err
}

// setTolerance widens what --about set before it.
func setTolerance(in *input, b *binding, values []string) error {
	percent, err := wholeNumber(b.flag, values[0], protoreflect.Int32Kind)
	if err != nil {
		return err
	}
	c := in.count(strings.TrimSuffix(b.path, ".tolerance_percent"))
	if c.Best == nil || percent < 0 || percent > 100 {
		return usagef("--tolerance needs --about and is 0 to 100 per cent")
	}
	widen(c, int32(percent))
	return nil
}

// widen bounds a figure that was given as "about": whole people within the
// tolerance, so the low is rounded up and the high down.
func widen(c *tumenv1.Count, percent int32) {
	best := float64(c.GetBest())
	reach := best * float64(percent) / 100
	low, high := int64(math.Ceil(best-reach)), int64(math.Floor(best+reach))
	c.Low, c.High, c.TolerancePercent = &low, &high, &percent
}

// placeFlags are those of a list of PlaceValue at a path.
func placeFlags(path string, aspects ...tumenv1.Aspect) []binding {
	parts := []struct {
		flag, help string
		part       tumenv1.PlacePart
	}{
		{"at", "where it happened: `PLACE`", tumenv1.PlacePart_PLACE_PART_AT},
		{"from", "where it began: `PLACE`", tumenv1.PlacePart_PLACE_PART_FROM},
		{"via", "what it passed through: `PLACE`", tumenv1.PlacePart_PLACE_PART_VIA},
		{"to", "where it ended: `PLACE`", tumenv1.PlacePart_PLACE_PART_TO},
	}
	var bindings []binding
	for _, p := range parts {
		bindings = append(bindings, binding{flag: p.flag, path: path, help: p.help, list: true, aspects: aspects,
			set: func(in *input, b *binding, values []string) error {
				return appendEach(in, b, values, func(text string) (protoreflect.Message, error) {
					name, err := in.s.resolve(in.ctx, text, "Place")
					return (&tumenv1.PlaceValue{Place: name, Part: p.part}).ProtoReflect(), err
				})
			}})
	}
	return bindings
}

// setWords keeps the source's own words beside the value of the aspect. Words
// for places stand with the one place given, else as a place without a name.
func setWords(in *input, b *binding, values []string) error {
	text := values[0]
	value, _ := in.at(b.path)
	switch in.aspect() {
	case tumenv1.Aspect_ASPECT_PLACE:
		places := value.Mutable(field(value, "places")).Message().Interface().(*tumenv1.Places)
		if len(places.Places) == 1 {
			places.Places[0].Words = text
		} else {
			places.Places = append(places.Places, &tumenv1.PlaceValue{Words: text})
		}
		return nil
	default:
		kind := valueField[in.aspect()]
		setString(value.Mutable(field(value, kind)).Message(), "words", text)
		return nil
	}
}

// valueField is the field of a Value that belongs to an aspect.
var valueField = map[tumenv1.Aspect]string{
	tumenv1.Aspect_ASPECT_TIME:           "time",
	tumenv1.Aspect_ASPECT_PLACE:          "places",
	tumenv1.Aspect_ASPECT_COUNT:          "count",
	tumenv1.Aspect_ASPECT_COMPOSITION:    "composition",
	tumenv1.Aspect_ASPECT_RESPONSIBILITY: "responsibility",
	tumenv1.Aspect_ASPECT_CUSTODY_STATUS: "custody",
	tumenv1.Aspect_ASPECT_PARTICIPATION:  "participation",
}

// valueFlags are what a claim says, or a conclusion determines.
func valueFlags() []binding {
	aspect := func(a tumenv1.Aspect) []tumenv1.Aspect { return []tumenv1.Aspect{a} }
	composition := aspect(tumenv1.Aspect_ASPECT_COMPOSITION)
	responsibility := aspect(tumenv1.Aspect_ASPECT_RESPONSIBILITY)
	custody := aspect(tumenv1.Aspect_ASPECT_CUSTODY_STATUS)
	worded := []tumenv1.Aspect{tumenv1.Aspect_ASPECT_TIME, tumenv1.Aspect_ASPECT_PLACE, tumenv1.Aspect_ASPECT_COUNT,
		tumenv1.Aspect_ASPECT_COMPOSITION, tumenv1.Aspect_ASPECT_CUSTODY_STATUS}
	person := []tumenv1.Aspect{tumenv1.Aspect_ASPECT_NAME, tumenv1.Aspect_ASPECT_BIRTH, tumenv1.Aspect_ASPECT_IDENTITY}
	return slices.Concat(
		countFlags("value.count", tumenv1.Aspect_ASPECT_COUNT),
		timeFlags("value.time", tumenv1.Aspect_ASPECT_TIME),
		placeFlags("value.places.places", tumenv1.Aspect_ASPECT_PLACE),
		[]binding{
			{flag: "group", path: "value.composition.group", help: "the `GROUP`: women, children, men, elderly", aspects: composition},
			{flag: "low-percent", path: "value.composition.low_percent", help: "at least so many `PERCENT`", aspects: composition},
			{flag: "high-percent", path: "value.composition.high_percent", help: "at most so many `PERCENT`", aspects: composition},
			{flag: "authority", path: "value.responsibility.authority", help: "the `AUTHORITY`, in the source's words", aspects: responsibility},
			{flag: "attitude", path: "value.responsibility.attitude", help: "its official attitude", aspects: responsibility},
			{flag: "role", path: "value.participation.role", help: "the part somebody had", aspects: aspect(tumenv1.Aspect_ASPECT_PARTICIPATION)},
			{flag: "custody-status", path: "value.custody.status", help: "what became of somebody: `CODE`", aspects: custody},
			{flag: "whereabouts", path: "value.custody.whereabouts", help: "what the authority says about where", aspects: custody},
			{flag: "words", path: "value.words", help: "the source's own `WORDS`, in short", aspects: worded, set: setWords},
			{flag: "says", path: "protected_value", help: "what is said of the person: name (LANGUAGE=NAME), birth (EDTF) or identity", secret: true, aspects: person, set: setSays},
			{flag: "same-as", path: "protected_value.identity.same_as", help: "the `PERSON` who this is said to be", aspects: aspect(tumenv1.Aspect_ASPECT_IDENTITY)},
			{flag: "relation", path: "protected_value.relation", help: "`KIND=PERSON`: mother=persons/…", aspects: aspect(tumenv1.Aspect_ASPECT_RELATION), set: setRelation},
		})
}

func setSays(in *input, b *binding, values []string) error {
	m, fd := in.at(b.path)
	value := m.Mutable(fd).Message().Interface().(*tumenv1.ProtectedValue)
	switch in.aspect() {
	case tumenv1.Aspect_ASPECT_NAME:
		name := &tumenv1.PersonName{}
		if wrong := in.readName(name.ProtoReflect(), b, values[0]); wrong != "" {
			return usagef("--%s: %s", b.flag, wrong)
		}
		value.Kind = &tumenv1.ProtectedValue_Name{Name: name}
	case tumenv1.Aspect_ASPECT_BIRTH:
		value.Kind = &tumenv1.ProtectedValue_Birth{Birth: &tumenv1.Birth{Edtf: values[0]}}
	default:
		value.Kind = &tumenv1.ProtectedValue_Identity{Identity: &tumenv1.IdentityValue{Words: values[0]}}
	}
	return nil
}

func (in *input) relation(flag, text string) (*tumenv1.Relation, error) {
	kind, person, err := pair(flag, text, "KIND=PERSON")
	if err != nil {
		return nil, err
	}
	person, err = in.s.resolve(in.ctx, person, "Person")
	return &tumenv1.Relation{Kind: kind, Person: person}, err
}

func setRelation(in *input, b *binding, values []string) error {
	relation, err := in.relation(b.flag, values[0])
	if err == nil {
		m, fd := in.at(b.path)
		m.Set(fd, protoreflect.ValueOfMessage(relation.ProtoReflect()))
	}
	return err
}

// setLines reads one item a line.
func setLines(in *input, b *binding, values []string) error {
	m, fd := in.at(b.path)
	for _, line := range linesOf(values) {
		m.Mutable(fd).List().Append(protoreflect.ValueOfString(line))
	}
	return nil
}

// setReleases reads PURPOSE=BASIS.
func setReleases(in *input, b *binding, values []string) error {
	return appendEach(in, b, values, func(text string) (protoreflect.Message, error) {
		purpose, basis, err := pair(b.flag, text, "PURPOSE=BASIS")
		if err != nil {
			return nil, err
		}
		release := (&tumenv1.Release{}).ProtoReflect()
		for name, given := range map[string]string{"purpose": purpose, "basis": basis} {
			value, err := in.scalar(b.flag, field(release, name), given)
			if err != nil {
				return nil, err
			}
			release.Set(field(release, name), value)
		}
		return release, nil
	})
}

func number(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }
