package cluster

import (
	"encoding/pem"
	"io"
	"log"
	"net/http/httptest"
)

// silent is for servers whose complaints about their clients are expected.
func silent() *log.Logger { return log.New(io.Discard, "", 0) }

func pemOf(server *httptest.Server) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
}
