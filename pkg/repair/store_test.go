package repair

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/client-go/kubernetes/fake"
	corev1client "k8s.io/client-go/kubernetes/typed/core/v1"
	clienttesting "k8s.io/client-go/testing"

	"evenkeel.dev/evenkeel/pkg/placement"
)

// configMaps is a clientset's ConfigMaps with what the fake lacks: resource
// versions, and conflicts between them.
func configMaps(t *testing.T) (corev1client.ConfigMapInterface, *fake.Clientset) {
	t.Helper()
	client := fake.NewClientset()
	var mu sync.Mutex
	version, current := 0, ""
	client.PrependReactor("*", "configmaps", func(action clienttesting.Action) (bool, runtime.Object, error) {
		mu.Lock()
		defer mu.Unlock()
		resource := schema.GroupResource{Resource: "configmaps"}
		if action.GetVerb() == "delete" {
			current = ""
		}
		written, ok := action.(clienttesting.UpdateAction) // a CreateAction too
		if !ok {
			return false, nil, nil
		}
		object := written.GetObject().(*corev1.ConfigMap)
		switch create := action.GetVerb() == "create"; {
		case create && object.ResourceVersion != "":
			return true, nil, apierrors.NewBadRequest("resourceVersion should not be set on objects to be created")
		case create && current != "":
			return true, nil, apierrors.NewAlreadyExists(resource, object.Name)
		case !create && current == "":
			return true, nil, apierrors.NewNotFound(resource, object.Name)
		case !create && object.ResourceVersion != current:
			return true, nil, apierrors.NewConflict(resource, object.Name, errors.New("it was changed"))
		}
		version++
		current = strconv.Itoa(version)
		object.ResourceVersion = current
		return false, nil, nil
	})
	return client.CoreV1().ConfigMaps("evenkeel"), client
}

func someMemory() Memory {
	l := onNodes([]string{"a", "a"}, "b")
	l.Pods[1].Created = noon()
	return Memory{
		web:            after(l, Same, Same, Same),
		named("moves"): Record{}.began(made("x", time.Minute)).fragile(l.Assessment, noon()),
	}
}

func TestTheMemoryComesBackAsItWas(t *testing.T) {
	client, _ := configMaps(t)
	want := someMemory()
	if err := NewConfigMapStore(client).Save(t.Context(), want); err != nil {
		t.Fatal(err)
	}
	got, err := NewConfigMapStore(client).Load(t.Context())
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v\nwant %+v", got, err, want)
	}
}

func TestEveryFieldOfARecordIsKept(t *testing.T) {
	var fill func(v reflect.Value)
	fill = func(v reflect.Value) {
		switch {
		case v.Type() == reflect.TypeFor[time.Time]():
			v.Set(reflect.ValueOf(noon()))
		case v.Kind() == reflect.Pointer:
			v.Set(reflect.New(v.Type().Elem()))
			fill(v.Elem())
		case v.Kind() == reflect.Struct:
			for i := range v.NumField() {
				fill(v.Field(i))
			}
		case v.Kind() == reflect.Slice:
			v.Set(reflect.ValueOf([]string{"one"}))
		case v.Kind() == reflect.String:
			v.SetString("text")
		case v.Kind() == reflect.Int:
			v.SetInt(3)
		case v.Kind() == reflect.Float64:
			v.SetFloat(.5)
		case v.Kind() == reflect.Bool:
			v.SetBool(true)
		default:
			t.Fatalf("a field of type %s", v.Type())
		}
	}
	var want Record
	fill(reflect.ValueOf(&want).Elem())
	got := decode(encode(Memory{web: want}, 1, mostBytes))
	if !reflect.DeepEqual(got[web], want) {
		t.Errorf("got  %+v\nwant %+v", got[web], want)
	}
}

func TestOfTwoThatWriteTheSecondGetsAConflictAndChangesNothing(t *testing.T) {
	tests := map[string]struct {
		// before is what both have loaded.
		before Memory
	}{
		"where there is one":      {someMemory()},
		"where there is none yet": {nil},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			client, _ := configMaps(t)
			one, two := NewConfigMapStore(client), NewConfigMapStore(client)
			if test.before != nil {
				if err := one.Save(t.Context(), test.before); err != nil {
					t.Fatal(err)
				}
			}
			for _, s := range []*ConfigMapStore{one, two} {
				if _, err := s.Load(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			mine := Memory{web: Record{}.began(made("mine", 0))}
			if err := one.Save(t.Context(), mine); err != nil {
				t.Fatal(err)
			}
			if err := two.Save(t.Context(), someMemory()); !errors.Is(err, ErrConflict) {
				t.Fatalf("the second gets %v", err)
			}
			if err := one.Save(t.Context(), mine); err != nil {
				t.Errorf("the first may not go on: %v", err)
			}
			if m, err := two.Load(t.Context()); err != nil || m[web].Move.UID != "mine" {
				t.Errorf("the second finds %+v, %v", m, err)
			}
			if err := two.Save(t.Context(), someMemory()); err != nil {
				t.Errorf("having loaded it may not write: %v", err)
			}
		})
	}
}

