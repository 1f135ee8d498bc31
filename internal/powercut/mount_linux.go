package powercut

import (
	"fmt"
	"maps"
	"slices"
	"syscall"

	"github.com/hanwen/go-fuse/v2/fuse"
)

// Options say what a disk holds and how honest it is.
type Options struct {
	From        string // a folder whose content it begins with; "" for nothing
	IgnoresSync bool   // it answers that it synced, and did nothing: a bad disk, or a program that doesn't sync
}

// Mount mounts a new disk on a folder, which has to be there. The caller closes it.
func Mount(folder string, o Options) (*Disk, error) {
	d := newDisk(o.IgnoresSync)
	if o.From != "" {
		if err := d.load(o.From); err != nil {
			return nil, fmt.Errorf("powercut: %w", err)
		}
	}
	server, err := fuse.NewServer(&kernel{RawFileSystem: fuse.NewDefaultRawFileSystem(), Disk: d}, folder, &fuse.MountOptions{
		FsName: "powercut", Name: "powercut", DirectMountStrict: true, DisableXAttrs: true, DisableReadDirPlus: true,
		MaxWrite: 128 << 10, ExplicitDataCacheControl: true,
	})
	if err != nil {
		return nil, fmt.Errorf("powercut: this machine can't mount a file system of the test's own; that needs root and /dev/fuse: %w", err)
	}
	go server.Serve()
	if err := server.WaitMount(); err != nil {
		return nil, fmt.Errorf("powercut: %w", err)
	}
	d.unmount = func() error {
		err := server.Unmount()
		if err == nil {
			server.Wait()
		}
		return err
	}
	return d, nil
}

// Close cuts the power, if it is still on, and unmounts the disk. Nobody may use it
// any more.
func (d *Disk) Close() error {
	d.LetGo()
	return d.unmount()
}

// kernel answers what the kernel asks.
type kernel struct {
	fuse.RawFileSystem // refuses what isn't below
	*Disk
}

func (k *kernel) String() string { return "powercut" }

// forever is how long the kernel may believe what it is told: nobody but it changes
// anything.
const forever = 3600

// on runs an operation on a node.
func (k *kernel) on(number uint64, what doing, op func(*node) syscall.Errno) fuse.Status {
	return fuse.Status(k.do(what, func() syscall.Errno {
		n := k.nodes[number]
		if n == nil {
			return syscall.ESTALE
		}
		return op(n)
	}))
}

func (n *node) attributes(out *fuse.Attr) {
	out.Ino, out.Size, out.Nlink, out.Blksize = n.number, uint64(len(n.content)), uint32(n.links), 4096
	out.Blocks = (out.Size + sector - 1) / sector
	out.Mode = n.mode | n.kind
	if n.kind == syscall.S_IFDIR {
		out.Nlink = 2
	}
	out.SetTimes(nil, &n.modified, nil)
}

func (n *node) entry(out *fuse.EntryOut) {
	out.NodeId, out.Generation, out.EntryValid, out.AttrValid = n.number, 1, forever, forever
	n.attributes(&out.Attr)
}

func (k *kernel) Lookup(_ <-chan struct{}, in *fuse.InHeader, name string, out *fuse.EntryOut) fuse.Status {
	return k.on(in.NodeId, reading, func(folder *node) syscall.Errno {
		n := k.nodes[folder.names[name]]
		if n == nil {
			return syscall.ENOENT
		}
		n.entry(out)
		return 0
	})
}

func (k *kernel) GetAttr(_ <-chan struct{}, in *fuse.GetAttrIn, out *fuse.AttrOut) fuse.Status {
	return k.on(in.NodeId, reading, func(n *node) syscall.Errno {
		out.AttrValid = forever
		n.attributes(&out.Attr)
		return 0
	})
}

func (k *kernel) SetAttr(_ <-chan struct{}, in *fuse.SetAttrIn, out *fuse.AttrOut) fuse.Status {
	return k.on(in.NodeId, changing, func(n *node) syscall.Errno {
		if mode, ok := in.GetMode(); ok {
			n.mode = mode & 0o7777
		}
		if length, ok := in.GetSize(); ok {
			n.change(change{offset: int64(length)})
		}
		if at, ok := in.GetMTime(); ok {
			n.modified = at
		}
		out.AttrValid = forever
		n.attributes(&out.Attr)
		return 0
	})
}

// make makes a node with a name.
func (k *kernel) make(in uint64, name string, kind, mode uint32, out *fuse.EntryOut) fuse.Status {
	return k.on(in, changing, func(folder *node) syscall.Errno {
		if folder.names[name] != 0 {
			return syscall.EEXIST
		}
		n := k.add(kind, mode)
		k.name(folder, name, n.number, nil)
		n.entry(out)
		return 0
	})
}

func (k *kernel) Mkdir(_ <-chan struct{}, in *fuse.MkdirIn, name string, out *fuse.EntryOut) fuse.Status {
	return k.make(in.NodeId, name, syscall.S_IFDIR, in.Mode, out)
}

