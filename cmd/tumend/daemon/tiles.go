package daemon

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/spf13/cobra"

	tumenv1 "tumen/proto/tumen/v1"
	"tumen/service/publication"
	"tumen/service/records"
)

// newPublisher makes what publishes the ledger as the settings say; nil where they
// say nothing of it.
func newPublisher(ctx context.Context, store *records.Store, s *Settings, log *slog.Logger) (*publication.Publisher, error) {
	if s.Tiles == "" {
		if s.Witnesses != "" {
			return nil, errors.New("witnesses cosign what is published, and without tiles nothing is: state where (--tiles HOST:PORT), or leave witnesses away")
		}
		return nil, nil
	}
	var policy *publication.Policy
	if s.Witnesses != "" {
		text, err := readBounded(s.Witnesses)
		if err == nil {
			policy, err = publication.ParsePolicy(text)
		}
		if err != nil {
			return nil, fmt.Errorf("witnesses, %s: %w", s.Witnesses, err)
		}
	}
	return publication.New(ctx, store, policy, log)
}

// tilesServer serves the ledger to anybody, and publishes it on schedule.
type tilesServer struct {
	http    *http.Server
	address string
	cancel  context.CancelFunc // ends the schedule, and a publication under way
}

// listenTiles opens the door to the ledger's tiles. Nothing is asked there and
// nothing can be sent, so it is narrow: small headers, no bodies, short times.
func (s *Server) listenTiles() error {
	l, err := net.Listen("tcp", s.settings.Tiles)
	if err != nil {
		return fmt.Errorf("tiles: %w", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	s.tiles = &tilesServer{address: l.Addr().String(), cancel: cancel, http: &http.Server{
		Handler:           s.opened.publisher,
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       10 * time.Second,
		WriteTimeout:      30 * time.Second,
		IdleTimeout:       time.Minute,
		MaxHeaderBytes:    8 << 10,
		ErrorLog:          log.New(io.Discard, "", 0), // it tells who asked
	}}
	limited := newLimitedListener(l, s.settings.MaxConnections, maxConnections, func() {})
	s.serve(func() error { return s.tiles.http.Serve(limited) })
	s.serving.Go(func() { s.opened.publisher.Run(ctx, s.settings.TilesEvery) })
	s.log.Info("serving the ledger to anybody", "address", s.tiles.address, "every", s.settings.TilesEvery)
	return nil
}

// tilesPatience is how long answers under way may take once the server stops.
const tilesPatience = 2 * time.Second

func (t *tilesServer) stop() {
	t.cancel()
	ctx, cancel := context.WithTimeout(context.Background(), tilesPatience)
	defer cancel()
	if t.http.Shutdown(ctx) != nil {
		t.http.Close()
	}
}

// TilesAddress is where the ledger is served, host:port, or empty.
func (s *Server) TilesAddress() string {
	if s.tiles == nil {
		return ""
	}
	return s.tiles.address
}

func (t *terminal) ledgerCommand() *cobra.Command {
	publish := &cobra.Command{
		Use:   "publish",
		Short: "Publish the ledger now, beside the schedule",
		Long: `Publish the ledger of a running server now, as far as it has grown, and print
the published checkpoint with its cosignatures.

This is for the first publication, and for trying new witnesses: outsiders learn
when it was done. All others come by the clock (--tiles-every).`,
		Args: cobra.NoArgs,
		RunE: withSettings(func(cmd *cobra.Command, s *Settings, _ []string) error {
			return administer(cmd.Context(), s, func(admin tumenv1.AdminServiceClient) error {
				done, err := admin.PublishLedger(cmd.Context(), &tumenv1.PublishLedgerRequest{})
				if err == nil {
					fmt.Fprint(t.out, done.GetCheckpoint())
				}
				return err
			})
		}),
	}
	addFlags(publish.Flags(), false)
	return group("ledger", "What outsiders see of the ledger", publish)
}
