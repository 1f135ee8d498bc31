package daemon

import (
	"fmt"
	"path/filepath"

	"go.yaml.in/yaml/v3"

	"tumen/clients/client"
	"tumen/internal/disk"
)

// encodeProfile gives a profile as a file that `tumen --profile` takes.
func encodeProfile(p *client.Profile) ([]byte, error) {
	encoded, err := yaml.Marshal(p)
	if err != nil {
		return nil, err
	}
	heading := "# Who reads this file acts as this member. It is for its owner alone (mode 0600).\n"
	if p.Demo {
		heading = "# DEMO: of a demonstration server, not for real data.\n" + heading
	}
	return append([]byte(heading), encoded...), nil
}

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
