package api_test

import (
	"strings"
	"testing"

	"evenkeel.dev/evenkeel/pkg/api"
)

func TestOnlyNamesThatCanNotBeReboundAreServed(t *testing.T) {
	w := readWorld(t)
	handler := api.New(api.Config{Report: w.report(), Cluster: w.nodes, Hosts: []string{"evenkeel.Tools.svc"}})
	for host, want := range map[string]int{
		"localhost":               200,
		"localhost:8081":          200,
		"LOCALHOST:8081":          200,
		"localhost.:8081":         200,
		"127.0.0.1:8081":          200,
		"127.0.0.1":               200,
		"[::1]:8081":              200,
		"[::1]":                   200,
		"10.1.2.3:8081":           200,
		"evenkeel.tools.svc:8081": 200,
		"evil.example":            403,
		"evil.example:8081":       403,
		"localhost.evil.example":  403,
		"127.0.0.1.evil.example":  403,
		"0x7f.1":                  403,
		"":                        403,
		":8081":                   403,
		"[::1":                    200, // no name either
		"localhost:8081:1":        403,
	} {
		answer := do(handler, "GET", "/api/v1/apps", "Host", host)
		if answer.Code != want {
			t.Errorf("host %q: %d, want %d", host, answer.Code, want)
		}
		if want == 403 && !strings.Contains(errorOf(t, answer), "is not served here") {
			t.Errorf("host %q: %s", host, answer.Body)
		}
	}
}

func TestOtherWebPagesAreRefusedAndLinksAndProgramsAreNot(t *testing.T) {
	handler := readWorld(t).handler()
	for name, c := range map[string]struct {
		headers []string
		want    int
	}{
		"a program":                       {nil, 200},
		"our own page":                    {[]string{"Sec-Fetch-Site", "same-origin", "Sec-Fetch-Mode", "cors"}, 200},
		"the address bar":                 {[]string{"Sec-Fetch-Site", "none", "Sec-Fetch-Mode", "navigate"}, 200},
		"a link":                          {[]string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "document"}, 200},
		"a frame":                         {[]string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "iframe"}, 403},
		"a script":                        {[]string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "cors"}, 403},
		"an image":                        {[]string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "no-cors"}, 403},
		"a script on another port":        {[]string{"Sec-Fetch-Site", "same-site", "Sec-Fetch-Mode", "cors"}, 403},
		"our own page, older browser":     {[]string{"Origin", "http://localhost:8081"}, 200},
		"another page, older browser":     {[]string{"Origin", "http://evil.example"}, 403},
		"a page from a file, old browser": {[]string{"Origin", "null"}, 403},
	} {
		if got := do(handler, "GET", "/api/v1/apps", c.headers...).Code; got != c.want {
			t.Errorf("%s: %d, want %d", name, got, c.want)
		}
	}
	if got := do(handler, "POST", "/api/v1/apps", "Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "document").Code; got != 403 {
		t.Errorf("a form of another page: %d, want 403", got)
	}
}
