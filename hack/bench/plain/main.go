// Command plain watches what the operator watches by a shared informer factory
// as anyone would write it, and does nothing with it: what the operator is
// measured against. It serves /readyz, /held, which is how many Pods and nodes it
// has, and profiles, and says where in a line of JSON.
package main

import (
	"context"
	"fmt"
	"log"
	"net"
	"net/http"
	_ "net/http/pprof" // on the default mux, which is served below
	"os"
	"sync/atomic"
	"time"

	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
)

func main() {
	if len(os.Args) != 2 {
		log.Fatal("usage: plain KUBECONFIG")
	}
	if err := run(os.Args[1]); err != nil {
		log.Fatal(err)
	}
}

func run(kubeconfig string) error {
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return err
	}
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	factory := informers.NewSharedInformerFactory(client, 0)
	pods, nodes := factory.Core().V1().Pods().Informer(), factory.Core().V1().Nodes().Informer()
	factory.Core().V1().Namespaces().Informer()

	var synced atomic.Bool
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Printf("{\"metrics\":%q,\"api\":%q}\n", listener.Addr(), "http://"+listener.Addr().String())
	http.HandleFunc("/readyz", func(w http.ResponseWriter, _ *http.Request) { //nolint:forbidigo // beside the profiles
		if !synced.Load() {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	})
	http.HandleFunc("/held", func(w http.ResponseWriter, _ *http.Request) { //nolint:forbidigo // beside the profiles
		fmt.Fprintf(w, "%d %d", len(pods.GetStore().ListKeys()), len(nodes.GetStore().ListKeys()))
	})
	server := &http.Server{ReadHeaderTimeout: time.Second}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()

	ctx := context.Background()
	factory.StartWithContext(ctx)
	if err := factory.WaitForCacheSyncWithContext(ctx).AsError(); err != nil {
		return err
	}
	synced.Store(true)
	return <-served
}
