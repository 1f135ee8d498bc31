package daemontest_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
	"google.golang.org/grpc/codes"

	"tumen/clients/client"
	"tumen/cmd/tumend/daemon"
	"tumen/cmd/tumend/daemontest"
	tumenv1 "tumen/proto/tumen/v1"
)

// A wire is a connection over TLS on which a test writes HTTP/2 by hand: the clients of
// gRPC are too polite for what is tried here.
type wire struct {
	*http2.Framer
	conn    *tls.Conn
	buffer  *bufio.Writer
	headers *hpack.Encoder
	block   bytes.Buffer
	address string
	next    uint32
}

// connect opens a connection and greets the server.
func connect(t testing.TB, p *client.Profile) *wire {
	t.Helper()
	w, err := connected(p)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.conn.Close() })
	return w
}

func connected(p *client.Profile) (*wire, error) {
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM([]byte(p.CA))
	conn, err := tls.Dial("tcp", p.Address, &tls.Config{MinVersion: tls.VersionTLS13, RootCAs: roots, NextProtos: []string{"h2"}})
	if err != nil {
		return nil, err
	}
	w := &wire{conn: conn, buffer: bufio.NewWriterSize(conn, 64<<10), address: p.Address, next: 1}
	w.Framer = http2.NewFramer(w.buffer, conn)
	w.Framer.ReadMetaHeaders = hpack.NewDecoder(4096, nil)
	w.headers = hpack.NewEncoder(&w.block)
	_, err = io.WriteString(w.buffer, http2.ClientPreface)
	// What hangs fails, instead of hanging on.
	return w, errors.Join(err, conn.SetDeadline(time.Now().Add(patience)), w.WriteSettings(), w.buffer.Flush())
}

// open writes the headers of a call and returns its stream.
func (w *wire) open(path, token string, more ...string) (stream uint32, err error) {
	stream, w.next = w.next, w.next+2
	return stream, w.WriteHeaders(http2.HeadersFrameParam{StreamID: stream, BlockFragment: w.blockOf(path, token, more...), EndHeaders: true})
}

func (w *wire) blockOf(path, token string, more ...string) []byte {
	w.block.Reset()
	fields := []string{":method", "POST", ":scheme", "https", ":path", path, ":authority", w.address, "content-type", "application/grpc", "te", "trailers"}
	if token != "" {
		fields = append(fields, "authorization", "Bearer "+token)
	}
	fields = append(fields, more...)
	for i := 0; i < len(fields); i += 2 {
		_ = w.headers.WriteField(hpack.HeaderField{Name: fields[i], Value: fields[i+1]}) // into memory
	}
	return bytes.Clone(w.block.Bytes())
}

// An ending is what the server did with a stream, or with the connection.
type ending struct {
	status string        // grpc-status, where it answered
	code   http2.ErrCode // where it reset the stream, or sent the connection away
}

// readUntil reads frames until done says so, or the connection ends, which is the error.
func (w *wire) readUntil(done func(http2.Frame) bool) error {
	for {
		frame, err := w.ReadFrame()
		if err != nil {
			return err
		}
		if done(frame) {
			return nil
		}
	}
}

// end says how a stream ends.
func (w *wire) end(stream uint32) (e ending, err error) {
	err = w.readUntil(func(frame http2.Frame) bool {
		if frame.Header().StreamID != stream {
			return false
		}
		switch f := frame.(type) {
		case *http2.MetaHeadersFrame:
			e.status = statusIn(f)
			return e.status != ""
		case *http2.RSTStreamFrame:
			e.code = f.ErrCode
			return true
		}
		return false
	})
	return e, err
}

func statusIn(f *http2.MetaHeadersFrame) string {
	for _, h := range f.Fields {
		if h.Name == "grpc-status" {
			return h.Value
		}
	}
	return ""
}

// message frames a message as gRPC does.
func message(compressed byte, content []byte) []byte {
	return append(binary.BigEndian.AppendUint32([]byte{compressed}, uint32(len(content))), content...)
}

// asStatus is a gRPC code as it stands in a trailer.
func asStatus(c codes.Code) string { return strconv.Itoa(int(c)) }

// A siege is a server under attack, with somebody who goes on working on it.
type siege struct {
	*daemontest.Running
	log       lockedBuffer
	bystander *client.Conn
	attacker  *client.Profile // a member of another organisation
}

const (
	mostHeap       = 128 << 20 // bytes that are live beyond those of before, an attacker's own among them
	mostGoroutines = 2_000
)

