package web

import "net/http"

// routes are all pages. A pattern that is not here has no page.
func (s *Site) routes() {
	s.mux.HandleFunc("GET /style.css", always("text/css; charset=utf-8", style))
	s.mux.HandleFunc("GET /icon.png", always("image/png", icon))
	s.route("GET /sign-in", anybody, s.showSignIn)
	s.route("POST /sign-in", anybody, s.signIn)
	s.route("GET /enter/{code}", anybody, s.enter)
	s.route("POST /sign-out", members, s.signOut)
	s.mux.HandleFunc("POST /leave", s.quickExit)
	s.route("POST /language", members, s.setLanguage)

	s.route("GET /{$}", members, s.work)
	s.route("GET /cases", members, s.cases)
	s.route("GET /cases/{case}", members, s.casePage)
	s.route("GET /cases/{case}/findings/{finding}", members, s.findingPage)
	s.route("GET /cases/{case}/claims/{claim}", members, s.claimPage)
	s.route("GET /history/{record...}", members, s.historyPage)
	s.route("POST /cases/{case}/export", members, s.exportCase)
	s.route("GET /cases/{case}/grants", members, s.grantsPage)
	s.route("GET /submissions", members, s.submissions)
	s.route("GET /submissions/{submission}", members, s.submissionPage)
	s.route("GET /members", members, s.membersPage)
	s.route("GET /me", members, s.mePage)
	s.route("GET /ledger", members, s.ledgerPage)
	s.route("GET /find", members, s.findRecord)
	s.route("GET /persons", members, s.persons)
	s.route("GET /persons/{person}", members, s.personPage)
	s.route("GET /sources", members, s.sources)
	s.route("GET /sources/{source}", members, s.sourcePage)
	s.route("GET /sources/{source}/captures", members, s.showPreserve)
	s.answer("POST /sources/{source}/captures", members, s.visitWithFile, s.preserve)
	s.route("GET /sources/{source}/captures/{capture}", members, s.downloadCapture)
	s.route("GET /cases/{case}/pictures", members, s.picturesPage)
	s.route("GET /cases/{case}/pictures/{picture}", members, s.casePicture)
	s.route("GET /cases/{case}/findings/{finding}/sources.png", members, s.findingPicture)

	s.route("GET /new/{kind}", members, s.showNew)
	s.route("POST /new/{kind}", members, s.makeNew)
	s.route("GET /edit/{record...}", members, s.showEdit)
	s.route("POST /edit/{record...}", members, s.saveEdit)

	s.route("GET /intake", members, s.showIntake)
	s.route("POST /intake", members, s.beginIntake)
	s.route("GET /intake/{step}", members, s.showIntakeStep)
	s.route("POST /intake/{step}", members, s.saveIntakeStep)

	s.route("GET /cases/{case}/bulk", members, s.showBulk)
	s.answer("POST /cases/{case}/bulk", members, s.visitWithTable, s.takeTable)
	s.route("GET /cases/{case}/bulk/template", members, s.bulkTemplate)
	s.route("POST /cases/{case}/bulk/table", members, s.correctTable)
	s.route("GET /cases/{case}/bulk/progress", members, s.showProgress)
	s.route("POST /cases/{case}/bulk/stop", members, s.stopProgress)

	s.route("GET /identity/{record...}", members, s.showConfirm)
	s.route("POST /identity/{record...}", members, s.confirm)
	s.route("POST /me/end", members, s.endCredential)
	s.route("GET /act/{act}", members, s.showAct)
	s.route("POST /act/{act}", members, s.doAct)
	s.route("GET /do/{step}/{record...}", members, s.showStep)
	s.route("POST /do/{step}/{record...}", members, s.takeStep)

	s.route("GET /drafts", members, s.drafts)
	s.route("GET /drafts/{draft}", members, s.openDraftPage)
	s.route("POST /drafts/{draft}/delete", members, s.deleteDraft)

	s.route("/", anybody, func(*visit) error { return errNotFound })
}

// always answers with the same, whoever asks.
func always(kind string, content []byte) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", kind)
		_, _ = w.Write(content) // who has gone away reads no error
	}
}
