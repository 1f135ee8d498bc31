package web

import (
	tumenv1 "tumen/proto/tumen/v1"
)

// endCredential has the tumen server know the member no longer by one of the things that
// it knows them by, or by any of their sessions: whoever holds one is out at the next call.
func (s *Site) endCredential(v *visit) error {
	if !v.may("CredentialService/RevokeCredential") {
		return errNotFound
	}
	reply, err := s.conn.Credentials.ListCredentials(v.context(), &tumenv1.ListCredentialsRequest{})
	if err != nil {
		return err
	}
	var ends []*tumenv1.CredentialSummary // the one in use last, or nothing more could be ended
	for _, c := range reply.GetCredentials() {
		asked := c.GetName() == v.got("name") || v.got("sessions") != "" && c.GetKind() == tumenv1.CredentialKind_CREDENTIAL_KIND_SESSION
		switch {
		case !asked || c.GetRevokeTime() != nil:
		case c.GetCurrent():
			ends = append(ends, c)
		default:
			ends = append([]*tumenv1.CredentialSummary{c}, ends...)
		}
	}
	current := false
	for _, c := range ends {
		if _, err := s.conn.Credentials.RevokeCredential(v.context(), &tumenv1.RevokeCredentialRequest{Name: c.GetName(), Reason: "ended in the browser"}); err != nil {
			return err
		}
		current = current || c.GetCurrent()
	}
	if !current {
		return v.redirect("/me")
	}
	v.session.credential = "" // it is ended already
	v.leaveSession()
	return v.redirect("/sign-in")
}