func besiege(t testing.TB) *siege { return besiegeWith(t, earnest(t)) }

func besiegeWith(t testing.TB, settings func(*daemon.Settings)) *siege {
	t.Helper()
	s := new(siege)
	s.Running = daemontest.Start(t, daemontest.Options{Settings: settings, Log: slog.New(slog.NewJSONHandler(&s.log, nil))})
	s.bystander, s.attacker = s.Connect("case-worker"), elsewhere(t, s.Running, "other")
	newCase(t, s.bystander, "before")
	return s
}

func inUse() (heap uint64, goroutines int) {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc, runtime.NumGoroutine()
}

// withstand lets an attack run while the bystander works, and looks meanwhile and
// afterwards at what the server holds.
func (s *siege) withstand(t *testing.T, attack func(t *testing.T)) {
	t.Helper()
	heap, goroutines := inUse()
	over := make(chan struct{})
	go func() {
		defer close(over)
		attack(t)
	}()
	for running := true; running; {
		select {
		case <-over:
			running = false
		default:
		}
		newCase(t, s.bystander, "meanwhile")
		if h, g := inUse(); h > heap+mostHeap || g > goroutines+mostGoroutines {
			t.Fatalf("%d MiB and %d goroutines, from %d and %d", h>>20, g, heap>>20, goroutines)
		}
	}
	// What the attack left behind goes with its connections.
	for rounds := 0; ; rounds++ {
		newCase(t, s.bystander, "afterwards")
		_, g := inUse()
		if g <= goroutines+50 {
			break
		}
		if rounds == 2_000 {
			t.Fatalf("%d goroutines are left, from %d", g, goroutines)
		}
	}
	if h, _ := inUse(); h > heap+mostHeap/2 {
		t.Errorf("%d MiB are left, from %d", h>>20, heap>>20)
	}
}

const (
	upload   = "/tumen.v1.SourceService/UploadCapture"
	getCase  = "/tumen.v1.CaseService/GetCase"
	health   = "/grpc.health.v1.Health/Check"
	watching = "/grpc.health.v1.Health/Watch"
)

// closed says whether the server sent the connection away, and why.
func (w *wire) closed() (code http2.ErrCode, err error) {
	err = w.readUntil(func(frame http2.Frame) bool {
		away, ok := frame.(*http2.GoAwayFrame)
		if ok {
			code = away.ErrCode
		}
		return false
	})
	return code, err
}

func TestTheServerWithstandsStorms(t *testing.T) {
	s := besiege(t)
	var tokens []string
	for i, tc := range []struct {
		name   string
		attack func(t *testing.T, s *siege)
	}{
		{"calls that are taken back at once", rapidResets},
		{"headers that never end", continuationFlood},
		{"headers of a megabyte", hugeHeaders},
		{"messages beyond the limit", hugeMessages},
		{"compressed messages", compressedBombs},
		{"settings without end, and answers that nobody reads", settingsFlood},
		{"pings without end", pingFlood},
		{"paths that are none", strangePaths},
		{"health checks that never end", healthFlood},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s.attacker = elsewhere(t, s.Running, fmt.Sprint("other-", i)) // who has asked for nothing yet
			tokens = append(tokens, s.attacker.Token)
			s.withstand(t, func(t *testing.T) { tc.attack(t, s) })
		})
	}
	keepsSecrets(t, s.log.String(), append(tokens, "meanwhile", "afterwards", "secret")...)
}

// Where nothing else limits them, a connection has a hundred calls under way.
func TestTenThousandCallsOnOneConnection(t *testing.T) {
	s := besiegeWith(t, func(*daemon.Settings) {})
	s.withstand(t, func(t *testing.T) { tenThousandStreams(t, s) })
}

func tenThousandStreams(t *testing.T, s *siege) {
	w := connect(t, s.attacker)
	defer w.conn.Close()
	const many = 10_000
	refused := make(chan int)
	go func() {
		n := 0
		_ = w.readUntil(func(frame http2.Frame) bool {
			if f, ok := frame.(*http2.RSTStreamFrame); ok && f.ErrCode == http2.ErrCodeRefusedStream {
				n++
			}
			return n == many-100
		})
		refused <- n
	}()
	for range many {
		if _, err := w.open(upload, s.attacker.Token); err != nil {
			t.Errorf("opening: %v", err)
			break
		}
	}
	if err := w.buffer.Flush(); err != nil {
		t.Error(err)
	}
	if n := <-refused; n != many-100 {
		t.Errorf("%d of %d streams were refused", n, many)
	}
}

