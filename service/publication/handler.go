package publication

import (
	"bytes"
	"errors"
	"net/http"
	"strconv"
	"strings"

	"tumen/service/ledger"
	"tumen/service/records"
)

// How long what is served may be kept by who fetched it. A whole tile never
// changes; one that is not whole is soon of no use; a checkpoint is asked for again.
const (
	keepForEver  = "public, max-age=31536000, immutable"
	keepAnHour   = "public, max-age=3600"
	askEachTime  = "no-cache"
	longestAsked = 200 // bytes of a path; those of tlog-tiles are far shorter
)

// ServeHTTP implements http.Handler: C2SP tlog-tiles of the last publication, by
// GET and HEAD.
//
//	/checkpoint                 the published checkpoint with its cosignatures
//	/tile/<L>/<N>[.p/<W>]       hashes of the tree
//	/tile/entries/<N>[.p/<W>]   the leaves: commitments of 32 bytes
//
// Anything else, and what the publication does not reach, is 404.
func (p *Publisher) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	defer func() {
		if v := recover(); v != nil { // net/http would log who asked
			p.log.Error("serving the ledger", "error", "panic")
			panic(http.ErrAbortHandler)
		}
	}()
	w.Header().Set("X-Content-Type-Options", "nosniff")
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "only GET and HEAD", http.StatusMethodNotAllowed)
		return
	}
	now := p.current.Load()
	path, ok := strings.CutPrefix(r.URL.Path, "/")
	switch {
	case now == nil || !ok || len(path) > longestAsked || r.URL.RawPath != "":
		notFound(w)
	case path == "checkpoint":
		send(w, r, "text/plain; charset=utf-8", askEachTime, now.checkpoint)
	default:
		p.tile(w, r, now.size, path)
	}
}

func (p *Publisher) tile(w http.ResponseWriter, r *http.Request, size int64, path string) {
	tile, err := ledger.ParseTilePath(path)
	var body []byte
	if err == nil {
		err = p.records.View(r.Context(), func(v *records.View) (err error) {
			body, err = v.AppendTile(nil, size, tile)
			return err
		})
	}
	switch {
	case errors.Is(err, ledger.ErrNoTile):
		notFound(w)
	case err != nil:
		if r.Context().Err() == nil {
			p.log.Error("serving the ledger", "path", path, "error", err)
		}
		w.Header().Set("Cache-Control", "no-store")
		http.Error(w, "internal error", http.StatusInternalServerError)
	case tile.Whole():
		send(w, r, "application/octet-stream", keepForEver, body)
	default:
		send(w, r, "application/octet-stream", keepAnHour, body)
	}
}

func notFound(w http.ResponseWriter) {
	w.Header().Set("Cache-Control", askEachTime) // it may be there after the next publication
	http.Error(w, "not found", http.StatusNotFound)
}

func send(w http.ResponseWriter, r *http.Request, kind, keep string, body []byte) {
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Cache-Control", keep)
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	if r.Method == http.MethodHead {
		return
	}
	// It fails where the other side has gone, and nobody is left to be told.
	_, _ = w.Write(body)
}

// cutSignatures cuts a signed note into its text and the lines of its signatures.
func cutSignatures(signed []byte) (text, lines []byte, ok bool) {
	return bytes.Cut(signed, []byte("\n\n"))
}