func TestADeletedConfigMapIsAConflictAndThenMadeAnew(t *testing.T) {
	client, _ := configMaps(t)
	s := NewConfigMapStore(client)
	if err := s.Save(t.Context(), someMemory()); err != nil {
		t.Fatal(err)
	}
	if err := client.Delete(t.Context(), ConfigMapName, metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	if err := s.Save(t.Context(), someMemory()); !errors.Is(err, ErrConflict) {
		t.Fatalf("got %v", err)
	}
	if m, err := s.Load(t.Context()); err != nil || len(m) != 0 {
		t.Fatalf("loaded %v, %v", m, err)
	}
	if err := s.Save(t.Context(), someMemory()); err != nil {
		t.Error(err)
	}
}

func TestWhatCanNotBeReadInTheConfigMapIsNone(t *testing.T) {
	data := encode(someMemory(), mostWorkloads, mostBytes)
	want := len(data)
	for key, text := range maps.Clone(data) {
		data["another-"+key[:8]] = text // under a key that is not its own
	}
	data["note"], data["half"] = "a person wrote this", `{"id":{"Namespace":"shop"`
	if got := decode(data); len(got) != want {
		t.Errorf("read %d of %d", len(got), want)
	}
}

func TestTheMemoryIsBounded(t *testing.T) {
	long := strings.Repeat("x", 253)
	m := make(Memory)
	for i := range 3000 {
		id := placement.WorkloadID{AppKey: placement.AppKey{Namespace: long[:63], App: fmt.Sprint(long, i)}, Kind: long, Name: long}
		move := made("x", 0)
		move.Name, move.Node, move.Result = long, long, Same
		r := Record{Touched: noon().Add(-time.Duration(i) * time.Second), Move: &move}
		for range mostDestinations {
			r.Destinations = append(r.Destinations, long)
		}
		m[id] = r
	}
	underWay := Record{}.began(made("0", 48*time.Hour))
	m[web] = underWay
	for name, most := range map[string]struct{ workloads, bytes int }{
		"by workloads": {10, mostBytes}, "by bytes": {mostWorkloads, 20 << 10}, "as it is": {mostWorkloads, mostBytes},
	} {
		t.Run(name, func(t *testing.T) {
			data := encode(m, most.workloads, most.bytes)
			size := 0
			for key, text := range data {
				size += len(key) + len(text)
				if problems := validation.IsConfigMapKey(key); len(problems) > 0 {
					t.Fatalf("%s: %v", key, problems)
				}
			}
			if len(data) > most.workloads || size > most.bytes || size < most.bytes/2 && len(data) < most.workloads {
				t.Errorf("%d entries of %d bytes, bounds %+v", len(data), size, most)
			}
			if _, kept := decode(data)[web]; !kept {
				t.Error("the move under way, which was touched longest ago, is lost")
			}
			for id, r := range decode(data) {
				if id != web && noon().Sub(r.Touched) > time.Duration(len(data))*time.Second {
					t.Fatalf("kept is what was touched %s ago", noon().Sub(r.Touched))
				}
			}
		})
	}
}

func TestAnIDOfAnyNamesHasAKeyOfItsOwn(t *testing.T) {
	a := placement.WorkloadID{AppKey: placement.AppKey{Namespace: "a", App: "b/c"}, Kind: "d", Name: "e"}
	b := placement.WorkloadID{AppKey: placement.AppKey{Namespace: "a", App: "b"}, Kind: "c/d", Name: "e"}
	if a.String() != b.String() || keyOf(a) == keyOf(b) {
		t.Errorf("%s and %s", keyOf(a), keyOf(b))
	}
}

func TestAnEmptyRecordTakesNoRoom(t *testing.T) {
	if data := encode(Memory{web: {FragileSince: noon(), Touched: noon()}}, 9, mostBytes); len(data) != 0 {
		text, err := json.Marshal(data)
		t.Errorf("kept: %s, %v", text, err)
	}
}
