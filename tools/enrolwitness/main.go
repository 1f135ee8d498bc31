// Command enrolwitness lets a litewitness know a log, as its witnessctl does,
// which needs modules that are not on the Go module proxy:
//
//	enrolwitness DATABASE VERIFIER-KEY
//
// The log's origin is the name of its key, and the witness has seen none of it.
package main

import (
	"fmt"
	"os"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
	"zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"
)

// schema is that of torchwood 0.9.0 (internal/witness).
const schema = `
CREATE TABLE IF NOT EXISTS log (origin TEXT PRIMARY KEY, tree_size INTEGER NOT NULL, tree_hash TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS key (origin TEXT NOT NULL, key TEXT NOT NULL, FOREIGN KEY(origin) REFERENCES log(origin));
CREATE TABLE IF NOT EXISTS bastion (origin TEXT NOT NULL, bastion TEXT NOT NULL, FOREIGN KEY(origin) REFERENCES log(origin));`

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "enrolwitness:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) != 2 {
		return fmt.Errorf("usage: enrolwitness DATABASE VERIFIER-KEY")
	}
	verifier, err := note.NewVerifier(args[1])
	if err != nil {
		return err
	}
	nothing, err := tlog.TreeHash(0, nil)
	if err != nil {
		return err
	}
	db, err := sqlite.OpenConn(args[0])
	if err != nil {
		return err
	}
	defer db.Close()
	if err := sqlitex.ExecScript(db, schema); err != nil {
		return err
	}
	origin := verifier.Name()
	if err := sqlitex.Execute(db, "INSERT INTO log (origin, tree_size, tree_hash) VALUES (?, 0, ?)", &sqlitex.ExecOptions{Args: []any{origin, nothing.String()}}); err != nil {
		return err
	}
	return sqlitex.Execute(db, "INSERT INTO key (origin, key) VALUES (?, ?)", &sqlitex.ExecOptions{Args: []any{origin, args[1]}})
}
