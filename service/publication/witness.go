package publication

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"tumen/service/ledger"
)

const (
	witnessPatience = 15 * time.Second // for all that one witness is asked at a publication
	maxAnswer       = 16 << 10         // bytes that are read of an answer
)

// asking is what witnesses are asked to cosign.
type asking struct {
	client     *http.Client
	checkpoint []byte // signed by the ledger alone
	size       int64
	// grown proves that the tree grew to size out of one of that size.
	grown func(from int64) ([]ledger.Hash, error)
}

// errSplit: a witness holds what this ledger did not grow out of. Somebody has
// rewritten or rolled back the ledger, or the witness is not to be trusted.
var errSplit = errors.New("it has seen another history of this ledger: the store is older than what was published, or was changed; keep it as it is and find out why")

// cosign asks a witness for its cosignature (C2SP tlog-witness), given the size
// that it is believed to have seen last. A witness that knows better says so, and
// is asked once more.
func (a *asking) cosign(ctx context.Context, w *witness, seen int64) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, witnessPatience)
	defer cancel()
	for range 2 {
		proof, err := a.grown(seen)
		if err != nil {
			return nil, err
		}
		status, answer, err := a.post(ctx, w, addCheckpoint(seen, proof, a.checkpoint))
		if err != nil {
			return nil, err
		}
		switch status {
		case http.StatusOK:
			return w.Cosignature(a.checkpoint, answer)
		case http.StatusConflict:
			at := seen
			if seen, err = parseSize(answer); err != nil {
				return nil, err
			}
			if seen > a.size {
				return nil, fmt.Errorf("it has seen %d leaves, and there are %d: %w", seen, a.size, errSplit)
			}
			if seen == at {
				return nil, errors.New("it contradicts itself about what it has seen")
			}
		case http.StatusUnprocessableEntity:
			return nil, errSplit
		case http.StatusNotFound, http.StatusForbidden:
			return nil, fmt.Errorf("it does not know this log or its key (HTTP status %d)", status)
		default:
			return nil, fmt.Errorf("HTTP status %d", status)
		}
	}
	return nil, errors.New("it saw other checkpoints meanwhile")
}

// addCheckpoint is the body of a request: the size seen before, the proof, and the
// checkpoint.
func addCheckpoint(seen int64, proof []ledger.Hash, checkpoint []byte) []byte {
	b := fmt.Appendf(nil, "old %d\n", seen)
	for _, h := range proof {
		b = append(base64.StdEncoding.AppendEncode(b, h[:]), '\n')
	}
	return append(append(b, '\n'), checkpoint...)
}

// parseSize reads the body of a conflict: a decimal number and the end of its line.
func parseSize(answer []byte) (int64, error) {
	text, ok := strings.CutSuffix(string(answer), "\n")
	n, err := strconv.ParseInt(text, 10, 64)
	if !ok || err != nil || n < 0 || strconv.FormatInt(n, 10) != text {
		return 0, errors.New("it does not say what it has seen")
	}
	return n, nil
}

func (a *asking) post(ctx context.Context, w *witness, body []byte) (status int, answer []byte, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, w.url+"/add-checkpoint", bytes.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	response, err := a.client.Do(request)
	if err != nil {
		return 0, nil, err
	}
	defer response.Body.Close()
	answer, err = io.ReadAll(io.LimitReader(response.Body, maxAnswer+1))
	if err == nil && len(answer) > maxAnswer {
		err = errors.New("its answer is too long")
	}
	return response.StatusCode, answer, err
}

// newClient makes a client that goes where it is told to and nowhere else.
func newClient() *http.Client {
	return &http.Client{
		Timeout:       witnessPatience,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}
