package verify

import (
	"errors"
	"fmt"
	"strconv"

	"tumen/clients/verify/support"
)

// How a stored support, and the values that it is about, are read. A member that
// the format does not know is refused: what it says would not be compared.

var errWord = errors.New("is not one of the words that the format has for it")

// intoWord reads a word of a closed list as its number.
func intoWord[T ~uint8](to *T, words []string) func([]byte) error {
	return func(raw []byte) error {
		t, err := text(raw)
		if err != nil {
			return err
		}
		for i, w := range words {
			if w == t && w != "" {
				*to = T(i)
				return nil
			}
		}
		return errWord
	}
}

// The closed lists, by number; 0 is never written.
var (
	aspectWords = []string{
		"", "ASPECT_OCCURRENCE", "ASPECT_TIME", "ASPECT_PLACE", "ASPECT_COUNT", "ASPECT_COMPOSITION", "ASPECT_RESPONSIBILITY",
		"ASPECT_PARTICIPATION", "ASPECT_CUSTODY_STATUS", "ASPECT_NAME", "ASPECT_BIRTH", "ASPECT_IDENTITY", "ASPECT_RELATION",
	}
	// outcomeWords are the states of a decided finding.
	outcomeWords = []string{
		"FINDING_STATE_CREDIBLE_SINGLE_SOURCE", "FINDING_STATE_CORROBORATED", "FINDING_STATE_VERIFIED",
		"FINDING_STATE_DISPUTED", "FINDING_STATE_FOUND_INACCURATE", "FINDING_STATE_UNVERIFIABLE",
	}
	stanceWords      = []string{"", "STANCE_ASSERTS", "STANCE_DENIES", "STANCE_DOES_NOT_CONFIRM"}
	basisWords       = []string{"", "BASIS_FIRST_HAND", "BASIS_OWN_CONTACTS", "BASIS_OFFICIAL_STATEMENT", "BASIS_RELAYED", "BASIS_NOT_STATED"}
	tieWords         = []string{"", "TIE_KIND_SAME_WITNESS", "TIE_KIND_SAME_CONTACT", "TIE_KIND_POSSIBLY_SAME", "TIE_KIND_SEPARATED"}
	reliabilityWords = []string{"", "RELIABILITY_A", "RELIABILITY_B", "RELIABILITY_C", "RELIABILITY_D", "RELIABILITY_E", "RELIABILITY_F"}
	credibilityWords = []string{"", "CREDIBILITY_CONFIRMED", "CREDIBILITY_PROBABLY_TRUE", "CREDIBILITY_POSSIBLY_TRUE", "CREDIBILITY_DOUBTFUL", "CREDIBILITY_IMPROBABLE", "CREDIBILITY_CANNOT_BE_JUDGED"}
	reasonWords      = []string{"", "LEFT_OUT_REASON_REPEATS_COUNTED_ORIGIN", "LEFT_OUT_REASON_ORIGIN_TAKES_ANOTHER_STANCE", "LEFT_OUT_REASON_UNRESOLVED_RELAY", "LEFT_OUT_REASON_DOES_NOT_ENTAIL", "LEFT_OUT_REASON_DIFFERS_FROM_ORIGIN", "LEFT_OUT_REASON_CYCLE"}
	flagWords        = []string{"", "FLAG_KIND_RELAY_DIFFERS", "FLAG_KIND_RELAY_CYCLE", "FLAG_KIND_CONTRADICTS_ITSELF", "FLAG_KIND_LISTING_SHORTENED", "FLAG_KIND_NOT_CONFIRMED"}
)

func intoTruth(to *bool) func([]byte) error {
	return func(raw []byte) error {
		*to = string(raw) == "true"
		if !*to && string(raw) != "false" {
			return errors.New("is neither true nor false")
		}
		return nil
	}
}

func intoNumber(to *int) func([]byte) error {
	return func(raw []byte) error {
		n, err := whole(raw)
		*to = int(n)
		return err
	}
}

func intoList[T any](to *[]T, read func([]byte) (T, error)) func([]byte) error {
	return func(raw []byte) error {
		return list(raw, func(raw []byte) error {
			item, err := read(raw)
			*to = append(*to, item)
			return err
		})
	}
}

func into[T any](to *T, read func([]byte) (T, error)) func([]byte) error {
	return func(raw []byte) (err error) {
		*to, err = read(raw)
		return err
	}
}

// skipped is for what is read and not compared.
func skipped(raw []byte) error {
	_, err := text(raw)
	return err
}

