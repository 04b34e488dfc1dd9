package rights

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/apimachinery/pkg/util/yaml"
)

// Right is one verb on one resource.
type Right struct {
	Verb, Group string
	// Resource is followed by a slash and a subresource where it has one.
	Resource string
	// Namespace is empty for all of them, and for what is in none.
	Namespace string
	// Name is empty for all objects.
	Name string
}

func (r Right) String() string {
	text := r.Verb + " " + r.Resource
	if r.Group != "" {
		text += "." + r.Group
	}
	if r.Name != "" {
		text += fmt.Sprintf(" %q", r.Name)
	}
	if r.Namespace != "" {
		text += " in " + r.Namespace
	}
	return text
}

// covers tells whether a granted right allows a request. An asterisk is no more
// than a name that no request has: who grants one is told of it as unused.
func (r Right) covers(request Right) bool {
	return r.Verb == request.Verb && r.Group == request.Group && r.Resource == request.Resource &&
		(r.Namespace == "" || r.Namespace == request.Namespace) &&
		(r.Name == "" || r.Name == request.Name)
}

// Grant is what manifests grant.
type Grant struct {
	Rights []Right
	// Bindings are the names of the bindings by which it is granted.
	Bindings []string
}

// Covers tells whether a request takes no more than what is granted.
func (g Grant) Covers(request Right) bool {
	return slices.ContainsFunc(g.Rights, func(r Right) bool { return r.covers(request) })
}

// Read reads the roles and their bindings out of manifests. A manifest that
// grants what can not be compared, as URLs that are no resources or an
// aggregated role, is an error.
func Read(manifests []byte) (Grant, error) {
	scheme := runtime.NewScheme()
	if err := rbacv1.AddToScheme(scheme); err != nil {
		return Grant{}, fmt.Errorf("knowing roles: %w", err)
	}
	decoder := serializer.NewCodecFactory(scheme).UniversalDeserializer()
	var grant Grant
	for documents := yaml.NewYAMLReader(bufio.NewReader(bytes.NewReader(manifests))); ; {
		document, err := documents.Read()
		if errors.Is(err, io.EOF) {
			return grant, nil
		}
		if err != nil {
			return Grant{}, fmt.Errorf("reading the manifests: %w", err)
		}
		if len(bytes.TrimSpace(document)) == 0 {
			continue
		}
		object, _, err := decoder.Decode(document, nil, nil)
		if runtime.IsNotRegisteredError(err) {
			continue // neither role nor binding
		}
		if err != nil {
			return Grant{}, fmt.Errorf("reading the manifests: %w", err)
		}
		if err := grant.add(object); err != nil {
			return Grant{}, err
		}
	}
}

func (g *Grant) add(object runtime.Object) error {
	switch o := object.(type) {
	case *rbacv1.ClusterRole:
		if o.AggregationRule != nil {
			return fmt.Errorf("ClusterRole %s is aggregated of others", o.Name)
		}
		return g.addRules(o.Name, "", o.Rules)
	case *rbacv1.Role:
		return g.addRules(o.Name, o.Namespace, o.Rules)
	case *rbacv1.ClusterRoleBinding:
		g.Bindings = append(g.Bindings, o.Name)
	case *rbacv1.RoleBinding:
		g.Bindings = append(g.Bindings, o.Name)
	}
	return nil
}

func (g *Grant) addRules(role, namespace string, rules []rbacv1.PolicyRule) error {
	for _, rule := range rules {
		if len(rule.NonResourceURLs) > 0 {
			return fmt.Errorf("role %s grants URLs: %s", role, strings.Join(rule.NonResourceURLs, ", "))
		}
		names := rule.ResourceNames
		if len(names) == 0 {
			names = []string{""}
		}
		for _, verb := range rule.Verbs {
			for _, group := range rule.APIGroups {
				for _, resource := range rule.Resources {
					for _, name := range names {
						g.Rights = append(g.Rights, Right{verb, group, resource, namespace, name})
					}
				}
			}
		}
	}
	return nil
}