func rapidResets(t *testing.T, s *siege) {
	for _, token := range []string{s.attacker.Token, "tumen_guessed", ""} {
		w := connect(t, s.attacker)
		first := make(chan error)
		go func() {
			_, err := w.end(1)
			first <- err
		}()
		stream, err := w.open(getCase, token)
		if err = errors.Join(err, w.WriteData(stream, true, message(0, nil))); err != nil {
			t.Error(err)
		}
		for range 10_000 {
			stream, err := w.open(getCase, token)
			if err = errors.Join(err, w.WriteRSTStream(stream, http2.ErrCodeCancel)); err != nil {
				t.Error(err)
				break
			}
		}
		if err := w.buffer.Flush(); err != nil {
			t.Error(err)
		}
		if err := <-first; err != nil {
			t.Errorf("the call before them: %v", err)
		}
		w.conn.Close()
	}
}

func continuationFlood(t *testing.T, s *siege) {
	w := connect(t, s.attacker)
	defer w.conn.Close()
	go func() {
		block := w.blockOf(getCase, s.attacker.Token)
		err := w.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: block})
		w.block.Reset()
		_ = w.headers.WriteField(hpack.HeaderField{Name: "x-secret", Value: strings.Repeat("a", 15<<10), Sensitive: true})
		piece := bytes.Clone(w.block.Bytes())
		for err == nil {
			err = w.WriteContinuation(1, false, piece[:min(len(piece), 16<<10)])
		}
	}()
	// It is sent away in the middle: without that, this would read until its deadline.
	if _, err := w.closed(); isTimeout(err) {
		t.Error("the connection is still open")
	}
}

func hugeHeaders(t *testing.T, s *siege) {
	w := connect(t, s.attacker)
	defer w.conn.Close()
	// 17 KiB, in frames as large as may be.
	block := w.blockOf(getCase, s.attacker.Token, "x-secret", strings.Repeat("~", 17<<10))
	const most = 16 << 10
	err := w.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: block[:most], EndHeaders: false})
	if err = errors.Join(err, w.WriteContinuation(1, true, block[most:]), w.buffer.Flush()); err != nil {
		t.Error(err)
		return
	}
	if e, err := w.end(1); err == nil && e.code != http2.ErrCodeFrameSize {
		t.Errorf("it ends with %+v", e)
	}
}

func hugeMessages(t *testing.T, s *siege) {
	for name, announced := range map[string]uint32{"just beyond what gRPC reads": 6<<20 + 1, "as much as can be announced": 1<<32 - 1} {
		w := connect(t, s.attacker)
		stream, err := w.open(getCase, s.attacker.Token)
		head := binary.BigEndian.AppendUint32([]byte{0}, announced)
		if err = errors.Join(err, w.WriteData(stream, false, head), w.buffer.Flush()); err != nil {
			t.Error(err)
		}
		// Refused by its head alone; not a byte of it was sent.
		if e, err := w.end(stream); err != nil || e.status != asStatus(codes.ResourceExhausted) {
			t.Errorf("%s: %+v, %v", name, e, err)
		}
		w.conn.Close()
	}
}

func compressedBombs(t *testing.T, s *siege) {
	var bomb bytes.Buffer
	packed := gzip.NewWriter(&bomb)
	if _, err := packed.Write(make([]byte, 8<<20)); err != nil {
		t.Error(err)
	}
	packed.Close()
	w := connect(t, s.attacker)
	defer w.conn.Close()
	for _, tc := range []struct {
		encoding []string
		want     codes.Code
	}{
		{[]string{"grpc-encoding", "gzip"}, codes.Unimplemented}, // nothing here unpacks anything
		{[]string{"grpc-encoding", "zstd"}, codes.Unimplemented},
		{nil, codes.Internal}, // said to be compressed, and not how
	} {
		stream, err := w.open(getCase, s.attacker.Token, tc.encoding...)
		content := message(1, bomb.Bytes())
		for len(content) > 0 && err == nil { // within what a stream may send ahead
			n := min(len(content), 16<<10)
			err = w.WriteData(stream, n == len(content), content[:n])
			content = content[n:]
		}
		if err = errors.Join(err, w.buffer.Flush()); err != nil {
			t.Error(err)
		}
		if e, err := w.end(stream); err != nil || e.status != asStatus(tc.want) {
			t.Errorf("%v: %+v, %v", tc.encoding, e, err)
		}
	}
}

