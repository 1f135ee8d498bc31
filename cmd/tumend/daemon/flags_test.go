package daemon

import (
	"io"
	"os"
	"testing"

	"tumen/internal/flagtable"
)

func TestWhatEachFlagIsUnlessStatedStandsInTheDocument(t *testing.T) {
	document, err := os.ReadFile("../../../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	root := (&terminal{out: io.Discard, err: io.Discard}).rootCommand()
	for _, fault := range flagtable.Faults(string(document), "### tumend", root) {
		t.Error(fault)
	}
}
