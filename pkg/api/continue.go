package api

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"encoding/json"
	"io"

	"evenkeel.dev/evenkeel/pkg/report"
)

// key is an item's place in the order of a list, worst first. The next page
// begins after the place of the last item, not after so many items, nor after
// that item itself: verdicts move between two pages, and a place remains.
type key struct {
	Rank      int     `json:"v"`
	NodeLoss  float64 `json:"n"`
	ZoneLoss  float64 `json:"z"`
	Replicas  int     `json:"r"`
	Namespace string  `json:"s"`
	App       string  `json:"a"`
	Kind      string  `json:"k"`
	Name      string  `json:"w"`
}

func keyOf(i report.Item) key {
	return key{
		Rank: i.Verdict.Rank(), NodeLoss: i.WorstNode.Share, ZoneLoss: i.WorstZone.Share, Replicas: i.Replicas,
		Namespace: i.ID.Namespace, App: i.ID.App, Kind: i.ID.Kind, Name: i.ID.Name,
	}
}

// compare is the report's own order.
func (k key) compare(other key) int {
	return cmp.Or(
		cmp.Compare(k.Rank, other.Rank),
		-cmp.Compare(k.NodeLoss, other.NodeLoss),
		-cmp.Compare(k.ZoneLoss, other.ZoneLoss),
		-cmp.Compare(k.Replicas, other.Replicas),
		cmp.Compare(k.Namespace, other.Namespace),
		cmp.Compare(k.App, other.App),
		cmp.Compare(k.Kind, other.Kind),
		cmp.Compare(k.Name, other.Name),
	)
}

// token is the key as a word for a URL.
func (k key) token() string {
	encoded, err := json.Marshal(k)
	if err != nil {
		return "" // numbers and strings can always be encoded; a loss is finite
	}
	return base64.RawURLEncoding.EncodeToString(encoded)
}

// after gives the place after which a page begins; nil for the first page.
func (q query) after() (*key, error) {
	token, err := q.one("continue")
	if err != nil || token == "" {
		return nil, err
	}
	malformed := badRequest("malformed continue: want the one of the page before, as it was")
	encoded, err := base64.RawURLEncoding.Strict().DecodeString(token)
	if err != nil {
		return nil, malformed
	}
	decoder := json.NewDecoder(bytes.NewReader(encoded))
	decoder.DisallowUnknownFields()
	var k key
	if err := decoder.Decode(&k); err != nil {
		return nil, malformed
	}
	if _, err := decoder.Token(); err != io.EOF || k.token() != token {
		return nil, malformed
	}
	return &k, nil
}