func settingsFlood(t *testing.T, s *siege) {
	w := connect(t, s.attacker)
	defer w.conn.Close()
	// Nobody reads what the server answers: it stops reading, instead of keeping its
	// answers, and with that this stops writing.
	if err := w.conn.SetWriteDeadline(time.Now().Add(time.Second)); err != nil {
		t.Error(err)
	}
	for range 2_000_000 {
		if w.WriteSettings(http2.Setting{ID: http2.SettingInitialWindowSize, Val: 1 << 16}) != nil {
			return
		}
	}
	t.Error("the server read them all")
}

func pingFlood(t *testing.T, s *siege) {
	w := connect(t, s.attacker)
	defer w.conn.Close()
	go func() {
		for w.WritePing(false, [8]byte{1}) == nil && w.buffer.Flush() == nil {
		}
	}()
	if code, err := w.closed(); isTimeout(err) || code != http2.ErrCodeEnhanceYourCalm && !errors.Is(err, net.ErrClosed) && !isReset(err) {
		t.Errorf("sent away with %v, %v", code, err)
	}
}

func isReset(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) // the farewell was lost, as the client went on writing
}

func strangePaths(t *testing.T, s *siege) {
	w := connect(t, s.attacker)
	defer w.conn.Close()
	for _, path := range []string{
		getCase[1:], "/" + getCase, getCase + "/", "/tumen.v1.CaseService/Guess", "/tumen.v1.NoService/GetCase", "/TUMEN.V1.CaseService/GetCase",
		"/tumen.v1.AdminService/CreateToken", "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo", "/grpc.health.v1.Health/List", "", "*",
		"/tumen.v1.CaseService/GetCase?secret", "/tumen.v1.CaseService%2FGetCase",
	} {
		stream, err := w.open(path, s.attacker.Token)
		if err = errors.Join(err, w.WriteData(stream, true, message(0, nil)), w.buffer.Flush()); err != nil {
			t.Error(err)
		}
		if e, err := w.end(stream); err != nil || e.status != asStatus(codes.PermissionDenied) {
			t.Errorf("%q: %+v, %v", path, e, err)
		}
	}
}

func healthFlood(t *testing.T, s *siege) {
	var all []*wire
	for range 5 {
		w := connect(t, s.attacker)
		defer w.conn.Close()
		all = append(all, w)
		for i := range 100 {
			path := health
			if i%2 == 0 {
				path = watching
			}
			if _, err := w.open(path, ""); err != nil {
				t.Error(err)
			}
		}
		if err := w.buffer.Flush(); err != nil {
			t.Error(err)
		}
	}
	refused := 0
	err := all[len(all)-1].readUntil(func(frame http2.Frame) bool {
		if f, ok := frame.(*http2.MetaHeadersFrame); ok && statusIn(f) == asStatus(codes.ResourceExhausted) {
			refused++
		}
		return refused == 50
	})
	if err != nil {
		t.Errorf("%d were refused: %v", refused, err)
	}
}

// The limits that a client is told stand in the server's first frame, and the limit of
// the calls of one connection is what it says.
func TestTheServerTellsItsLimits(t *testing.T) {
	s := besiege(t)
	w := connect(t, s.attacker)
	told := map[http2.SettingID]uint32{}
	err := w.readUntil(func(frame http2.Frame) bool {
		f, ok := frame.(*http2.SettingsFrame)
		if !ok || f.IsAck() {
			return false
		}
		_ = f.ForeachSetting(func(one http2.Setting) error {
			told[one.ID] = one.Val
			return nil
		})
		return true
	})
	if err != nil {
		t.Fatal(err)
	}
	for id, want := range map[http2.SettingID]uint32{http2.SettingMaxConcurrentStreams: 100, http2.SettingMaxHeaderListSize: 16 << 10, http2.SettingMaxFrameSize: 16 << 10} {
		if told[id] != want {
			t.Errorf("%v is %d, want %d", id, told[id], want)
		}
	}
	_, err = s.bystander.Cases.GetCase(t.Context(), &tumenv1.GetCaseRequest{Name: "cases/" + strings.Repeat("0", 5<<20)})
	if failure := client.AsError(err); failure == nil || failure.Reason != "MESSAGE_TOO_LARGE" {
		t.Errorf("5 MiB: %v", err)
	}
}
