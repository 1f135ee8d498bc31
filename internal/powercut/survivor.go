package powercut

import (
	"errors"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"syscall"
)

// Survivor writes what survives a cut into a folder that it makes. What had not been
// synced is kept or lost as the seed says; the same seed gives the same again, and
// every seed is a possible outcome. The power must have been cut.
func (d *Disk) Survivor(folder string, seed uint64) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.cut {
		return errors.New("powercut: the power is still on")
	}
	s := survivor{d, rand.New(rand.NewPCG(seed, 0)), map[*naming]bool{}, map[uint64]file{}}
	s.chooseNames()
	return s.write(folder, d.nodes[root])
}

// survivor decides what survives.
type survivor struct {
	*Disk
	random *rand.Rand
	named  map[*naming]bool
	files  map[uint64]file
}

// chance is how much of something survives, from 0 to 1: often nothing or all.
func (s *survivor) chance() float64 {
	return []float64{0, 1, 0.03, 0.5, 0.97, s.random.Float64()}[s.random.IntN(6)]
}

func (s *survivor) keeps(chance float64) bool { return s.random.Float64() < chance }

// chooseNames decides, in a fixed order, which changes of names survive.
func (s *survivor) chooseNames() {
	chance := s.chance()
	for number := uint64(root); number <= s.newest; number++ {
		for _, n := range s.nodes[number].renamings {
			if !n.synced && s.keeps(chance) {
				s.keepName(n)
			}
		}
	}
}

// keepName keeps a change and what must be on disk before it.
func (s *survivor) keepName(n *naming) {
	s.named[n] = true
	if n.after != nil && !n.after.synced {
		s.keepName(n.after)
	}
}

// names of a folder, and what they lead to.
func (s *survivor) names(n *node) map[string]uint64 {
	names := map[string]uint64{}
	for name, to := range n.syncedNames {
		names[name] = to
	}
	for _, r := range n.renamings {
		if s.named[r] {
			set(names, r.name, r.to)
		}
	}
	return names
}

// content of a file.
func (s *survivor) content(n *node) file {
	if kept, done := s.files[n.number]; done {
		return kept
	}
	kept := slices.Clone(n.synced)
	chance, whole := s.chance(), s.random.IntN(3) == 0
	piece := []int64{sector, 8 * sector}[s.random.IntN(2)]
	for _, c := range n.writes {
		if c.bytes == nil || whole {
			if s.keeps(chance) {
				kept.apply(c)
			}
			continue
		}
		for at := int64(0); at < int64(len(c.bytes)); {
			next := min((c.offset+at)/piece*piece+piece-c.offset, int64(len(c.bytes)))
			if s.keeps(chance) {
				kept.apply(change{c.offset + at, c.bytes[at:next]})
			}
			at = next
		}
	}
	s.files[n.number] = kept
	return kept
}

func (s *survivor) write(path string, n *node) error {
	switch n.kind {
	case syscall.S_IFREG:
		return os.WriteFile(path, s.content(n), fs.FileMode(n.mode))
	case syscall.S_IFSOCK: // nobody listens any more
		return nil
	}
	if err := os.Mkdir(path, fs.FileMode(n.mode)); err != nil {
		return err
	}
	names := s.names(n)
	var sorted []string
	for name := range names {
		sorted = append(sorted, name)
	}
	slices.Sort(sorted)
	for _, name := range sorted {
		if err := s.write(filepath.Join(path, name), s.nodes[names[name]]); err != nil {
			return err
		}
	}
	return nil
}

// load takes over a folder, as synced.
func (d *Disk) load(folder string) error {
	at := map[string]*node{".": d.nodes[root]}
	return fs.WalkDir(os.DirFS(folder), ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || path == "." {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		kind := uint32(syscall.S_IFREG)
		if entry.IsDir() {
			kind = syscall.S_IFDIR
		}
		n := d.add(kind, uint32(info.Mode().Perm()))
		n.modified = info.ModTime()
		if kind == syscall.S_IFREG {
			if n.content, err = os.ReadFile(filepath.Join(folder, path)); err != nil {
				return err
			}
			n.synced = slices.Clone(n.content)
		}
		in, name := at[filepath.Dir(path)], filepath.Base(path)
		in.names[name], in.syncedNames[name] = n.number, n.number
		n.links = 1
		at[path] = n
		return nil
	})
}
