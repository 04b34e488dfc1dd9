package api

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"io"

	"evenkeel.dev/evenkeel/pkg/placement"
	"evenkeel.dev/evenkeel/pkg/report"
)

// key is an item's place in the order of a list, worst first. The next page
// begins after the place of the last item, not after so many items, nor after
// that item itself: verdicts move between two pages, and a place remains.
type key struct {
	Verdict   placement.Verdict `json:"v"`
	NodeLoss  float64           `json:"n"`
	ZoneLoss  float64           `json:"z"`
	Replicas  int               `json:"r"`
	Namespace string            `json:"s"`
	App       string            `json:"a"`
	Kind      string            `json:"k"`
	Name      string            `json:"w"`
}

func keyOf(i report.Item) key {
	return key{
		Verdict: i.Verdict, NodeLoss: i.WorstNode.Share, ZoneLoss: i.WorstZone.Share, Replicas: i.Replicas,
		Namespace: i.ID.Namespace, App: i.ID.App, Kind: i.ID.Kind, Name: i.ID.Name,
	}
}

// item is as much of an item as its place in the report's order depends on.
func (k key) item() report.Item {
	return report.Item{Assessment: placement.Assessment{
		ID: placement.WorkloadID{
			AppKey: placement.AppKey{Namespace: k.Namespace, App: k.App},
			Kind:   k.Kind, Name: k.Name,
		},
		Verdict: k.Verdict, Replicas: k.Replicas,
		WorstNode: placement.Loss{Share: k.NodeLoss}, WorstZone: placement.Loss{Share: k.ZoneLoss},
	}}
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
	_, known := placement.ParseVerdict(string(k.Verdict))
	if _, err := decoder.Token(); err != io.EOF || k.token() != token || !known {
		return nil, malformed
	}
	return &k, nil
}
