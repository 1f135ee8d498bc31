package seal

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"filippo.io/age"
)

// DefaultWorkFactor is the cost of a passphrase: scrypt over 2^18 blocks, about
// a second and 256 MiB.
const DefaultWorkFactor = 18

// MakeIdentityFile makes an age identity (X25519), writes it to path, one line
// of text, mode 0600, and gives it as a root key. The error is fs.ErrExist if
// there is a file, which stays as it is.
func MakeIdentityFile(path string) (Root, error) {
	identity, err := age.GenerateX25519Identity()
	if err != nil {
		return nil, err
	}
	at := &folder{path: filepath.Dir(path)}
	if err := at.create(filepath.Base(path), []byte(identity.String()+"\n")); err != nil {
		return nil, fmt.Errorf("making the root key %s: %w", path, err)
	}
	return identityRoot(path, identity)
}

// IdentityFile takes the age identity in a file as a root key: what age-keygen
// writes, X25519 or post-quantum, exactly one. Only its owner may be able to
// read the file.
func IdentityFile(path string) (Root, error) {
	text, err := readRoot(path, 0o077)
	if err != nil {
		return nil, err
	}
	return parseIdentity(path, text)
}

// HandedFile takes as a root key what the service manager hands over in a file:
// an age identity, or 32 raw bytes. The file may be readable by a group, since
// systemd's credentials show so where they are opened by an access list.
func HandedFile(path string) (Root, error) {
	content, err := readRoot(path, 0o037)
	if err != nil {
		return nil, err
	}
	if len(content) != KeySize {
		return parseIdentity(path, content)
	}
	key := keyed{key: dataKey([KeySize]byte(content)), ad: []byte("tumen root 1")}
	return &ageRoot{source: path, recipient: key, identity: key}, nil
}

// Passphrase takes a passphrase as a root key, by age's scrypt; its bytes count
// as they are. workFactor is the binary logarithm of the cost, from 1 to 22; 0 is
// DefaultWorkFactor. What was wrapped at a higher cost than both is refused.
func Passphrase(passphrase string, workFactor int) (Root, error) {
	if workFactor == 0 {
		workFactor = DefaultWorkFactor
	}
	if workFactor < 1 || workFactor > 22 {
		return nil, fmt.Errorf("the work factor of a passphrase is from 1 to 22, not %d", workFactor)
	}
	recipient, err := age.NewScryptRecipient(passphrase)
	if err != nil {
		return nil, fmt.Errorf("the passphrase of the root key can't be used: %w", err)
	}
	recipient.SetWorkFactor(workFactor)
	identity, err := age.NewScryptIdentity(passphrase)
	if err != nil {
		return nil, fmt.Errorf("the passphrase of the root key can't be used: %w", err)
	}
	// A damaged file must not be able to ask for more memory than there is.
	identity.SetMaxWorkFactor(max(workFactor, DefaultWorkFactor))
	return &ageRoot{source: "the passphrase", recipient: recipient, identity: identity}, nil
}

func readRoot(path string, forbidden fs.FileMode) ([]byte, error) {
	content, err := readPrivate(path, forbidden)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("the root key %s is missing: put it back, or say where it is; nothing was changed: %w", path, err)
	}
	return content, err
}

// parseIdentity never shows the text, which may be a key with a slip in it.
func parseIdentity(path string, text []byte) (Root, error) {
	identities, err := age.ParseIdentities(bytes.NewReader(text))
	if err != nil {
		return nil, fmt.Errorf("the root key %s is no age identity (one line AGE-SECRET-KEY-1…): it is damaged or something else; nothing was changed", path)
	}
	if len(identities) != 1 {
		return nil, fmt.Errorf("the root key %s has %d age identities: leave the one that is meant; nothing was changed", path, len(identities))
	}
	return identityRoot(path, identities[0])
}

func identityRoot(path string, identity age.Identity) (Root, error) {
	root := &ageRoot{source: path, identity: identity}
	switch identity := identity.(type) {
	case *age.X25519Identity:
		root.recipient = identity.Recipient()
	case *age.HybridIdentity:
		root.recipient = identity.Recipient()
	default:
		return nil, fmt.Errorf("the root key %s is an age identity of a kind that isn't known here: %T", path, identity)
	}
	return root, nil
}

// exists says whether there is something at path; what can't be seen is an error.
func exists(path string) (bool, error) {
	_, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}
