package fleet

import (
	"crypto/subtle"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
)

// Handler serves the fleet under /sandbox/fleet: a POST to
// /sandbox/fleet/<app>/<operation> acts on it, with the token as bearer, and
// /sandbox/fleet/<app>/set changes an application's switches for tests.
func (w *World) Handler(token string) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /sandbox/fleet/{app}/{operation}", func(rw http.ResponseWriter, r *http.Request) {
		bearer := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
		if subtle.ConstantTimeCompare([]byte(bearer), []byte(token)) == 0 {
			refuse(rw, http.StatusUnauthorized, "unauthorized", "a bearer token is needed")
			return
		}
		var answer map[string]any
		var err error
		app, op := r.PathValue("app"), r.PathValue("operation")
		if op == "set" {
			values := map[string]any{}
			if err := json.NewDecoder(io.LimitReader(r.Body, 1<<16)).Decode(&values); err != nil {
				refuse(rw, http.StatusBadRequest, "invalid_json", err.Error())
				return
			}
			answer, err = w.Set(app, values)
		} else {
			answer, err = w.Do(app, op, r.Header.Get("Idempotency-Key"))
		}
		switch {
		case errors.Is(err, ErrUnknown):
			refuse(rw, http.StatusNotFound, "unknown", err.Error())
		case errors.Is(err, ErrKeyReused):
			refuse(rw, http.StatusUnprocessableEntity, "idempotency_key_reused", err.Error())
		case err != nil:
			refuse(rw, http.StatusConflict, "not_possible", err.Error())
		default:
			write(rw, http.StatusOK, answer)
		}
	})
	return mux
}

func refuse(rw http.ResponseWriter, status int, code, message string) {
	write(rw, status, map[string]any{"ok": false, "error": code, "message": message})
}

func write(rw http.ResponseWriter, status int, v any) {
	rw.Header().Set("Content-Type", "application/json; charset=utf-8")
	rw.WriteHeader(status)
	_ = json.NewEncoder(rw).Encode(v)
}
