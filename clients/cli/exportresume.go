package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protojson"

	"tumen/clients/bag"
	"tumen/clients/client"
	tumenv1 "tumen/proto/tumen/v1"
)

// begunExport is what an unfinished bag keeps, to be continued: under its
// request_id until the export has a name, then by that.
type begunExport struct {
	Asked     json.RawMessage `json:"asked"` // without request_id
	RequestID string          `json:"request_id"`
	Export    string          `json:"export,omitempty"`
	Again     string          `json:"again,omitempty"`
	Captures  bool            `json:"captures"`
	Excel     bool            `json:"excel"`
}

// begin makes the folder, or takes up what was begun in it.
func (e *exporting) begin() (*bag.Writer, error) {
	asked, err := protojson.Marshal(&e.request)
	if err != nil {
		return nil, err
	}
	var plain bytes.Buffer // protojson varies its white space
	if err := json.Compact(&plain, asked); err != nil {
		return nil, err
	}
	e.begun = begunExport{Asked: plain.Bytes(), RequestID: client.NewRequestID(), Again: e.again, Captures: e.captures, Excel: e.excel}
	mine, err := json.Marshal(e.begun)
	if err != nil {
		return nil, err
	}
	w, err := bag.Create(e.folder, bag.Options{Agent: "tumen", Excel: e.excel, Request: mine})
	if err != nil {
		return nil, err
	}
	var there begunExport
	if err := json.Unmarshal(w.Request(), &there); err != nil {
		return nil, fmt.Errorf("%s: what was begun there can't be read: %w; give a new folder", e.folder, err)
	}
	if !bytes.Equal(there.Asked, e.begun.Asked) || there.Again != e.again || there.Captures != e.captures || there.Excel != e.excel {
		return nil, usagef("%s holds another export, which was begun and not finished: continue it with the words it was begun with, or give a new folder", e.folder)
	}
	e.begun, e.request.RequestId = there, there.RequestID
	return w, nil
}

// remember notes the name of the export, by which it can be continued.
func (e *exporting) remember(w *bag.Writer, name string) error {
	if e.begun.Export == name {
		return nil
	}
	e.begun.Export = name
	request, err := json.Marshal(e.begun)
	if err != nil {
		return err
	}
	return w.Remember(request)
}

// end leaves what can be continued, and removes what can't.
func (e *exporting) end(w *bag.Writer, err error) error {
	switch code := status.Code(err); {
	case errors.Is(err, errCaptures), errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded),
		code == codes.Unavailable, code == codes.Canceled, code == codes.DeadlineExceeded, code == codes.ResourceExhausted, code == codes.Unauthenticated:
		if left := w.Leave(); left != nil {
			return errors.Join(err, left)
		}
		fmt.Fprintf(e.err, "not finished: the same command continues it in %s\n", visible(e.folder))
		return err
	}
	return errors.Join(err, w.Discard())
}

// takeCaptures fetches the bytes of the captures among the records. Those that this
// member may not read stay away, and those that are damaged, and are told.
func (e *exporting) takeCaptures(ctx context.Context, w *bag.Writer) error {
	err := w.Captures(func(c bag.Capture) error {
		if err := e.mayLeave(ctx, c.Name); err != nil {
			fmt.Fprintf(e.err, "left out: the bytes of %s: %s\n", c.Name, status.Convert(err).Message())
			return w.Without(c.Name)
		}
		err := e.takeCapture(ctx, w, c.Name)
		if errors.Is(err, client.ErrOtherBytes) { // perhaps only what an earlier attempt left
			if err = w.Without(c.Name); err == nil {
				err = e.takeCapture(ctx, w, c.Name)
			}
		}
		if isDamaged(err) {
			e.damaged++
		} else if code := status.Code(err); code != codes.NotFound && code != codes.PermissionDenied && code != codes.FailedPrecondition {
			return err
		}
		fmt.Fprintf(e.err, "left out: the bytes of %s: %s\n", c.Name, status.Convert(err).Message())
		return w.Without(c.Name)
	})
	if err != nil {
		return errors.Join(errCaptures, err)
	}
	return nil
}

// mayLeave refuses the bytes of a capture that nobody has marked free of identities,
// where the export is made for a purpose outside.
func (e *exporting) mayLeave(ctx context.Context, name string) error {
	if e.purpose == "" {
		return nil
	}
	reply, err := e.conn.Sources.GetCapture(ctx, &tumenv1.GetCaptureRequest{Name: name})
	if err == nil && !reply.GetCapture().GetFreeOfIdentities() {
		err = errors.New("nobody has marked them free of identities (tumen mark-free)")
	}
	return err
}

// errCaptures: the records are whole, and what is missing of the rest can be fetched.
var errCaptures = errors.New("the preserved copies are not all there")

// isDamaged says whether the server has other bytes than those that were preserved.
func isDamaged(err error) bool {
	var answer *client.Error
	return errors.Is(err, client.ErrOtherBytes) || errors.As(err, &answer) && answer.Reason == "CAPTURE_DAMAGED"
}

func (e *exporting) takeCapture(ctx context.Context, w *bag.Writer, name string) error {
	return w.Capture(name, func(have io.Reader, rest io.Writer) error {
		_, err := e.conn.DownloadCapture(ctx, name, rest, client.Download{Have: have, Progress: e.transfer()})
		return err
	})
}
