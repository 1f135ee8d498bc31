package service

import (
	"encoding/json"
	"slices"
	"strings"

	"tumen/service/records"
)

// localKind is what the ledger's entries about local administration are of.
const localKind = "local"

// localStatement is what the ledger commits to about a command on the server itself:
// JSON with its members in this order and no white space.
type localStatement struct {
	V       int      `json:"v"` // 1
	Method  string   `json:"method"`
	Records []string `json:"records"` // names of what it made, or was about
}

// stateLocal puts an entry into the ledger about what a local command did, in the
// command's own change; about names the record that it made or was about, and is
// empty for none.
func stateLocal(tx *records.Tx, about string) error {
	names := []string{}
	if about != "" {
		names = append(names, about)
	}
	content, err := json.Marshal(localStatement{1, tx.Author().Method, names})
	if err == nil {
		_, err = tx.State(localKind, content)
	}
	return err
}

// localActOn says whether a statement is about an organisation or what lies in it.
func localActOn(content []byte, organisation string) bool {
	var st localStatement
	return organisation != "" && json.Unmarshal(content, &st) == nil && slices.ContainsFunc(st.Records, func(name string) bool {
		return name == organisation || strings.HasPrefix(name, organisation+"/")
	})
}
