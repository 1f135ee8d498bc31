// Package support works out, from the claims, sources and ties that an export
// discloses, how far a finding's aspect is supported, and compares that with the
// support that the finding stores.
//
// It is a second reading of the rules that docs/export-format.md states, for who
// does not believe the server: it shares no code with it, knows none of its
// messages, and where the server counts as it goes it follows every claim anew.
package support
