package podview_test

import (
	"maps"
	"strings"
	"testing"
	"unicode/utf8"

	"evenkeel.dev/evenkeel/pkg/placement"
)

func TestOnlyTheAnnotationsThatAreReadAreKept(t *testing.T) {
	got := view(t, annotated("example.com/a", "b"), annotated("evenkeel.dev/settle", "2m"), annotated("evenkeel.dev/unknown", "x"))
	if want := map[string]string{"evenkeel.dev/settle": "2m"}; !maps.Equal(got.Template.Annotations, want) {
		t.Errorf("got %v, want %v", got.Template.Annotations, want)
	}
	if kept := view(t, annotated("example.com/a", "b")).Template.Annotations; kept != nil {
		t.Errorf("of a Pod without any, %v is kept", kept)
	}
}

func TestAnAnnotationTooLongIsCutAndStaysMalformed(t *testing.T) {
	const most = 300
	tests := map[string]string{
		"one of letters":                          strings.Repeat("x", 256<<10),
		"one that is cut amid a letter":           strings.Repeat("é€", 500),
		"one that is right up to where it is cut": "30s" + strings.Repeat(" ", 400) + "or so",
		"one that would be right when cut":        strings.Repeat("1h", 4000),
	}
	for name, value := range tests {
		t.Run(name, func(t *testing.T) {
			annotations := view(t, annotated(placement.SettleAnnotation, value)).Template.Annotations
			got := annotations[placement.SettleAnnotation]
			if len(got) > most || !utf8.ValidString(got) || !strings.HasPrefix(value, strings.TrimSuffix(got, "…")) {
				t.Errorf("%d bytes are kept: %q", len(got), got)
			}
			policy, invalid := placement.DefaultPolicy().Override(annotations)
			if len(invalid) != 1 || policy != placement.DefaultPolicy() {
				t.Errorf("it is read as %+v, malformed is %v", policy, invalid)
			}
		})
	}
}
