package scale

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"

	"evenkeel.dev/evenkeel/hack/localcluster"
)

// Etcd writes into a local cluster's etcd, past its API server: that would take
// minutes for what this does in seconds, and would share the machine with what
// is measured. It speaks just enough of etcd's gRPC API for it, by net/http:
// etcd's own client would be a dependency of this module.
//
// It is safe for concurrent use.
type Etcd struct {
	url    string
	client *http.Client
}

// NewEtcd connects to the etcd of a cluster, as its API server does.
func NewEtcd(cluster *localcluster.Cluster) (*Etcd, error) {
	component, err := cluster.Component(localcluster.Etcd)
	if err != nil {
		return nil, err
	}
	folder := filepath.Join(cluster.Dir(), "pki")
	pair, err := tls.LoadX509KeyPair(filepath.Join(folder, "tls.crt"), filepath.Join(folder, "tls.key"))
	if err != nil {
		return nil, fmt.Errorf("reading the cluster's certificate: %w", err)
	}
	ca, err := os.ReadFile(filepath.Join(folder, "ca.crt"))
	if err != nil {
		return nil, fmt.Errorf("reading the cluster's authority: %w", err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(ca)
	return &Etcd{
		url: fmt.Sprintf("https://127.0.0.1:%d/etcdserverpb.KV/Txn", component.Port()),
		client: &http.Client{Transport: &http.Transport{
			ForceAttemptHTTP2: true, // gRPC is HTTP/2
			TLSClientConfig:   &tls.Config{RootCAs: roots, Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS13},
		}},
	}, nil
}

// Change is what becomes of a key: its new value, or its end.
type Change struct {
	Key   string
	Value []byte // nil to delete the key
}

// Write makes changes in one transaction, of which each key may be in one only.
func (e *Etcd) Write(ctx context.Context, changes ...Change) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, e.url, bytes.NewReader(frame(txn(changes))))
	if err != nil {
		return fmt.Errorf("writing into etcd: %w", err)
	}
	request.Header.Set("Content-Type", "application/grpc")
	request.Header.Set("TE", "trailers")
	response, err := e.client.Do(request)
	if err != nil {
		return fmt.Errorf("writing into etcd: %w", err)
	}
	defer response.Body.Close()
	// The status comes after the body, or in its stead.
	if _, err := io.Copy(io.Discard, response.Body); err != nil {
		return fmt.Errorf("writing into etcd: %w", err)
	}
	status, message := response.Trailer.Get("Grpc-Status"), response.Trailer.Get("Grpc-Message")
	if status == "" {
		status, message = response.Header.Get("Grpc-Status"), response.Header.Get("Grpc-Message")
	}
	if status != "0" {
		if text, err := url.PathUnescape(message); err == nil {
			message = text
		}
		return errors.New("writing into etcd: gRPC status " + status + ": " + message)
	}
	return nil
}

// Close lets go of the connections.
func (e *Etcd) Close() { e.client.CloseIdleConnections() }

// frame puts gRPC's header before a message: not compressed, and its length.
func frame(message []byte) []byte {
	head := make([]byte, 5, 5+len(message))
	binary.BigEndian.PutUint32(head[1:], uint32(len(message))) //nolint:gosec // etcd takes 1.5 MiB at the most
	return append(head, message...)
}

// txn encodes a TxnRequest without a condition:
//
//	TxnRequest{success = 2: repeated RequestOp}
//	RequestOp{request_put = 2: PutRequest | request_delete_range = 3: DeleteRangeRequest}
//	PutRequest{key = 1, value = 2}, DeleteRangeRequest{key = 1}
func txn(changes []Change) []byte {
	var message []byte
	for _, c := range changes {
		op, kind := field(nil, 1, []byte(c.Key)), 3
		if c.Value != nil {
			op, kind = field(op, 2, c.Value), 2
		}
		message = field(message, 2, field(nil, kind, op))
	}
	return message
}

// field appends a protobuf field of bytes.
func field(to []byte, number int, value []byte) []byte {
	const lengthDelimited = 2
	to = binary.AppendUvarint(to, uint64(number)<<3|lengthDelimited) //nolint:gosec // a small constant
	to = binary.AppendUvarint(to, uint64(len(value)))
	return append(to, value...)
}
