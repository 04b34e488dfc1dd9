package rights

import (
	"fmt"
	"regexp"
	"slices"
)

// basic are the bindings by which every authenticated user may discover the API
// and ask for rights of its own.
var basic = []string{"system:basic-user", "system:discovery", "system:public-info-viewer"}

// Difference is where grants and requests do not agree.
type Difference struct {
	// Refused are the requests that RBAC did not allow.
	Refused []Request
	// Missing are the requests that something else than the grant allowed.
	Missing []Request
	// Unused are the granted rights that no request took.
	Unused []Right
}

// Compare compares a grant with the requests of those who have it.
func Compare(grant Grant, requests []Request) Difference {
	var d Difference
	used := make([]bool, len(grant.Rights))
	for _, request := range requests {
		if request.Decision != "allow" {
			d.Refused = append(d.Refused, request)
			continue
		}
		if slices.Contains(basic, binding(request.Reason)) {
			continue
		}
		covered := false
		for i, right := range grant.Rights {
			if right.covers(request.Right) {
				used[i], covered = true, true
			}
		}
		if !covered || !slices.Contains(grant.Bindings, binding(request.Reason)) {
			d.Missing = append(d.Missing, request)
		}
	}
	for i, right := range grant.Rights {
		if !used[i] {
			d.Unused = append(d.Unused, right)
		}
	}
	return d
}

// byBinding matches what RBAC gives as the reason for allowing something.
var byBinding = regexp.MustCompile(`^RBAC: allowed by (?:Cluster)?RoleBinding "([^"/]+)(?:/[^"]*)?"`)

// binding returns the name of the binding by which RBAC allowed a request.
func binding(reason string) string {
	if match := byBinding.FindStringSubmatch(reason); match != nil {
		return match[1]
	}
	return ""
}

// Err is nil where all agrees.
func (d Difference) Err() error {
	if len(d.Refused)+len(d.Missing)+len(d.Unused) == 0 {
		return nil
	}
	text := ""
	for _, request := range few(d.Refused) {
		text += fmt.Sprintf("\nrefused: %s", request)
	}
	for _, request := range few(d.Missing) {
		text += fmt.Sprintf("\nnot granted by these roles: %s", request)
	}
	for _, right := range d.Unused {
		text += fmt.Sprintf("\ngranted, never used: %s", right)
	}
	return fmt.Errorf("%d requests refused, %d not granted, %d rights not used:%s", len(d.Refused), len(d.Missing), len(d.Unused), text)
}

// few are enough of many requests to show what they are.
func few(requests []Request) []Request { return requests[:min(len(requests), 20)] }
