package rights

import (
	"fmt"
	"strings"
	"testing"
)

const manifests = `
apiVersion: v1
kind: Namespace
metadata: {name: evenkeel}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: evenkeel}
rules:
- {apiGroups: [""], resources: [pods], verbs: [list, watch]}
- {apiGroups: [apps], resources: [deployments], verbs: [get]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: evenkeel}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: evenkeel}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: evenkeel, namespace: evenkeel}
rules:
- {apiGroups: [coordination.k8s.io], resources: [leases], resourceNames: [evenkeel], verbs: [update]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: evenkeel, namespace: evenkeel}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: evenkeel}
`

const (
	byCluster   = `RBAC: allowed by ClusterRoleBinding \"evenkeel\" of ClusterRole \"evenkeel\" to ServiceAccount \"evenkeel/evenkeel\"`
	byNamespace = `RBAC: allowed by RoleBinding \"evenkeel/evenkeel\" of Role \"evenkeel\" to ServiceAccount \"evenkeel/evenkeel\"`
	byEverybody = `RBAC: allowed by ClusterRoleBinding \"system:basic-user\" of ClusterRole \"system:basic-user\" to Group \"system:authenticated\"`
	byOther     = `RBAC: allowed by ClusterRoleBinding \"other\" of ClusterRole \"cluster-admin\" to ServiceAccount \"evenkeel/evenkeel\"`
)

// line is one of an audit log.
func line(verb, ref, decision, reason string) string {
	if ref != "" {
		ref = `"objectRef":` + ref + `,`
	}
	return fmt.Sprintf(`{"verb":%q,"requestURI":"/uri",%s"user":{"username":"u","extra":{"authentication.kubernetes.io/pod-name":["evenkeel-1"]}},`+
		`"responseStatus":{"code":200},"requestReceivedTimestamp":"2026-11-23T08:54:05.123456Z",`+
		`"annotations":{"authorization.k8s.io/decision":%q,"authorization.k8s.io/reason":"%s"}}`, verb, ref, decision, reason) + "\n"
}

// all uses every right of the manifests.
var all = line("list", `{"resource":"pods"}`, "allow", byCluster) +
	line("watch", `{"resource":"pods"}`, "allow", byCluster) +
	line("get", `{"apiGroup":"apps","resource":"deployments","namespace":"shop","name":"web"}`, "allow", byCluster) +
	line("update", `{"apiGroup":"coordination.k8s.io","resource":"leases","namespace":"evenkeel","name":"evenkeel"}`, "allow", byNamespace)

func TestGrantsAndRequestsAreCompared(t *testing.T) {
	for sentence, tc := range map[string]struct {
		log string
		// says is empty where all agrees.
		says []string
	}{
		"all that is granted is used":                           {log: all},
		"what everybody may do takes no grant":                  {log: all + line("create", `{"apiGroup":"authorization.k8s.io","resource":"selfsubjectaccessreviews"}`, "allow", byEverybody)},
		"a URL that is no resource takes no grant":              {log: all + line("get", "", "allow", strings.ReplaceAll(byEverybody, "basic-user", "discovery"))},
		"nothing was asked for":                                 {log: "", says: []string{"0 requests refused, 0 not granted, 4 rights", "never used: list pods", "never used: get deployments.apps", `never used: update leases.coordination.k8s.io "evenkeel" in evenkeel`}},
		"one right is not used":                                 {log: strings.Replace(all, `"watch"`, `"list"`, 1), says: []string{"0 requests refused, 0 not granted, 1 rights", "never used: watch pods"}},
		"a request was refused":                                 {log: all + line("delete", `{"resource":"pods","namespace":"shop","name":"web-1"}`, "forbid", ""), says: []string{"1 requests refused, 0 not granted, 0 rights", "refused: 2026-11-23T08:54:05Z delete /uri"}},
		"a request that RBAC was not asked about":               {log: all + line("list", `{"resource":"pods"}`, "", ""), says: []string{"1 requests refused"}},
		"a verb that the roles do not have":                     {log: all + line("delete", `{"resource":"pods"}`, "allow", byCluster), says: []string{"1 not granted", "not granted by these roles: 2026-11-23T08:54:05Z delete"}},
		"a subresource of what is granted":                      {log: all + line("list", `{"resource":"pods","subresource":"log"}`, "allow", byCluster), says: []string{"1 not granted"}},
		"another group's resource of that name":                 {log: all + line("list", `{"apiGroup":"metrics.k8s.io","resource":"pods"}`, "allow", byCluster), says: []string{"1 not granted"}},
		"a right that is another object's":                      {log: all + line("update", `{"apiGroup":"coordination.k8s.io","resource":"leases","namespace":"evenkeel","name":"other"}`, "allow", byNamespace), says: []string{"1 not granted"}},
		"a right that is another namespace's":                   {log: all + line("update", `{"apiGroup":"coordination.k8s.io","resource":"leases","namespace":"shop","name":"evenkeel"}`, "allow", byNamespace), says: []string{"1 not granted"}},
		"a granted right that another binding gave":             {log: all + line("list", `{"resource":"pods"}`, "allow", byOther), says: []string{"1 not granted"}},
		"another binding's right is no use of one that is ours": {log: strings.ReplaceAll(all, "deployments", "statefulsets"), says: []string{"0 requests refused, 1 not granted, 1 rights", "never used: get deployments.apps"}},
		"a URL that somebody was granted":                       {log: all + line("get", "", "allow", byOther), says: []string{"1 not granted"}},
	} {
		t.Run(sentence, func(t *testing.T) {
			err := compare(t, manifests, tc.log).Err()
			if len(tc.says) == 0 {
				if err != nil {
					t.Error(err)
				}
				return
			}
			for _, want := range tc.says {
				if err == nil || !strings.Contains(err.Error(), want) {
					t.Errorf("does not say %q: %v", want, err)
				}
			}
		})
	}
}

