package client

import (
	"errors"
	"fmt"
	"path/filepath"
)

// LoadInvitation reads what a new member is given to reach the server: a profile without
// a token. Others may read it; a file with a token in it is refused.
func LoadInvitation(path string) (*Profile, error) {
	raw, err := readBounded(path)
	if err != nil {
		return nil, fmt.Errorf("invitation: %w", err)
	}
	p, err := parseProfile(raw)
	if err == nil && (p.Token != "" || p.TokenFile != "") {
		err = errors.New("this is the profile of who has a token; an invitation has none")
	}
	if err == nil {
		err = p.complete(filepath.Dir(path))
	}
	if err != nil {
		return nil, fmt.Errorf("invitation %s: %w", path, err)
	}
	return p, nil
}

// Invitation is a profile of the same server for another member, without a token.
func (p *Profile) Invitation(member string) *Profile {
	return &Profile{Address: p.Address, CA: p.CA, Organisation: p.Organisation, Member: member, Demo: p.Demo}
}
