package page

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"strings"
	"text/template"
)

// remarks is the heading of what people write about a run, such as why an aim
// was missed.
const remarks = "\n## Remarks\n"

// Write writes a document from its template, which finds the figures under their
// names and, as Remarks, what stands under that heading in the file already.
func Write(file, document string, figures map[string]any) error {
	before, err := os.ReadFile(file)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("reading the page: %w", err)
	}
	_, said, _ := strings.Cut(string(before), remarks)
	all := maps.Clone(figures)
	all["Remarks"] = strings.TrimSpace(said)
	var out strings.Builder
	if err := template.Must(template.New(file).Parse(document)).Execute(&out, all); err != nil {
		return fmt.Errorf("writing the page: %w", err)
	}
	if err := os.WriteFile(file, []byte(out.String()), 0o644); err != nil { //nolint:gosec // a document
		return fmt.Errorf("writing the page: %w", err)
	}
	return nil
}
