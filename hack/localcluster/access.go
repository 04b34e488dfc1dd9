package localcluster

import (
	"encoding/csv"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
)

// ContextName is the name of the only context in the kubeconfig files.
const ContextName = "evenkeel-local"

// writeTokens writes the file that tells the API server its users.
func writeTokens(path string, users []User) error {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return fmt.Errorf("writing the users' tokens: %w", err)
	}
	defer file.Close()
	table := csv.NewWriter(file)
	for _, user := range users {
		// token, name, UID, groups
		record := []string{user.Token, user.Name, user.Name, strings.Join(user.Groups, ",")}
		if err := table.Write(record); err != nil {
			return fmt.Errorf("writing the users' tokens: %w", err)
		}
	}
	table.Flush()
	if err := table.Error(); err != nil {
		return fmt.Errorf("writing the users' tokens: %w", err)
	}
	return file.Close()
}

// writeKubeconfigs writes a self-contained kubeconfig file for each user.
func (c *Cluster) writeKubeconfigs() error {
	for _, user := range c.opts.Users {
		config := clientcmdapi.NewConfig()
		config.Clusters[ContextName] = &clientcmdapi.Cluster{
			Server:                   c.Server(),
			CertificateAuthorityData: c.pki.ca,
		}
		config.AuthInfos[user.Name] = &clientcmdapi.AuthInfo{Token: user.Token}
		config.Contexts[ContextName] = &clientcmdapi.Context{Cluster: ContextName, AuthInfo: user.Name}
		config.CurrentContext = ContextName
		if err := clientcmd.WriteToFile(*config, c.kubeconfigPath(user.Name)); err != nil {
			return fmt.Errorf("writing the kubeconfig of %s: %w", user.Name, err)
		}
	}
	return nil
}

func (c *Cluster) kubeconfigPath(user string) string {
	return filepath.Join(c.dir, "kubeconfig", url.PathEscape(user))
}

func (c *Cluster) user(name string) (User, error) {
	for _, user := range c.opts.Users {
		if user.Name == name {
			return user, nil
		}
	}
	return User{}, fmt.Errorf("no user %q: list it in Options.Users", name)
}

// Server returns the API server's URL.
func (c *Cluster) Server() string {
	return fmt.Sprintf("https://127.0.0.1:%d", c.apiServerPort)
}

// Kubeconfig returns the path of the administrator's kubeconfig file.
func (c *Cluster) Kubeconfig() string { return c.kubeconfigPath(adminUser) }

// KubeconfigFor returns the path of the kubeconfig file of one of
// Options.Users. It fails if there is no such user.
func (c *Cluster) KubeconfigFor(user string) (string, error) {
	if _, err := c.user(user); err != nil {
		return "", err
	}
	return c.kubeconfigPath(user), nil
}

// RESTConfig returns a new client configuration of the administrator. It sets
// no limit of its own to the rate of requests.
func (c *Cluster) RESTConfig() *rest.Config { return c.restConfig(c.opts.Users[0]) }

// RESTConfigFor returns a new client configuration, as RESTConfig does, of one
// of Options.Users. It fails if there is no such user.
func (c *Cluster) RESTConfigFor(user string) (*rest.Config, error) {
	found, err := c.user(user)
	if err != nil {
		return nil, err
	}
	return c.restConfig(found), nil
}

func (c *Cluster) restConfig(user User) *rest.Config {
	return &rest.Config{
		Host:            c.Server(),
		BearerToken:     user.Token,
		TLSClientConfig: rest.TLSClientConfig{CAData: c.pki.ca},
		QPS:             -1,
	}
}

// Token returns the administrator's bearer token.
func (c *Cluster) Token() string { return c.opts.Users[0].Token }
