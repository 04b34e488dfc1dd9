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

	"google.golang.org/protobuf/encoding/protowire"

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
		url: fmt.Sprintf("https://127.0.0.1:%d/etcdserverpb.KV/", component.Port()),
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
	if _, err := e.call(ctx, "Txn", txn(changes)); err != nil {
		return fmt.Errorf("writing into etcd: %w", err)
	}
	return nil
}

// Compact has etcd forget all that was before now: who watches from an earlier
// revision is told that it is too old.
func (e *Etcd) Compact(ctx context.Context) error {
	answer, err := e.call(ctx, "Txn", nil) // which changes nothing
	if err != nil {
		return fmt.Errorf("asking etcd for its revision: %w", err)
	}
	revision, err := revisionIn(answer)
	if err != nil {
		return err
	}
	// CompactionRequest{revision = 1}
	if _, err := e.call(ctx, "Compact", protowire.AppendVarint(protowire.AppendTag(nil, 1, protowire.VarintType), revision)); err != nil {
		return fmt.Errorf("compacting etcd: %w", err)
	}
	return nil
}

// call makes one call and returns the message that answers it.
func (e *Etcd) call(ctx context.Context, method string, message []byte) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, e.url+method, bytes.NewReader(frame(message)))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Content-Type", "application/grpc")
	request.Header.Set("TE", "trailers")
	response, err := e.client.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	// The status comes after the body, or in its stead.
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, err
	}
	status, why := response.Trailer.Get("Grpc-Status"), response.Trailer.Get("Grpc-Message")
	if status == "" {
		status, why = response.Header.Get("Grpc-Status"), response.Header.Get("Grpc-Message")
	}
	if status != "0" {
		if text, err := url.PathUnescape(why); err == nil {
			why = text
		}
		return nil, errors.New("gRPC status " + status + ": " + why)
	}
	return body[min(len(body), frameHead):], nil
}

// Close lets go of the connections.
func (e *Etcd) Close() { e.client.CloseIdleConnections() }

// frameHead is the length of gRPC's header of a message.
const frameHead = 5

// revisionIn finds the revision in the header of an answer:
//
//	TxnResponse{header = 1}, ResponseHeader{revision = 3}
func revisionIn(answer []byte) (uint64, error) {
	for len(answer) > 0 {
		number, kind, n := protowire.ConsumeTag(answer)
		if n < 0 {
			break
		}
		answer = answer[n:]
		switch {
		case number == 1 && kind == protowire.BytesType:
			header, n := protowire.ConsumeBytes(answer)
			if n < 0 {
				return 0, errNoRevision
			}
			answer = header
			continue
		case number == 3 && kind == protowire.VarintType:
			revision, n := protowire.ConsumeVarint(answer)
			if n < 0 {
				return 0, errNoRevision
			}
			return revision, nil
		}
		if n = protowire.ConsumeFieldValue(number, kind, answer); n < 0 {
			break
		}
		answer = answer[n:]
	}
	return 0, errNoRevision
}

var errNoRevision = errors.New("etcd does not tell its revision")

// frame puts gRPC's header before a message: not compressed, and its length.
func frame(message []byte) []byte {
	head := make([]byte, frameHead, frameHead+len(message))
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