func (k *kernel) Create(_ <-chan struct{}, in *fuse.CreateIn, name string, out *fuse.CreateOut) fuse.Status {
	return k.make(in.NodeId, name, syscall.S_IFREG, in.Mode, &out.EntryOut)
}

// Mknod is how sockets are made.
func (k *kernel) Mknod(_ <-chan struct{}, in *fuse.MknodIn, name string, out *fuse.EntryOut) fuse.Status {
	return k.make(in.NodeId, name, in.Mode&syscall.S_IFMT, in.Mode, out)
}

func (k *kernel) Unlink(_ <-chan struct{}, in *fuse.InHeader, name string) fuse.Status {
	return k.on(in.NodeId, changing, func(folder *node) syscall.Errno {
		k.name(folder, name, 0, nil)
		return 0
	})
}

func (k *kernel) Rmdir(_ <-chan struct{}, in *fuse.InHeader, name string) fuse.Status {
	return k.on(in.NodeId, changing, func(folder *node) syscall.Errno {
		if n := k.nodes[folder.names[name]]; n != nil && len(n.names) > 0 {
			return syscall.ENOTEMPTY
		}
		k.name(folder, name, 0, nil)
		return 0
	})
}

func (k *kernel) Link(_ <-chan struct{}, in *fuse.LinkIn, name string, out *fuse.EntryOut) fuse.Status {
	return k.on(in.NodeId, changing, func(folder *node) syscall.Errno {
		n := k.nodes[in.Oldnodeid]
		if folder.names[name] != 0 {
			return syscall.EEXIST
		}
		k.name(folder, name, n.number, nil)
		n.entry(out)
		return 0
	})
}

func (k *kernel) Rename(_ <-chan struct{}, in *fuse.RenameIn, from, to string) fuse.Status {
	return k.on(in.NodeId, changing, func(folder *node) syscall.Errno {
		target := k.nodes[in.Newdir]
		switch {
		case in.Flags&^noReplace != 0:
			return syscall.EINVAL
		case in.Flags != 0 && target.names[to] != 0:
			return syscall.EEXIST
		}
		k.name(folder, from, 0, k.name(target, to, folder.names[from], nil))
		return 0
	})
}

// noReplace is the flag RENAME_NOREPLACE of renameat2.
const noReplace = 1

func (k *kernel) Open(_ <-chan struct{}, in *fuse.OpenIn, out *fuse.OpenOut) fuse.Status {
	out.OpenFlags = fuse.FOPEN_KEEP_CACHE
	return k.on(in.NodeId, reading, func(*node) syscall.Errno { return 0 })
}

func (k *kernel) Read(_ <-chan struct{}, in *fuse.ReadIn, buf []byte) (fuse.ReadResult, fuse.Status) {
	var read int
	status := k.on(in.NodeId, reading, func(n *node) syscall.Errno {
		if in.Offset < uint64(len(n.content)) {
			read = copy(buf, n.content[in.Offset:])
		}
		return 0
	})
	return fuse.ReadResultData(buf[:read]), status
}

func (k *kernel) Write(_ <-chan struct{}, in *fuse.WriteIn, b []byte) (uint32, fuse.Status) {
	return uint32(len(b)), k.on(in.NodeId, changing, func(n *node) syscall.Errno {
		n.change(change{int64(in.Offset), append([]byte{}, b...)})
		return 0
	})
}

func (k *kernel) Fsync(_ <-chan struct{}, in *fuse.FsyncIn) fuse.Status { return k.synchronise(in) }

func (k *kernel) FsyncDir(_ <-chan struct{}, in *fuse.FsyncIn) fuse.Status { return k.synchronise(in) }

func (k *kernel) synchronise(in *fuse.FsyncIn) fuse.Status {
	return k.on(in.NodeId, syncing, func(n *node) syscall.Errno {
		k.sync(n)
		return 0
	})
}

func (k *kernel) Flush(<-chan struct{}, *fuse.FlushIn) fuse.Status { return fuse.OK }

func (k *kernel) OpenDir(_ <-chan struct{}, in *fuse.OpenIn, _ *fuse.OpenOut) fuse.Status {
	return k.on(in.NodeId, reading, func(*node) syscall.Errno { return 0 })
}

func (k *kernel) ReadDir(_ <-chan struct{}, in *fuse.ReadIn, out *fuse.DirEntryList) fuse.Status {
	return k.on(in.NodeId, reading, func(folder *node) syscall.Errno {
		for i, name := range slices.Sorted(maps.Keys(folder.names)) {
			if uint64(i) < in.Offset {
				continue
			}
			n := k.nodes[folder.names[name]]
			if !out.AddDirEntry(fuse.DirEntry{Name: name, Ino: n.number, Mode: n.kind, Off: uint64(i) + 1}) {
				break
			}
		}
		return 0
	})
}

func (k *kernel) StatFs(_ <-chan struct{}, _ *fuse.InHeader, out *fuse.StatfsOut) fuse.Status {
	out.Bsize, out.Blocks, out.Bfree, out.Bavail, out.NameLen = 4096, 1<<24, 1<<24, 1<<24, 255
	return fuse.OK
}
