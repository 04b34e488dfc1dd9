package api_test

import (
	"encoding/json"
	"net/http/httptest"
	"slices"
	"testing"
)

func FuzzAnyQueryIsAnsweredWithJSONAndAStatusThatFits(f *testing.F) {
	for _, query := range []string{
		"", "limit=2", "limit=-1", "namespace=shop,bank&verdict=Single", "severity=critical&severity=none",
		"continue=eyJ2IjowfQ", "node=a1&zone=b", "node=,,&zone=", "node=c", "a=b;c=d", "%", "limit=1%00", "verdict=\xff",
	} {
		f.Add(query)
	}
	handler := readWorld(f).handler()
	paths := []string{"apps", "apps/shop/cart", "apps/x/y", "nodes", "nodes/a1", "zones", "zones/a", "what-if"}
	f.Fuzz(func(t *testing.T, query string) {
		for _, path := range paths {
			request := httptest.NewRequest("GET", "/api/v1/"+path, nil)
			request.Host = "localhost"
			request.URL.RawQuery = query
			answer := httptest.NewRecorder()
			handler.ServeHTTP(answer, request)
			if !slices.Contains([]int{200, 400, 404}, answer.Code) || !json.Valid(answer.Body.Bytes()) {
				t.Errorf("%s?%s: %d %q", path, query, answer.Code, answer.Body)
			}
		}
	})
}
