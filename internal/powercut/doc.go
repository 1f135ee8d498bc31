// Package powercut is a file system in memory that forgets, when its power is cut,
// whatever had not been synced, as disks do: not all of it, but any part. Tests run
// a program on it, cut the power amid its work, and look at what survived.
//
// # What survives a cut
//
//   - Bytes of a file: all that were written before its last fsync or fdatasync that
//     was answered. Of later writes, and later changes of its length, any subset,
//     down to single sectors of 512 bytes, so that a write may be torn. Sectors that
//     did not survive hold what they held before, or zeros.
//   - Names in a folder: those that it had when it was last synced. Of later changes
//     any subset; a rename may leave both names, but never neither. Syncing a file
//     does not sync its name.
//   - Permissions: the newest.
//
// This is less than most file systems promise, and what POSIX does.
//
// # How it is used
//
// A Disk is mounted with FUSE: it needs Linux, root and /dev/fuse, and nothing else.
// The process that mounts it must not map files on it into its memory (a page fault
// waits for this very process, which it may have stopped for a garbage collection):
// whatever opens a store on it runs in another process, which Run starts and kills.
package powercut
