package web

import (
	"archive/zip"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"tumen/clients/bag"
	"tumen/clients/client"
	tumenv1 "tumen/proto/tumen/v1"
)

// exportsAtOnce bounds what exports under way take of the disk.
const exportsAtOnce = 2

// errBusy is that too many exports are under way.
var errBusy = errors.New("too many exports are under way")

// exportCase hands out a case as a bag that convinces without the server, in one file. It
// is made in a folder of its own and removed once it has gone out.
func (s *Site) exportCase(v *visit) error {
	who := v.session.self.GetMember().GetName()
	if _, busy := s.exporters.LoadOrStore(who, true); busy { // who reads slowly keeps a place, and not all of them
		return errBusy
	}
	defer s.exporters.Delete(who)
	select {
	case s.exporting <- struct{}{}:
		defer func() { <-s.exporting }()
	default:
		return errBusy
	}
	name := "cases/" + v.r.PathValue("case")
	folder, err := os.MkdirTemp("", "tumen-export")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	if err := v.unhurried(); err != nil {
		return err
	}
	if err := v.bag(folder, name); err != nil {
		return err
	}
	v.attach("tumen-export-"+v.r.PathValue("case")[:8]+".zip", -1)
	v.w.WriteHeader(http.StatusOK)
	if err := zipped(v.w, folder); err != nil {
		s.config.Log.Error("an export broke off", "pattern", v.r.Pattern)
		panic(http.ErrAbortHandler) // what went out is not whole, and the browser has to know
	}
	return nil
}

// longestExport is how long a browser may wait for one.
const longestExport = 30 * time.Minute

// unhurried gives an answer more time than a page has.
func (v *visit) unhurried() error {
	err := http.NewResponseController(v.w).SetWriteDeadline(time.Now().Add(longestExport))
	if errors.Is(err, http.ErrNotSupported) {
		return nil
	}
	return err
}

// bag has the server export a case, as far as the member may see its content, and writes
// what comes.
func (v *visit) bag(folder, name string) error {
	w, err := bag.Create(folder, bag.Options{Agent: "tumen", Excel: v.got("excel") != ""})
	if err != nil {
		return err
	}
	request := &tumenv1.ExportRecordsRequest{
		Query:    &tumenv1.ExportQuery{Case: name, ExactTimes: v.got("exact") != ""},
		Disclose: []tumenv1.Protection{tumenv1.Protection_PROTECTION_CONTENT},
		Reason:   v.got("reason"),
	}
	if err := v.site.conn.Export(v.context(), request, client.ExportSink{Header: w.Header, Record: w.Record}); err != nil {
		return errors.Join(err, w.Discard())
	}
	return w.Close()
}

// zipped writes a folder as one file.
func zipped(to io.Writer, folder string) error {
	z := zip.NewWriter(to)
	err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		inside, err := filepath.Rel(folder, path)
		if err != nil {
			return err
		}
		w, err := z.Create("export/" + filepath.ToSlash(inside))
		if err != nil {
			return err
		}
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		_, err = io.Copy(w, f)
		return errors.Join(err, f.Close())
	})
	return errors.Join(err, z.Close())
}
