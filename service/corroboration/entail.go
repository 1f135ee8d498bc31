package corroboration

import tumenv1 "tumen/proto/tumen/v1"

// Entails says whether what a claim says can be true only if value is. Of the
// evidence it uses Lasting and Contains alone.
func (e Evidence) Entails(claim, value *tumenv1.Value) bool { return false }

// EntailsProtected is Entails for what is said of a person.
func EntailsProtected(claim, value *tumenv1.ProtectedValue) bool { return false }
