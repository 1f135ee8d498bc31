package web

import (
	"bytes"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestRefusalsDoNotFillTheLog(t *testing.T) {
	var log bytes.Buffer
	j := newJournal(slog.New(slog.NewTextHandler(&log, nil)))
	r := httptest.NewRequest("BREW", "/a-path-of-theirs?x=y", nil)
	for range 50_000 {
		j.note(r, http.StatusTooManyRequests, 0)
		j.note(r, http.StatusOK, 0)
	}
	j.note(r, http.StatusInternalServerError, 0)
	if n := strings.Count(log.String(), "\n"); n < refusalsAtOnce || n > 2*refusalsAtOnce {
		t.Errorf("it has %d lines", n)
	}
	if said := log.String(); !strings.Contains(said, "level=ERROR") || strings.Contains(said, "BREW") || strings.Contains(said, "theirs") || strings.Contains(said, "192.0.2") {
		t.Errorf("it says %s", said)
	}
}
