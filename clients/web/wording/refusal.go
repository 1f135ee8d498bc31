package wording

import (
	"strings"

	"github.com/nicksnyder/go-i18n/v2/i18n"

	tumenv1 "tumen/proto/tumen/v1"
)

// Refusal says why a server refused something and what to do, by the reason code that
// it gives ("ETAG_STALE") and what it tells beside. What is not told is left out of the
// sentence; without a sentence for the reason it is false.
//
// In the catalogue each reason has a sentence that needs nothing, refusal.invalid_date.
// Some have another for a form of text that was wanted, refusal.invalid_date_day, or one
// with values, refusal.invalid_date_told, which is said where all of them are there.
func (w *Words) Refusal(reason string, metadata map[string]string) (string, bool) {
	id := refusalID(reason)
	plain, ok := w.plain[id]
	if !ok {
		return "", false
	}
	if text, ok := w.plain[id+"_"+metadata["form"]]; ok {
		return text, true
	}
	values := w.told(metadata)
	for _, suffix := range []string{"_told", "_between", "_least", "_most"} {
		if text, ok := w.with(id+suffix, values); ok {
			return text, true
		}
	}
	return plain, true
}

// refusalID is where the sentence of a reason stands. Bounds of numbers are one reason,
// whatever holds the number.
func refusalID(reason string) string {
	for _, of := range []string{"INT32_", "INT64_", "DOUBLE_", "DURATION_"} {
		if strings.HasPrefix(reason, of) {
			return "refusal.number_bounds"
		}
	}
	return "refusal." + strings.ToLower(reason)
}

// told are the values of an error for a sentence: codes of states in words.
func (w *Words) told(metadata map[string]string) map[string]any {
	values := map[string]any{}
	for key, value := range metadata {
		if value == "" {
			continue
		}
		if key == "state" {
			number, known := tumenv1.FindingState_value["FINDING_STATE_"+value]
			if !known {
				continue
			}
			value = w.Enum(tumenv1.FindingState(number))
		}
		values[key] = value
	}
	return values
}

// with is the text with that id if there is one and all its values are there.
func (w *Words) with(id string, values map[string]any) (string, bool) {
	text, err := w.localizer.Localize(&i18n.LocalizeConfig{MessageID: id, TemplateData: values, TemplateParser: parser})
	return text, err == nil
}