func TestAnAsteriskIsAnUnusedRightAndCoversNothing(t *testing.T) {
	d := compare(t, strings.Replace(manifests, "verbs: [list, watch]", `verbs: ["*"]`, 1), all)
	if len(d.Unused) != 1 || len(d.Missing) != 2 {
		t.Errorf("the difference is %v", d.Err())
	}
}

func TestAGrantCoversWhatItsRolesAllowAndNoMore(t *testing.T) {
	grant, err := Read([]byte(manifests))
	if err != nil {
		t.Fatal(err)
	}
	for sentence, tc := range map[string]struct {
		request Right
		covered bool
	}{
		"a ClusterRole's right in any namespace":    {Right{Verb: "list", Resource: "pods", Namespace: "shop"}, true},
		"a Role's right on its one object":          {Right{Verb: "update", Group: "coordination.k8s.io", Resource: "leases", Namespace: "evenkeel", Name: "evenkeel"}, true},
		"that right in another namespace":           {Right{Verb: "update", Group: "coordination.k8s.io", Resource: "leases", Namespace: "shop", Name: "evenkeel"}, false},
		"that right on another object":              {Right{Verb: "update", Group: "coordination.k8s.io", Resource: "leases", Namespace: "evenkeel", Name: "other"}, false},
		"another verb":                              {Right{Verb: "delete", Resource: "pods", Namespace: "shop"}, false},
		"a right that no role has":                  {Right{Verb: "get", Resource: "secrets", Namespace: "shop"}, false},
		"a URL that is no resource":                 {Right{Verb: "get"}, false},
		"the same resource's name in another group": {Right{Verb: "list", Group: "metrics.k8s.io", Resource: "pods"}, false},
	} {
		t.Run(sentence, func(t *testing.T) {
			if got := grant.Covers(tc.request); got != tc.covered {
				t.Errorf("%s is covered: %t", tc.request, got)
			}
		})
	}
}

func compare(t *testing.T, manifests, log string) Difference {
	t.Helper()
	grant, err := Read([]byte(manifests))
	if err != nil {
		t.Fatal(err)
	}
	requests, err := ReadAudit([]byte(log))
	if err != nil {
		t.Fatal(err)
	}
	return Compare(grant, requests)
}

func TestWhatCanNotBeComparedIsRefused(t *testing.T) {
	for sentence, manifest := range map[string]string{
		"URLs":               "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: a}\nrules: [{nonResourceURLs: [/metrics], verbs: [get]}]\n",
		"an aggregated role": "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: a}\naggregationRule: {clusterRoleSelectors: [{matchLabels: {a: b}}]}\n",
		"no YAML":            "a: [",
	} {
		t.Run(sentence, func(t *testing.T) {
			if grant, err := Read([]byte(manifest)); err == nil {
				t.Errorf("it is read as %+v", grant)
			}
		})
	}
}

func TestAnAuditLogIsReadUpToItsLastWholeLine(t *testing.T) {
	requests, err := ReadAudit([]byte(all + all[:40]))
	if err != nil || len(requests) != 4 {
		t.Fatalf("%d requests, %v", len(requests), err)
	}
	if r := requests[2]; r.Pod != "evenkeel-1" || r.User != "u" || r.Code != 200 || r.Right.Name != "web" {
		t.Errorf("the request is read as %+v", r)
	}
	if _, err := ReadAudit([]byte("no JSON\n" + all)); err == nil {
		t.Error("a line that is no JSON is taken")
	}
}
