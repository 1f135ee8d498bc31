package service

import (
	"slices"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	tumenv1 "tumen/proto/tumen/v1"
	"tumen/service/records"
)

// What was obtained by means of a credential goes where that goes: who stole one must not
// stay by what they asked for with it.

// obtainedBy is by what the caller is known, which what they obtain now records.
func (c *change) obtainedBy() [][]byte {
	var by [][]byte
	for _, key := range c.reader.Credentials {
		by = append(by, []byte(key))
	}
	return by
}

// takeAlong revokes what its member obtained by a credential, or by what they so obtained,
// and says how much of that worked. What has ended is passed through. The caller's own
// stays, with what was obtained by it: else nobody could revoke what came before it.
func (c *change) takeAlong(mine []*tumenv1.Credential, cred *tumenv1.Credential) (n int32, err error) {
	reached := map[string]bool{string(cred.GetTokenHash()): true}
	for further := true; further; {
		further = false
		for _, one := range mine {
			key := string(one.GetTokenHash())
			if reached[key] || slices.Contains(c.reader.Credentials, key) || !slices.ContainsFunc(one.GetObtainedBy(), func(by []byte) bool { return reached[string(by)] }) {
				continue
			}
			reached[key], further = true, true
			if !opens(one, c.Now()) {
				continue
			}
			if err := end(c.Tx, one); err != nil {
				return 0, err
			}
			n++
		}
	}
	return n, nil
}

// opens says whether a credential lets its member in, or gives what does.
func opens(cred *tumenv1.Credential, now time.Time) bool {
	return works(cred, now) || cred.GetSignIn() != nil && cred.GetRevokeTime() == nil
}

// end revokes a credential; nothing is kept of a passphrase.
func end(tx *records.Tx, cred *tumenv1.Credential) error {
	if cred.GetRevokeTime() == nil {
		cred.RevokeTime = timestamppb.New(tx.Now())
	}
	cred.SignIn = nil
	return tx.PutCredential(cred)
}
