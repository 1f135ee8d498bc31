package daemon

import (
	"fmt"
	"path/filepath"

	"tumen/internal/disk"
)

// checkRoomForProfile finds out early what would keep a profile from being
// written, so that no token is made for nothing.
func checkRoomForProfile(path string) error {
	if found, err := disk.Exists(path); err != nil {
		return err
	} else if found {
		return fmt.Errorf("the profile %s exists already: move it away, or say with --profile-out where to write the new one", path)
	}
	if found, err := disk.Exists(filepath.Dir(path)); err != nil {
		return err
	} else if !found {
		return fmt.Errorf("there is no folder %s for the profile", filepath.Dir(path))
	}
	return nil
}
