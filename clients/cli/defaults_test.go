package cli

import (
	"io"
	"os"
	"strings"
	"testing"

	"tumen/internal/flagtable"
)

func TestWhatEachFlagIsUnlessStatedStandsInTheDocument(t *testing.T) {
	document, err := os.ReadFile("../../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	s := newSession(strings.NewReader(""), io.Discard, io.Discard)
	defer s.close()
	for _, fault := range flagtable.Faults(string(document), "### tumen", s.rootCommand()) {
		t.Error(fault)
	}
}