// knownRules is the number of the rules by which package support works a support out.
const knownRules = 1

// rulesOf reads by which rules a support was worked out, whatever else is in it.
func rulesOf(raw []byte) (n int64, err error) {
	err = object(raw, func(name string, raw []byte) (err error) {
		if name == "rules" {
			n, err = whole(raw)
		}
		return err
	})
	return n, err
}

func readSupport(raw []byte) (*support.Support, error) {
	s := &support.Support{}
	err := readers{
		"rules":      func([]byte) error { return nil }, // rulesOf
		"supporting": into(&s.Supporting, readStanding), "denying": into(&s.Denying, readStanding), "not_confirming": into(&s.NotConfirming, readStanding),
		"values": intoList(&s.Values, readValueSupport), "agreement": intoList(&s.Agreement, readAgreement), "flags": intoList(&s.Flags, readFlag),
	}.read(raw)
	return s, err
}

func readStanding(raw []byte) (s support.Standing, err error) {
	err = readers{
		"at_least": intoNumber(&s.AtLeast), "at_most": intoNumber(&s.AtMost), "groups": intoList(&s.Groups, readGroup),
		"left_out": intoList(&s.LeftOut, readLeftOut), "cycles": intoList(&s.Cycles, readCycle),
		"best_reliability": intoWord(&s.Reliability, reliabilityWords), "best_credibility": intoWord(&s.Credibility, credibilityWords),
		"claims": intoTexts(&s.Claims), "unresolved": intoList(&s.Unresolved, readUnresolved),
	}.read(raw)
	return s, err
}

func readGroup(raw []byte) (g support.Group, err error) {
	err = readers{
		"origins": intoList(&g.Origins, readOrigin), "joints": intoList(&g.Joints, readJoint),
		"grounded": intoTruth(&g.Grounded), "known_distinct": intoNumber(&g.KnownDistinct),
	}.read(raw, "origins")
	if err == nil && len(g.Origins) == 0 {
		err = errors.New("is a group without origins")
	}
	return g, err
}

func readOrigin(raw []byte) (o support.Origin, err error) {
	err = readers{
		"source": intoText(&o.Source), "basis": intoWord(&o.Basis, basisWords), "grounded": intoTruth(&o.Grounded), "claims": intoTexts(&o.Claims),
	}.read(raw, "source")
	return o, err
}

func readJoint(raw []byte) (j support.Joint, err error) {
	err = readers{
		"a": intoText(&j.A), "b": intoText(&j.B), "known": intoTruth(&j.Known), "ties": intoTexts(&j.Ties), "through": intoTexts(&j.Through),
	}.read(raw, "a", "b", "ties")
	return j, err
}

func readLeftOut(raw []byte) (l support.LeftOut, err error) {
	err = readers{
		"claim": intoText(&l.Claim), "source": intoText(&l.Source), "reason": intoWord(&l.Reason, reasonWords), "origins": intoTexts(&l.Origins),
	}.read(raw, "claim", "reason")
	return l, err
}

func readCycle(raw []byte) (sources []string, err error) {
	err = readers{"sources": intoTexts(&sources)}.read(raw, "sources")
	return sources, err
}

func readUnresolved(raw []byte) (u support.Unresolved, err error) {
	err = readers{
		"claim": intoText(&u.Claim), "source": intoText(&u.Source), "possible_origins": intoTexts(&u.PossibleOrigins), "counted": intoTruth(&u.Counted),
	}.read(raw, "claim")
	return u, err
}

func readValueSupport(raw []byte) (v support.ValueSupport, err error) {
	err = readers{
		"value": into(&v.Value, readValue), "label": intoText(&v.Label), "asserted_by": intoTexts(&v.AssertedBy),
		"determined": intoTruth(&v.Determined), "support": into(&v.Support, readStanding),
	}.read(raw)
	return v, err
}

func readAgreement(raw []byte) (a support.Agreement, err error) {
	err = readers{
		"value": into(&a.Value, readValue), "label": intoText(&a.Label), "claims": intoTexts(&a.Claims), "origins": intoTexts(&a.Origins),
		"at_least": intoNumber(&a.AtLeast), "at_most": intoNumber(&a.AtMost),
	}.read(raw)
	return a, err
}

func readFlag(raw []byte) (f support.Flag, err error) {
	err = readers{
		"kind": intoWord(&f.Kind, flagWords), "claim": intoText(&f.Claim), "source": intoText(&f.Source), "origin": intoText(&f.Origin), "text": skipped,
	}.read(raw, "kind")
	return f, err
}

