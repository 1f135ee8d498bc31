package cli

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"strconv"
	"sync"

	"golang.org/x/term"

	"tumen/clients/client"
)

// session is one run of the command: its streams, its profile and, from the
// first call on, its connection.
type session struct {
	in       io.Reader
	inUsed   string        // the flag that has read standard input
	lines    *bufio.Reader // standard input where it is asked for line by line
	out      *output
	err      io.Writer
	json     bool
	terminal bool // standard output is one

	profilePath string
	purpose     string
	profile     *client.Profile
	conn        *client.Conn
	banner      sync.Once
	register    *register
}

func newSession(stdin io.Reader, stdout, stderr io.Writer) *session {
	s := &session{in: stdin, err: stderr}
	s.register = &register{session: s}
	width := 0
	if f, ok := stdout.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		s.terminal = true
		if w, _, err := term.GetSize(int(f.Fd())); err == nil {
			width = w
		}
	}
	if columns, err := strconv.Atoi(os.Getenv("COLUMNS")); err == nil && columns > 0 {
		width = columns
	}
	_, plain := os.LookupEnv("NO_COLOR")
	s.out = &output{w: stdout, width: width, bold: s.terminal && (!plain || os.Getenv("NO_COLOR") == "") && os.Getenv("TERM") != "dumb"}
	return s
}

// watched is standard error where it is a terminal, on which somebody may watch how
// far long work has come; nil elsewhere.
func (s *session) watched() *os.File {
	if f, ok := s.err.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		return f
	}
	return nil
}

// connect loads the profile and prepares the connection, once.
func (s *session) connect(ctx context.Context) error {
	if s.conn != nil {
		return nil
	}
	path, err := s.profileFile()
	if err != nil {
		return err
	}
	profile, err := client.LoadProfile(path)
	if err != nil {
		return err
	}
	if err := s.dial(ctx, profile); err != nil {
		return err
	}
	return s.renewed(ctx, path)
}

// profileFile is the profile that was asked for.
func (s *session) profileFile() (string, error) {
	path := firstOf(s.profilePath, os.Getenv("TUMEN_PROFILE"))
	if path == "" {
		return "", usagef("which server, and as whom? Give --profile FILE or set TUMEN_PROFILE")
	}
	return path, nil
}

// dial prepares a connection, in the place of the one that there is.
func (s *session) dial(ctx context.Context, profile *client.Profile, more ...client.Option) error {
	s.close()
	if profile.Demo {
		s.showBanner()
	}
	options := append(more, client.OnDemo(s.showBanner))
	if s.purpose != "" {
		options = append(options, client.Purpose(s.purpose))
	}
	conn, err := client.Dial(ctx, profile, options...)
	if err != nil {
		return err
	}
	s.profile, s.conn = profile, conn
	return nil
}

// showBanner says once that the server is no place for real records.
func (s *session) showBanner() {
	s.banner.Do(func() { fmt.Fprintln(s.err, "DEMO — not for real data") })
}

func (s *session) close() {
	if s.conn != nil {
		s.conn.Close()
		s.conn = nil
	}
}
