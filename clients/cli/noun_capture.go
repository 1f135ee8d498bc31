package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"tumen/clients/client"
	tumenv1 "tumen/proto/tumen/v1"
)

func captureNoun() *noun {
	return &noun{
		name: "capture", message: "Capture", plural: "Captures", service: "SourceService", parent: "source",
		short: "Captures: preserved copies of what a source published or gave",
		flags: append([]binding{
			{flag: "kind", path: "kind", help: "what it is"},
			{flag: "original", path: "original", help: "for a working copy: the `CAPTURE` that it was made from"},
			{flag: "media-type", path: "media_type", help: "media `TYPE` (application/pdf)"},
			{flag: "captured-on", path: "captured_on", help: "when it was captured: `EDTF`"},
			{flag: "captured-by", path: "captured_by", help: "by `WHOM` or with what"},
			{flag: "address", path: "address", help: "from where: `URL`"},
			{flag: "file-name", path: "file_name", help: "file name", secret: true},
		}, common()...),
		flex: 3,
		columns: []column{
			keyColumn(),
			col("KIND", func(c *tumenv1.Capture) string { return word(c.GetKind()) }),
			col("BYTES", func(c *tumenv1.Capture) string { return count64(c.GetSize()) }),
			col("TYPE", (*tumenv1.Capture).GetMediaType),
			col("CAPTURED", (*tumenv1.Capture).GetCapturedOn),
			nameColumn(),
		},
		extra: func(s *session, n *noun) []*cobra.Command {
			return []*cobra.Command{s.uploadCommand(n), s.downloadCommand(n)}
		},
	}
}

func (s *session) uploadCommand(n *noun) *cobra.Command {
	var path, reason string
	cmd := &cobra.Command{
		Use:   "add SOURCE -f FILE",
		Short: "Preserve a copy of a file, at most 256 MiB",
		Args:  cobra.ExactArgs(1),
		RunE: runs(func(cmd *cobra.Command, args []string) error {
			ctx := cmd.Context()
			if err := s.connect(ctx); err != nil {
				return err
			}
			source, err := s.resolve(ctx, args[0], "Source")
			if err != nil {
				return err
			}
			capture := &tumenv1.Capture{}
			if _, err := s.fill(cmd, n, capture.ProtoReflect()); err != nil {
				return err
			}
			if capture.Kind == tumenv1.CaptureKind_CAPTURE_KIND_UNSPECIFIED {
				capture.Kind = tumenv1.CaptureKind_CAPTURE_KIND_ORIGINAL
			}
			f, err := os.Open(path)
			if err != nil {
				return err
			}
			defer f.Close()
			header := &tumenv1.CaptureHeader{Parent: source, Capture: capture, Reason: firstOf(reason, "preserved with tumen")}
			recorded, err := s.conn.UploadCapture(ctx, header, f, s.transfer())
			if err != nil {
				return err
			}
			if s.json {
				return s.out.document(recorded)
			}
			s.out.line("%s recorded: %d bytes, SHA-256 %s", visible(recorded.GetName()), recorded.GetSize(), visible(recorded.GetSha256()))
			return nil
		}),
	}
	s.declareRecord(cmd, n)
	cmd.Flags().StringVarP(&path, "file", "f", "", "the `FILE` to preserve")
	cmd.Flags().StringVar(&reason, "reason", "", "`WHY`; kept with the revision")
	_ = cmd.MarkFlagRequired("file") // it was declared above
	return cmd
}

func (s *session) downloadCommand(n *noun) *cobra.Command {
	var path string
	cmd := &cobra.Command{
		Use:   "download CAPTURE -o FILE",
		Short: "Fetch a capture's bytes and check them; goes on where an earlier attempt ended",
		Args:  cobra.ExactArgs(1),
		RunE: runs(func(cmd *cobra.Command, args []string) error {
			ctx := cmd.Context()
			if err := s.connect(ctx); err != nil {
				return err
			}
			name, err := s.resolve(ctx, args[0], n.message)
			if err != nil {
				return err
			}
			capture, err := s.download(ctx, name, path)
			if err != nil {
				return err
			}
			if s.json {
				return s.out.document(capture)
			}
			s.out.line("%s: %d bytes, SHA-256 %s as recorded", visible(path), capture.GetSize(), visible(capture.GetSha256()))
			return nil
		}),
	}
	cmd.Flags().StringVarP(&path, "output", "o", "", "write to this new `FILE` (0600)")
	_ = cmd.MarkFlagRequired("output") // it was declared above
	return cmd
}

// download writes to FILE.part and gives it its name once the bytes are known to
// be right. What an attempt that broke off left there is gone on from.
func (s *session) download(ctx context.Context, name, path string) (*tumenv1.Capture, error) {
	if _, err := os.Lstat(path); !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("%s is there already", path)
	}
	part := path + ".part"
	f, err := os.OpenFile(part, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	capture, err := s.conn.DownloadCapture(ctx, name, f, client.Download{Have: f, Progress: s.transfer()})
	if err != nil {
		return nil, fmt.Errorf("%w (so far in %s)", err, filepath.Base(part))
	}
	if err := f.Sync(); err != nil {
		return nil, err
	}
	if err := f.Close(); err != nil {
		return nil, err
	}
	return capture, os.Rename(part, path)
}

// transfer tells, on a terminal, how far a copy has come.
func (s *session) transfer() client.Progress {
	f := s.watched()
	if f == nil {
		return nil
	}
	last := int64(-1)
	return func(done, total int64) {
		percent := int64(100)
		if total > 0 {
			percent = done * 100 / total
		}
		if percent == last {
			return
		}
		last = percent
		fmt.Fprintf(f, "\r%3d %% of %d bytes", percent, total)
		if done == total {
			fmt.Fprintln(f)
		}
	}
}
