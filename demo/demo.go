// Package demo carries the matter that a demonstration server starts with, in
// the form that `tumen apply -f` reads.
package demo

import _ "embed"

// October2023 is october-2023.yaml: the repatriations of October 2023 from
// northeast China to North Korea, from public statements. It names no victim.
// The caller must not change it.
//
//go:embed october-2023.yaml
var October2023 []byte
