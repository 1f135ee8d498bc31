package seal

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"
)

// The names of the files in a keys folder.
const (
	PermanentFile = "permanent.age"
	EpochFile     = "epoch.age"
)

const (
	permanentPurpose = "permanent keys"
	epochPurpose     = "epoch keys"
)

// Keys are the keys of one store, unwrapped in memory. Its methods may be called
// by any number of goroutines at once.
type Keys struct {
	permanent *permanent
	rows      *DataKey
	epoch     *Epoch
}

// Create makes new permanent keys and the first epoch, wraps them by root, and
// writes them to the folder dir, which it makes if there is none. now is when the
// epoch is made. The error is fs.ErrExist if one of the files is there; none is
// ever overwritten.
func Create(ctx context.Context, dir string, root Root, now time.Time) (*Keys, error) {
	first, err := firstEpoch(now)
	if err != nil {
		return nil, err
	}
	return create(ctx, &folder{path: dir}, root, newPermanent(), first)
}

func create(ctx context.Context, d *folder, root Root, p *permanent, e *epochState) (*Keys, error) {
	if err := os.MkdirAll(d.path, 0o700); err != nil {
		return nil, err
	}
	if err := d.private(); err != nil {
		return nil, err
	}
	release, err := d.lock()
	if err != nil {
		return nil, err
	}
	defer release()
	for _, name := range []string{PermanentFile, EpochFile} {
		if there, err := exists(d.file(name)); err != nil || there {
			return nil, errors.Join(err, fmt.Errorf("there are keys already: %s; nothing was changed: %w", d.file(name), fs.ErrExist))
		}
	}
	wrappedPermanent, err := root.Wrap(ctx, permanentPurpose, p.encode())
	if err != nil {
		return nil, err
	}
	wrappedEpoch, err := wrapEpoch(ctx, root, e)
	if err != nil {
		return nil, err
	}
	if err := createBoth(d, wrappedPermanent, wrappedEpoch); err != nil {
		return nil, fmt.Errorf("making the keys in %s: %w", d.path, err)
	}
	return open(ctx, d, root)
}

// createBoth stages both files before either gets its name: so whoever finds only
// the first can complete the second, and keys are never made anew beside a file
// that may be in use.
func createBoth(d *folder, wrappedPermanent, wrappedEpoch []byte) error {
	for _, step := range []struct {
		name string
		do   func() error
	}{
		{"cleared", func() error { return errors.Join(d.discard(PermanentFile), d.discard(EpochFile)) }},
		{"epoch staged", func() error { return d.stage(EpochFile, wrappedEpoch) }},
		{"permanent staged", func() error { return d.stage(PermanentFile, wrappedPermanent) }},
		{"permanent settled", func() error { return d.settle(PermanentFile) }},
		{"epoch settled", func() error { return d.settle(EpochFile) }},
		{"epoch unstaged", func() error { return d.unstage(EpochFile) }},
		{"permanent unstaged", func() error { return d.unstage(PermanentFile) }},
	} {
		if err := step.do(); err != nil {
			return err
		}
		if err := d.done(step.name); err != nil {
			return err
		}
	}
	return nil
}

// Open reads the keys in the folder dir. The error is ErrWrongRoot if root didn't
// wrap them, ErrDamaged if a file isn't as it was written, fs.ErrNotExist if one is
// missing, and each names the file; nothing is changed then. A change that was cut
// short is cleared or completed first.
func Open(ctx context.Context, dir string, root Root) (*Keys, error) {
	d := &folder{path: dir}
	if err := d.private(); err != nil {
		return nil, fmt.Errorf("the folder of the keys: %w", err)
	}
	release, err := d.lock()
	if err != nil {
		return nil, err
	}
	defer release()
	return open(ctx, d, root)
}

