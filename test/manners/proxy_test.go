package manners_test

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
)

// busyServer stands before the API server and answers the first few of certain
// requests as priority and fairness does where a queue is full.
type busyServer struct {
	kubeconfig string
	match      func(*http.Request) bool
	after      time.Duration
	times      int
	behind     http.Handler

	mu    sync.Mutex
	asked []time.Time
}

// newBusyServer turns away that many requests that match, each for so long.
func newBusyServer(t *testing.T, times int, after time.Duration, match func(*http.Request) bool) *busyServer {
	t.Helper()
	config := suite.Cluster.RESTConfig()
	target, err := url.Parse(config.Host)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(config.CAData)
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}}
	t.Cleanup(transport.CloseIdleConnections)
	b := &busyServer{match: match, after: after, times: times, behind: &httputil.ReverseProxy{
		Rewrite:       func(r *httputil.ProxyRequest) { r.SetURL(target) },
		Transport:     transport,
		FlushInterval: -1,                                                 // watches
		ErrorLog:      log.New(io.Discard, "", 0),                         // of an operator that was stopped
		ErrorHandler:  func(http.ResponseWriter, *http.Request, error) {}, // the same
	}}
	server := httptest.NewTLSServer(b) // client-go sends no token in the clear
	t.Cleanup(server.Close)
	b.kubeconfig = filepath.Join(t.TempDir(), "kubeconfig")
	kubeconfig := clientcmdapi.NewConfig()
	kubeconfig.Clusters["busy"] = &clientcmdapi.Cluster{
		Server:                   server.URL,
		CertificateAuthorityData: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}),
	}
	kubeconfig.AuthInfos["admin"] = &clientcmdapi.AuthInfo{Token: config.BearerToken}
	kubeconfig.Contexts["busy"] = &clientcmdapi.Context{Cluster: "busy", AuthInfo: "admin"}
	kubeconfig.CurrentContext = "busy"
	if err := clientcmd.WriteToFile(*kubeconfig, b.kubeconfig); err != nil {
		t.Fatal(err)
	}
	return b
}

func (b *busyServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if b.match(r) && b.note() <= b.times {
		w.Header().Set("Retry-After", strconv.Itoa(int(b.after/time.Second)))
		w.Header().Set("X-Kubernetes-PF-FlowSchema-UID", "busy")
		http.Error(w, "Too many requests, please try again later.", http.StatusTooManyRequests)
		return
	}
	b.behind.ServeHTTP(w, r)
}

// note takes a request down and tells which one it is, from 1.
func (b *busyServer) note() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.asked = append(b.asked, time.Now())
	return len(b.asked)
}

// waits are the times between the requests that matched.
func (b *busyServer) waits() []time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	var waits []time.Duration
	for i := 1; i < len(b.asked); i++ {
		waits = append(waits, b.asked[i].Sub(b.asked[i-1]))
	}
	return waits
}
