package seal

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
)

// maxNotes is far more than any notes beside the keys have, in bytes.
const maxNotes = 4 << 20

// Locked is a keys folder in which no other process changes anything until it is
// released. What is kept there beside the keys is written through it.
type Locked struct {
	folder  *folder
	release func()
}

// Lock waits until no other process changes the keys folder dir. Whoever has it
// locked opens no keys there and turns no epoch over: both would wait for ever.
func Lock(dir string) (*Locked, error) { return lockFolder(&folder{path: dir}) }

func lockFolder(d *folder) (*Locked, error) {
	if err := d.private(); err != nil {
		return nil, fmt.Errorf("the folder of the keys: %w", err)
	}
	release, err := d.lock()
	if err != nil {
		return nil, err
	}
	return &Locked{folder: d, release: release}, nil
}

// Lock locks the folder of these keys, against a turnover in this process too. The
// error says so if another process has changed them since they were read.
func (k *Keys) Lock() (*Locked, error) {
	e := k.epoch
	e.turnover.Lock()
	locked, err := lockFolder(e.folder)
	if err != nil {
		e.turnover.Unlock()
		return nil, err
	}
	release := locked.release
	locked.release = func() {
		release()
		e.turnover.Unlock()
	}
	found, err := readKeyFile(e.folder, EpochFile)
	if err == nil && !bytes.Equal(found, e.stored) {
		err = fmt.Errorf("%s was changed by another process: start this one again; nothing was changed", e.folder.file(EpochFile))
	}
	if err != nil {
		locked.Release()
		return nil, err
	}
	return locked, nil
}

// Release lets others change the folder again.
func (l *Locked) Release() { l.release() }

// Read gives a file of the folder. The error is fs.ErrNotExist if it isn't there.
func (l *Locked) Read(name string) ([]byte, error) {
	return readPrivateUpTo(l.folder.file(name), 0o077, maxNotes)
}

// Put writes a file of mode 0600: on return it is on disk, and whenever the machine
// stops it is whole, the one from before or this one.
func (l *Locked) Put(name string, content []byte) error {
	if err := l.folder.tidy(name); err != nil {
		return fmt.Errorf("clearing what was left beside %s: %w", l.folder.file(name), err)
	}
	err := l.folder.create(name, content)
	if errors.Is(err, fs.ErrExist) {
		err = l.folder.replace(name, content)
	}
	if err != nil {
		return fmt.Errorf("writing %s: %w", l.folder.file(name), err)
	}
	return nil
}

// Dir is the path of the folder.
func (l *Locked) Dir() string { return l.folder.path }
