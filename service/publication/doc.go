// Package publication shows the ledger to outsiders: C2SP tlog-tiles over plain
// HTTP, and checkpoints that witnesses have cosigned (C2SP tlog-witness).
//
// What is served is the tree under the last published checkpoint, and nothing
// beyond it. A publication happens at fixed hours of the clock and never because
// something was written, so that who watches learns how much was written in
// between, and not when. It survives a restart.
package publication