// open is Open with the folder locked.
func open(ctx context.Context, d *folder, root Root) (*Keys, error) {
	if err := completeCreate(d); err != nil {
		return nil, fmt.Errorf("completing the keys in %s: %w", d.path, err)
	}
	permanentBytes, err := readKeyFile(d, PermanentFile)
	if err != nil {
		return nil, err
	}
	epochBytes, err := readKeyFile(d, EpochFile)
	if err != nil {
		return nil, err
	}
	p, permanentErr := unwrapPermanent(ctx, root, permanentBytes)
	e, epochErr := unwrapEpoch(ctx, root, epochBytes)
	if err := openErrors(d, root.Source(), permanentErr, epochErr); err != nil {
		return nil, err
	}
	for _, name := range []string{PermanentFile, EpochFile} {
		if err := d.tidy(name); err != nil {
			return nil, fmt.Errorf("clearing what was left beside %s: %w", d.file(name), err)
		}
	}
	rows := expand(p[indexKey][:], nil, "tumen rows 1")
	return &Keys{permanent: p, rows: dataKey(rows), epoch: newEpoch(d, root, e, epochBytes)}, nil
}

// openErrors says which file doesn't open and why. Two files by one root key tell
// damage from another key, which an age file alone doesn't.
func openErrors(d *folder, source string, permanentErr, epochErr error) error {
	wrongRoot := errors.Is(permanentErr, ErrWrongRoot) && errors.Is(epochErr, ErrWrongRoot)
	name, other, err := PermanentFile, EpochFile, permanentErr
	if err == nil {
		name, other, err = EpochFile, PermanentFile, epochErr
	}
	switch {
	case err == nil:
		return nil
	case wrongRoot:
		return fmt.Errorf("%s doesn't open by %s: %w: give the root key that it was made with; nothing was changed", d.file(name), source, ErrWrongRoot)
	case errors.Is(err, ErrWrongRoot):
		return fmt.Errorf("%s doesn't open by %s, which opens %s: %w: put back a copy of it; nothing was changed", d.file(name), source, other, ErrDamaged)
	case errors.Is(err, ErrDamaged):
		return fmt.Errorf("%s: %w: put back a copy of it; nothing was changed", d.file(name), err)
	default:
		return fmt.Errorf("%s: %w", d.file(name), err)
	}
}

// completeCreate gives epoch.age its name if Create was stopped right before.
func completeCreate(d *folder) error {
	if there, err := exists(d.file(EpochFile)); err != nil || there {
		return err
	}
	creating, err := exists(d.file(PermanentFile + staged))
	if err != nil || !creating {
		return err
	}
	creating, err = sameFile(d.file(PermanentFile), d.file(PermanentFile+staged))
	if err != nil || !creating {
		return err
	}
	return d.settle(EpochFile)
}

func readKeyFile(d *folder, name string) ([]byte, error) {
	content, err := readPrivate(d.file(name), 0o077)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s is missing: the store can't be read without it; put it back, or say where it is; nothing was changed: %w", d.file(name), err)
	}
	return content, err
}

func unwrapPermanent(ctx context.Context, root Root, wrapped []byte) (*permanent, error) {
	encoded, err := root.Unwrap(ctx, permanentPurpose, wrapped)
	if err != nil {
		return nil, err
	}
	return parsePermanent(encoded)
}

// IDKey encrypts the ids in names. This and the keys below have 32 bytes and are
// the caller's own copies.
func (k *Keys) IDKey() []byte { return k.permanent.key(idKey) }

// IndexKey blinds the index terms that outlive epochs.
func (k *Keys) IndexKey() []byte { return k.permanent.key(indexKey) }

// PageKey is for page tokens and etags.
func (k *Keys) PageKey() []byte { return k.permanent.key(pageKey) }

// LedgerSeed is the Ed25519 seed (RFC 8032) of the key that signs checkpoints.
func (k *Keys) LedgerSeed() []byte { return k.permanent.key(ledgerSeed) }

// CaptureKey names captures.
func (k *Keys) CaptureKey() []byte { return k.permanent.key(captureKey) }

// RowKey seals rows that are no records and outlive epochs: nothing that an
// erasure must reach.
func (k *Keys) RowKey() *DataKey { return k.rows }

// Epoch gives the epoch's keys.
func (k *Keys) Epoch() *Epoch { return k.epoch }
