package bag

import "strings"

// described says what each file of the payload is.
var described = map[string][2]string{
	"checkpoint":        {"text/plain", "Signed checkpoint of the ledger (C2SP tlog-checkpoint)"},
	"export.json":       {"application/json", "What was asked for and which records are here"},
	"export-entry.json": {"application/json", "The ledger's entry about the export, with its proof"},
	"records.jsonl":     {"application/jsonl", "Every record with its revisions, SD-JWTs and proofs"},
	"records.csv":       {"text/csv", "What is disclosed of the last revisions"},
	"records.xlsx":      {"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "The same, as a workbook of texts"},
	"redactions.csv":    {"text/csv", "What was withheld, by class and rule"},
	"prov.json":         {"application/json", "What rests on what (W3C PROV-JSON)"},
}

// crate writes the metadata of the payload as an RO-Crate 1.1.
func (w *Writer) crate() error {
	type object = map[string]any
	var parts, files []any
	for _, f := range w.wholeFiles() {
		name := strings.TrimPrefix(f.name, "data/")
		about := described[name]
		if strings.HasPrefix(f.name, captureFolder) {
			about = [2]string{"application/octet-stream", "Bytes of a preserved copy"}
		}
		parts = append(parts, object{"@id": name})
		files = append(files, object{"@id": name, "@type": "File", "encodingFormat": about[0], "description": about[1]})
	}
	graph := []any{
		object{"@id": "ro-crate-metadata.json", "@type": "CreativeWork", "about": object{"@id": "./"}, "conformsTo": object{"@id": "https://w3id.org/ro/crate/1.1"}},
		object{"@id": "./", "@type": "Dataset", "name": "Export of a Tumen ledger", "datePublished": w.made, "hasPart": parts,
			"description": "Records of human-rights cases; each revision with a proof that it stands in a signed ledger. What is withheld is listed in redactions.csv."},
	}
	encoded, err := encode(object{"@context": "https://w3id.org/ro/crate/1.1/context", "@graph": append(graph, files...)})
	if err != nil {
		return err
	}
	f, err := w.create("data/ro-crate-metadata.json")
	if err != nil {
		return err
	}
	f.Write(encoded) // an error stays with the writer
	return w.whole(f)
}
