package seal

import (
	"errors"

	"filippo.io/age"
)

const stanzaType = "tumen-key"

// keyed makes a symmetric key a recipient and an identity of age files: the file
// key is a sealed value in the header, with associated data that age has no place
// for.
type keyed struct {
	key *DataKey
	ad  []byte
}

var errStanza = errors.New("seal: the header is of another kind")

// Wrap implements age.Recipient.
func (k keyed) Wrap(fileKey []byte) ([]*age.Stanza, error) {
	return []*age.Stanza{{Type: stanzaType, Body: k.key.Seal(nil, fileKey, k.ad)}}, nil
}

// Unwrap implements age.Identity.
func (k keyed) Unwrap(stanzas []*age.Stanza) ([]byte, error) {
	if len(stanzas) != 1 || len(stanzas[0].Args) != 0 {
		return nil, errStanza
	}
	if stanzas[0].Type != stanzaType {
		return nil, age.ErrIncorrectIdentity
	}
	fileKey, err := k.key.Open(nil, stanzas[0].Body, k.ad)
	if err != nil {
		return nil, age.ErrIncorrectIdentity
	}
	if len(fileKey) != fileKeySize {
		return nil, errStanza
	}
	return fileKey, nil
}

// fileKeySize is what the age format says.
const fileKeySize = 16
