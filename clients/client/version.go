package client

import "runtime/debug"

// Version is what the program was built from, as Go recorded it: the release or
// the revision, and the Go version. It is for people and for bug reports.
func Version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	version := info.Main.Version
	if version == "" || version == "(devel)" {
		version = "unreleased"
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				version += " " + s.Value
			}
		}
	}
	return version + " (" + info.GoVersion + ")"
}
