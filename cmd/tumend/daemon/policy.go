package daemon

// policyFile stands beside the demonstration's profiles.
const policyFile = "policy"

// Policy says whose exports are to be believed, as text for who verifies them: a
// line "log <verifier key>" (C2SP signed-note) for each epoch of the ledger.
// Comments begin with #.
func (s *Server) Policy() string {
	return "# Whose signature an export of this server has to bear.\nlog " + s.opened.records.VerifierKey() + "\n"
}
