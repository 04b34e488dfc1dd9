package localcluster

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"
)

// pki is a cluster's own certificate authority and one certificate by it, for
// servers and clients alike. A cluster's parts trust nobody else, so that a
// port that another process took is never mistaken for ours.
type pki struct {
	caFile, certFile, keyFile string
	// serviceAccountKey signs and checks the tokens of service accounts.
	serviceAccountKey string

	ca     []byte
	client *tls.Config
}

func newPKI(dir string) (*pki, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("making a folder for certificates: %w", err)
	}
	p := &pki{
		caFile:            filepath.Join(dir, "ca.crt"),
		certFile:          filepath.Join(dir, "tls.crt"),
		keyFile:           filepath.Join(dir, "tls.key"),
		serviceAccountKey: filepath.Join(dir, "service-account.key"),
	}
	if err := p.create(); err != nil {
		return nil, fmt.Errorf("making certificates: %w", err)
	}
	return p, nil
}

func (p *pki) create() error {
	caKey, err := newKey("")
	if err != nil {
		return err
	}
	ca := certificate("evenkeel local cluster CA")
	ca.IsCA, ca.BasicConstraintsValid, ca.KeyUsage = true, true, x509.KeyUsageCertSign
	if p.ca, err = sign(ca, ca, caKey, caKey, p.caFile); err != nil {
		return err
	}
	key, err := newKey(p.keyFile)
	if err != nil {
		return err
	}
	leaf := certificate("evenkeel local cluster")
	leaf.KeyUsage = x509.KeyUsageDigitalSignature
	leaf.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}
	leaf.IPAddresses = []net.IP{net.IPv4(127, 0, 0, 1)}
	leaf.DNSNames = []string{"localhost"}
	if _, err := sign(leaf, ca, key, caKey, p.certFile); err != nil {
		return err
	}
	if _, err := newKey(p.serviceAccountKey); err != nil {
		return err
	}
	pair, err := tls.LoadX509KeyPair(p.certFile, p.keyFile)
	if err != nil {
		return err
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(p.ca)
	p.client = &tls.Config{RootCAs: roots, Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS13}
	return nil
}

// certificate returns what all certificates here have in common. The clock of
// whoever checks it may be a little behind.
func certificate(name string) *x509.Certificate {
	return &x509.Certificate{
		SerialNumber: new(big.Int).SetBytes([]byte(rand.Text())),
		Subject:      pkix.Name{CommonName: name},
		NotBefore:    time.Now().Add(-time.Hour),
		NotAfter:     time.Now().AddDate(1, 0, 0),
	}
}

// newKey makes a key and writes it to a file that only this user reads,
// unless the path is empty.
func newKey(path string) (*ecdsa.PrivateKey, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil || path == "" {
		return key, err
	}
	der, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return nil, err
	}
	return key, os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: der}), 0o600)
}

// sign writes a certificate and returns it.
func sign(cert, by *x509.Certificate, key, byKey *ecdsa.PrivateKey, path string) ([]byte, error) {
	der, err := x509.CreateCertificate(rand.Reader, cert, by, key.Public(), byKey)
	if err != nil {
		return nil, err
	}
	encoded := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	return encoded, os.WriteFile(path, encoded, 0o600)
}

// randomToken returns a secret that cannot be guessed.
func randomToken() string { return rand.Text() }
