package powercut

import (
	"sync"
	"syscall"
	"time"
)

// sector is what a disk writes whole or not at all, in bytes.
const sector = 512

// Disk is the file system and what lies below it. Its methods may be called by many
// goroutines at once.
type Disk struct {
	ignoresSync bool

	mu     sync.Mutex
	nodes  map[uint64]*node // by number; those without a name stay
	newest uint64
	left   int // changes until the cut; below 0: none is planned
	syncs  int // syncs until the cut, likewise
	cut    bool

	gone     chan struct{} // closed by the cut
	released chan struct{} // closed when what hangs since the cut may fail

	unmount func() error
}

// root is the number of the topmost folder.
const root = 1

// node is a file, a folder or a socket: as programs see it, and as it is on disk for certain.
type node struct {
	number   uint64
	kind     uint32 // S_IFREG, S_IFDIR, S_IFSOCK
	mode     uint32 // permissions
	modified time.Time
	links    int

	content file     // as programs see it
	synced  file     // what survives in any case
	writes  []change // since, in their order

	names       map[string]uint64
	syncedNames map[string]uint64
	renamings   []*naming
}

// file is the bytes of a file.
type file []byte

// change is a write or a change of length.
type change struct {
	offset int64
	bytes  []byte // nil: a change of length, to offset
}

// apply makes a change.
func (f *file) apply(c change) {
	if c.bytes == nil {
		f.resize(c.offset)
		return
	}
	if end := c.offset + int64(len(c.bytes)); end > int64(len(*f)) {
		f.resize(end)
	}
	copy((*f)[c.offset:], c.bytes)
}

// resize cuts a file or adds zeros to it.
func (f *file) resize(length int64) {
	if length <= int64(len(*f)) {
		*f = (*f)[:length]
		return
	}
	*f = append(*f, make([]byte, length-int64(len(*f)))...)
}

// naming is a change of one name in a folder: to a node, or to none (0).
type naming struct {
	folder *node
	name   string
	to     uint64
	after  *naming // on disk before this one: a name goes only once the new one is there
	synced bool
}

// sync puts a change of a name on disk.
func (n *naming) sync() {
	if n.synced {
		return
	}
	if n.after != nil {
		n.after.sync()
	}
	n.synced = true
	set(n.folder.syncedNames, n.name, n.to)
}

func set(names map[string]uint64, name string, to uint64) {
	if to == 0 {
		delete(names, name)
	} else {
		names[name] = to
	}
}

func newDisk(ignoresSync bool) *Disk {
	d := &Disk{left: -1, syncs: -1, ignoresSync: ignoresSync, nodes: map[uint64]*node{}, gone: make(chan struct{}), released: make(chan struct{})}
	d.add(syscall.S_IFDIR, 0o700)
	return d
}

// add makes a node without a name.
func (d *Disk) add(kind, mode uint32) *node {
	d.newest++
	n := &node{number: d.newest, kind: kind, mode: mode & 0o7777, modified: time.Now()}
	if kind == syscall.S_IFDIR {
		n.names, n.syncedNames = map[string]uint64{}, map[string]uint64{}
	}
	d.nodes[n.number] = n
	return n
}

// name lets a folder have a node under a name from now on; 0 removes the name.
func (d *Disk) name(folder *node, name string, to uint64, after *naming) *naming {
	if before := d.nodes[folder.names[name]]; before != nil {
		before.links--
	}
	if n := d.nodes[to]; n != nil {
		n.links++
	}
	set(folder.names, name, to)
	folder.modified = time.Now()
	n := &naming{folder: folder, name: name, to: to, after: after}
	folder.renamings = append(folder.renamings, n)
	return n
}

// change makes a change of a file.
func (n *node) change(c change) {
	n.content.apply(c)
	n.writes = append(n.writes, c)
	n.modified = time.Now()
}

// sync puts all that happened to a node on disk.
func (d *Disk) sync(n *node) {
	if d.ignoresSync {
		return
	}
	for _, c := range n.writes {
		n.synced.apply(c)
	}
	n.writes = nil
	for _, r := range n.renamings {
		r.sync()
	}
	n.renamings = nil
}

// CutAfter cuts the power once so many more changes have been made, of any file or
// folder, syncing included: the next one hangs, and so does all that comes later,
// reads too.
func (d *Disk) CutAfter(changes int) { d.plan(changes, -1) }

// CutInSync cuts the power once so many more syncs have been made, in the midst of
// the next: what was to be synced by that is on its way, and nobody was told that it
// arrived.
func (d *Disk) CutInSync(syncs int) { d.plan(-1, syncs) }

func (d *Disk) plan(changes, syncs int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.left, d.syncs = changes, syncs
}

// Cut cuts the power now. Cutting it again does nothing.
func (d *Disk) Cut() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.cutNow()
}

func (d *Disk) cutNow() {
	if !d.cut {
		d.cut = true
		close(d.gone)
	}
}

// Gone is closed when the power is cut.
func (d *Disk) Gone() <-chan struct{} { return d.gone }

// LetGo lets everything that hangs since the cut fail, so that a process which
// was killed can end.
func (d *Disk) LetGo() {
	d.Cut()
	d.mu.Lock()
	defer d.mu.Unlock()
	select {
	case <-d.released:
	default:
		close(d.released)
	}
}

// doing says what an operation does to the disk.
type doing int

const (
	reading doing = iota
	changing
	syncing
)

// do runs an operation, unless the power is cut: then it hangs, and fails at last.
func (d *Disk) do(what doing, op func() syscall.Errno) syscall.Errno {
	d.mu.Lock()
	if what != reading && !d.cut {
		d.count(&d.left)
	}
	if what == syncing && !d.cut {
		d.count(&d.syncs)
	}
	if !d.cut {
		defer d.mu.Unlock()
		return op()
	}
	d.mu.Unlock()
	<-d.released
	return syscall.EIO
}

// count counts down to the cut.
func (d *Disk) count(left *int) {
	if *left == 0 {
		d.cutNow()
	}
	*left--
}