// readValue reads what is said of an event or an involvement.
func readValue(raw []byte) (*support.Value, error) {
	v := &support.Value{Text: string(raw)}
	err := readers{
		"time":           func(raw []byte) error { return readTime(v, raw) },
		"places":         func(raw []byte) error { return readPlaces(v, raw) },
		"count":          func(raw []byte) error { return readCount(v, raw) },
		"composition":    func(raw []byte) error { return readComposition(v, raw) },
		"responsibility": twoWords("authority", "attitude", nil, v.AddAttitude),
		"custody": twoWords("status", "whereabouts", worded(v, "words", "words_language"), func(first, second string) {
			v.AddTerm(support.Custody, first, second)
		}),
		"participation": twoWords("role", "", nil, func(first, _ string) { v.AddTerm(support.Role, first, "") }),
	}.read(raw)
	return v, err
}

// readProtectedValue reads what is said of a person.
func readProtectedValue(raw []byte) (*support.Value, error) {
	v := &support.Value{Text: string(raw), Personal: true}
	err := readers{
		"name": twoWords("text", "kind", worded(v, "script", "language", "romanisation"), func(first, second string) {
			v.AddTerm(support.Name, first, second)
		}),
		"birth": func(raw []byte) error {
			var edtf string
			var korean bool
			known := worded(v, "words", "words_language")
			known["edtf"], known["korean_age"] = intoText(&edtf), intoTruth(&korean)
			err := known.read(raw)
			v.AddBirth(edtf)
			return err
		},
		"identity": twoWords("same_as", "", worded(v, "words"), func(first, _ string) { v.AddTerm(support.Identity, first, "") }),
		"relation": twoWords("kind", "person", worded(v, "words"), func(first, second string) { v.AddTerm(support.Relation, first, second) }),
	}.read(raw)
	return v, err
}

// worded are members that hold words beside what is compared.
func worded(v *support.Value, names ...string) readers {
	known := readers{}
	for _, name := range names {
		known[name] = func(raw []byte) error {
			v.Worded = true
			return skipped(raw)
		}
	}
	return known
}

// twoWords reads an object of two texts, beside what else it may have.
func twoWords(first, second string, beside readers, add func(first, second string)) func([]byte) error {
	return func(raw []byte) error {
		var a, b string
		known := readers{first: intoText(&a)}
		if second != "" {
			known[second] = intoText(&b)
		}
		for name, read := range beside {
			known[name] = read
		}
		err := known.read(raw)
		add(a, b)
		return err
	}
}

func readTime(v *support.Value, raw []byte) error {
	var edtf, at, offset string
	var night, approximate bool
	known := worded(v, "words", "words_language", "calendar")
	known["edtf"], known["night"], known["time_of_day"] = intoText(&edtf), intoTruth(&night), intoText(&at)
	known["time_of_day_approximate"], known["utc_offset"] = intoTruth(&approximate), intoText(&offset)
	err := known.read(raw)
	v.AddTime(edtf, night, at, offset, approximate)
	return err
}

func readPlaces(v *support.Value, raw []byte) error {
	return readers{"places": func(raw []byte) error {
		return list(raw, twoWords("place", "part", worded(v, "words", "words_language"), v.AddPlace))
	}}.read(raw)
}

func readCount(v *support.Value, raw []byte) error {
	var low, high *float64
	known := worded(v, "words", "words_language")
	known["low"], known["high"] = intoBound(&low), intoBound(&high)
	for _, name := range []string{"best", "tolerance_percent"} {
		known[name] = func(raw []byte) error {
			v.Worded = true
			_, err := whole(raw)
			return err
		}
	}
	err := known.read(raw)
	for i, bound := range []*float64{low, high} {
		if bound != nil {
			v.AddCount(i == 1, *bound)
		}
	}
	return err
}

func readComposition(v *support.Value, raw []byte) error {
	var group string
	var low, high *float64
	known := worded(v, "words", "words_language")
	known["group"], known["low_percent"], known["high_percent"] = intoText(&group), intoBound(&low), intoBound(&high)
	err := known.read(raw)
	for i, bound := range []*float64{low, high} {
		if bound != nil {
			v.AddShare(group, i == 1, *bound)
		}
	}
	return err
}

func intoBound(to **float64) func([]byte) error {
	return func(raw []byte) error {
		f, err := strconv.ParseFloat(string(raw), 64)
		if err != nil {
			return fmt.Errorf("is not a number: %s", shortened(raw))
		}
		*to = &f
		return nil
	}
}
