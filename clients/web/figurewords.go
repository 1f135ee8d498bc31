package web

import (
	"tumen/clients/web/picture"
	"tumen/clients/web/wording"
	tumenv1 "tumen/proto/tumen/v1"
)

func mapWords(w *wording.Words) picture.MapWords {
	return picture.MapWords{
		Parts: map[picture.Part]string{
			picture.At: w.Enum(tumenv1.PlacePart_PLACE_PART_AT), picture.From: w.Enum(tumenv1.PlacePart_PLACE_PART_FROM),
			picture.Via: w.Enum(tumenv1.PlacePart_PLACE_PART_VIA), picture.To: w.Enum(tumenv1.PlacePart_PLACE_PART_TO),
			picture.Several: w.Say("picture.several_parts"),
		},
		Within: w.Say("picture.within_circle"), Leg: w.Say("picture.leg"), Denied: w.Say("picture.leg_doubted"), Stances: stanceWords(w),
	}
}

func stanceWords(w *wording.Words) picture.StanceWords {
	return picture.StanceWords{
		Asserts: w.Enum(tumenv1.Stance_STANCE_ASSERTS), Denies: w.Enum(tumenv1.Stance_STANCE_DENIES),
		Unsure: w.Enum(tumenv1.Stance_STANCE_DOES_NOT_CONFIRM), Disputed: w.Say("picture.disputed"),
	}
}

func graphWords(w *wording.Words) picture.GraphWords {
	return picture.GraphWords{
		Relays: w.Say("picture.relays"), Known: w.Say("picture.tied"), Possible: w.Say("picture.may_be_tied"),
		Dependent: w.Say("picture.one_voice"), MayDepend: w.Say("picture.perhaps_one_voice"), Stances: stanceWords(w),
	}
}
