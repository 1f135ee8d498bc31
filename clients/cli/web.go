package cli

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"log/slog"
	"net"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tumen/clients/web"
	tumenv1 "tumen/proto/tumen/v1"
)

func (s *session) webCommand() *cobra.Command {
	var leave string
	cmd := &cobra.Command{
		Use:   "web",
		Short: "Show the pages of the web client in a browser on this machine, as yourself",
		Long: `Show the pages of the web client in a browser on this machine, as the profile's
member, until Ctrl-C. They are served on this machine alone, at a port that the system
chooses, and ask the profile's server for everything.

You need not sign in: a link is printed that lets in who opens it, once, within ten
minutes. Whoever else uses this machine can reach the port, and not get in; so give
the link to nobody, and open no other link for it. When your session has ended, load a
page, and the next link is printed. Ctrl-C ends every session.

The host in the link is a name below .localhost that is made anew each time, as
browsers hand a cookie of 127.0.0.1 to every port there: Firefox and Chromium, and what
is made of them, lead it to this machine without asking anybody. Tor Browser doesn't
reach its own machine: give it a site of the server's (docs/operations.md).`,
		Args: cobra.NoArgs,
		RunE: runs(func(cmd *cobra.Command, _ []string) error { return s.showPages(cmd.Context(), leave) }),
	}
	cmd.Flags().StringVar(&leave, "leave", "", "https `URL` where the quick exit leads (default: a page about the weather)")
	return cmd
}

// showPages serves the pages until ctx is done.
func (s *session) showPages(ctx context.Context, leave string) error {
	if leave != "" {
		if _, err := web.Away(leave); err != nil {
			return usagef("--leave: %v", err)
		}
	}
	if err := s.connect(ctx); err != nil {
		return err
	}
	// Who is not known to the server learns it here, and not in the browser.
	if _, err := s.conn.Access.GetSelf(ctx, &tumenv1.GetSelfRequest{}); err != nil {
		return err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	host := hostOfOurOwn()
	_, port, _ := net.SplitHostPort(l.Addr().String()) // the system says so
	site, err := web.New(ctx, web.Config{
		Profile: s.profile, Leave: leave, Hosts: web.Named(host),
		Own: func(path string, until time.Time) { s.tellLink("http://"+net.JoinHostPort(host, port)+path, until) },
		Log: slog.New(slog.NewTextHandler(s.err, &slog.HandlerOptions{Level: slog.LevelWarn})),
	})
	if err != nil {
		return errors.Join(err, l.Close())
	}
	served := make(chan error, 1)
	go func() { served <- site.Serve(l) }()
	site.Offer()
	select {
	case <-ctx.Done(): // what it was told to do
		err = site.Stop()
		<-served
		return err
	case err = <-served:
		return errors.Join(err, site.Stop())
	}
}

// hostOfOurOwn is a name of this machine that no page and no program knows beforehand:
// browsers send a cookie to every port of the host that has set it, so that another one
// on this machine could else be sent ours.
func hostOfOurOwn() string { return strings.ToLower(rand.Text()) + ".localhost" }

// tellLink prints a link that lets in.
func (s *session) tellLink(url string, until time.Time) {
	if s.json {
		text, _ := json.Marshal(struct { // two strings
			URL        string    `json:"url"`
			ExpireTime time.Time `json:"expireTime"`
		}{url, until.UTC().Truncate(time.Second)})
		s.out.line("%s", text)
		return
	}
	s.out.line("Open this on this machine, once, until %s:", until.Local().Format("15:04"))
	s.out.line("  %s", url)
}
