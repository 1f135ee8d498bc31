package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	tumenv1 "tumen/proto/tumen/v1"
)

// asBrowsersSend is a form as browsers send it: lines end in CR LF, and an input of one
// line has none.
func asBrowsersSend(page string, form url.Values) url.Values {
	for name, values := range form {
		for i, text := range values {
			if strings.Contains(page, `<input id="`+strings.NewReplacer("f.", "f-", ".", "-").Replace(name)+`"`) {
				text = strings.NewReplacer("\r", "", "\n", "").Replace(text)
			}
			values[i] = strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\n", "\r\n")
		}
	}
	return form
}

// What nobody touched stays as it is, to the letter, also where a page shows it otherwise.
func TestWhatNobodyTouchedStaysAsItIs(t *testing.T) {
	p := start(t)
	conn := p.as("case-worker")
	var colleagues []string
	list, err := conn.Access.ListColleagues(t.Context(), &tumenv1.ListColleaguesRequest{PageSize: 10})
	ok(t, err)
	for _, m := range list.GetMembers() {
		colleagues = append([]string{m.GetName()}, colleagues...)
	}
	for name, of := range map[string]*tumenv1.Case{
		"an override in a title":     {Title: "gnp\u202ecod", Summary: "x"},
		"a zero width space":         {Title: "a\u200bb", Summary: "soft\u00adhyphen"},
		"several lines":              {Title: "t", Summary: "one\ntwo\n\nthree"},
		"lines as others write them": {Title: "t", Summary: "one\r\ntwo"},
		"spaces around":              {Title: " t ", Summary: "\n x\n"},
		"people in an order":         {Title: "t", Assignees: colleagues},
		"what is shown so":           {Title: "written [U+202E] as such", Summary: "x"},
	} {
		t.Run(name, func(t *testing.T) {
			made, err := conn.Cases.CreateCase(t.Context(), &tumenv1.CreateCaseRequest{Case: of, Reason: "first report"})
			ok(t, err)
			before := made.GetCase()
			b := p.signedIn("case-worker", "en")
			b.get("/edit/" + before.GetName())
			form := asBrowsersSend(b.page, b.form(map[string]string{"do": "save", "f.urgency": "urgent", "reason": "it is"}))
			status(t, b.post("/edit/"+before.GetName(), form), http.StatusSeeOther)
			read, err := conn.Cases.GetCase(t.Context(), &tumenv1.GetCaseRequest{Name: before.GetName()})
			ok(t, err)
			after := read.GetCase()
			if after.GetUrgency() != tumenv1.Urgency_URGENCY_URGENT {
				t.Error("what was changed was not")
			}
			if after.GetTitle() != before.GetTitle() || after.GetSummary() != before.GetSummary() || strings.Join(after.GetAssignees(), " ") != strings.Join(before.GetAssignees(), " ") {
				t.Errorf("%q became %q, %q became %q, %v became %v", before.GetTitle(), after.GetTitle(), before.GetSummary(), after.GetSummary(), before.GetAssignees(), after.GetAssignees())
			}
		})
	}
}
