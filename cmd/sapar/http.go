package main

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/pprof"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"sapar/menus"
	"sapar/ussd"
)

// harden gives a server the limits that keep slow and oversized callers from holding it; Go's own are none.
func harden(handler http.Handler) *http.Server {
	return &http.Server{
		Handler: handler, ReadHeaderTimeout: 3 * time.Second, ReadTimeout: 10 * time.Second, WriteTimeout: 15 * time.Second,
		IdleTimeout: 60 * time.Second, MaxHeaderBytes: 16 << 10, ErrorLog: slog.NewLogLogger(slog.Default().Handler(), slog.LevelDebug),
	}
}

// publicServer is what carriers reach.
func (s *server) publicServer() *http.Server {
	e := echo.New()
	e.IPExtractor = echo.ExtractIPDirect()
	e.HTTPErrorHandler = plainErrors
	door := &ussd.Door{Channels: s.channels, Sessions: s.sessions, Observe: s.metrics.observe, Exchanges: s.exchanges}
	door.Routes(e)
	s.smsDoor().Routes(e)
	s.console.Routes(e)
	e.GET("/schema/tree.json", func(c echo.Context) error { return c.Blob(http.StatusOK, "application/schema+json", menus.Schema()) })
	return harden(e)
}

// plainErrors answers with one sentence and never with what went wrong inside.
func plainErrors(err error, c echo.Context) {
	status, text := http.StatusInternalServerError, "something went wrong here"
	if he, ok := err.(*echo.HTTPError); ok {
		status, text = he.Code, http.StatusText(he.Code)
	} else {
		slog.Error("request", "error", err)
	}
	if !c.Response().Committed {
		_ = c.String(status, text)
	}
}

// adminServer is for the machine's own: health, metrics, profiles.
func (s *server) adminServer() *http.Server {
	mux := http.NewServeMux()
	mux.Handle("/metrics", promhttp.HandlerFor(s.metrics.registry, promhttp.HandlerOpts{}))
	mux.HandleFunc("/healthz", func(w http.ResponseWriter, _ *http.Request) { answer(w, "ok") })
	mux.HandleFunc("/readyz", s.ready)
	mux.HandleFunc("GET /channels/{door}/{channel}", s.latestExchanges)
	mux.HandleFunc("/debug/pprof/", pprof.Index)
	mux.HandleFunc("/debug/pprof/profile", pprof.Profile)
	return harden(mux)
}

// ready says whether turns are stored. Without the database calls are still answered from memory, so the program stays in service.
func (s *server) ready(w http.ResponseWriter, _ *http.Request) {
	if s.sessions.Away() {
		answer(w, "degraded: the database is away, calls are answered from memory and nothing is stored")
		return
	}
	answer(w, "ok")
}

func answer(w http.ResponseWriter, status string) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]string{"status": status})
}
