package main

import (
	"path/filepath"
	"strings"
	"testing"

	"tumen/clients/client"
	"tumen/internal/powercut"
)

// outcomes is how many of the states that a power cut may leave are looked at.
const outcomes = 2

// What `tumend init` made, and what a server under many writers acknowledged, is
// there after a power cut, whichever part of what was not synced is lost: keys,
// store and all.
func TestWhatWasAcknowledgedSurvivesAPowerCut(t *testing.T) {
	from, profiles := "", t.TempDir()
	var survivors []string // of the last cut
	profilePath := filepath.Join(profiles, "park.yaml")
	acknowledged := &names{}
	for round := range 3 {
		mount := t.TempDir()
		disk, err := powercut.Mount(mount, powercut.Options{From: from})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := disk.Close(); err != nil {
				t.Error(err)
			}
		})
		data := filepath.Join(mount, "data")
		if round == 0 {
			tumend(t, "init", "--data-dir", data, "--organisation", "jfnk", "--display-name", "JFNK", "--admin", "kim", "--profile-out", filepath.Join(profiles, "kim.yaml"))
			tumend(t, "member", "add", "--data-dir", data, "jfnk", "park", "--role", "case-worker")
			tumend(t, "token", "new", "--data-dir", data, "jfnk", "park", "--profile-out", profilePath)
			disk.Cut()
		} else {
			profile, err := client.LoadProfile(profilePath)
			if err != nil {
				t.Fatal(err)
			}
			server, address := serving(t, data)
			profile.Address = address
			conn, err := client.Dial(t.Context(), profile)
			if err != nil {
				t.Fatal(err)
			}
			acknowledged.verify(t, conn)
			writeUntilKilled(t, conn, acknowledged, 30+50*round, func() {
				disk.Cut()
				server.Process.Kill()
				disk.LetGo()
			})
			server.Wait()
			conn.Close()
		}
		survivors = nil
		for seed := range uint64(outcomes) {
			from = filepath.Join(t.TempDir(), "survivor")
			survivors = append(survivors, from)
			if err := disk.Survivor(from, seed); err != nil {
				t.Fatal(err)
			}
			if said := tumend(t, "check", "--data-dir", filepath.Join(from, "data")); !strings.Contains(said, "everything is in order") {
				t.Fatal(said)
			}
		}
	}
	if len(acknowledged.of) == 0 {
		t.Error("nothing was acknowledged, so nothing was tried")
	}
	for _, survivor := range survivors {
		profile, err := client.LoadProfile(profilePath)
		if err != nil {
			t.Fatal(err)
		}
		_, profile.Address = serving(t, filepath.Join(survivor, "data"))
		conn, err := client.Dial(t.Context(), profile)
		if err != nil {
			t.Fatal(err)
		}
		acknowledged.verify(t, conn)
		conn.Close()
	}
}
