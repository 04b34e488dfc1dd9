package faults_test

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"path/filepath"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"k8s.io/client-go/tools/clientcmd"

	"evenkeel.dev/evenkeel/hack/localcluster"
)

// proxy stands between an operator and the API server and passes TLS on as it
// is. Connections are refused, cut, muted or slowed down as a test says.
type proxy struct {
	target string
	port   int
	// latency is that of each way, bytes the bandwidth of each way a second;
	// zero for none and for all there is.
	latency time.Duration
	bytes   int

	mu       sync.Mutex
	listener net.Listener
	links    map[*link]struct{}
	running  sync.WaitGroup
}

// link is one connection through the proxy.
type link struct {
	client, server net.Conn
	// mute swallows what the server sends.
	mute atomic.Bool
}

func (l *link) cut() {
	l.client.Close()
	l.server.Close()
}

// newProxy starts a proxy to the API server that ends with the test.
func newProxy(t *testing.T) *proxy {
	t.Helper()
	return slowProxy(t, 0, 0)
}

// slowProxy starts one that is as slow as that.
func slowProxy(t *testing.T, latency time.Duration, bytes int) *proxy {
	t.Helper()
	p := &proxy{
		target:  fmt.Sprintf("127.0.0.1:%d", server(t).Port()),
		latency: latency, bytes: bytes, links: make(map[*link]struct{}),
	}
	p.open(t)
	t.Cleanup(func() {
		p.refuse()
		p.running.Wait()
	})
	return p
}

// kubeconfig is a user's, with the proxy for the server.
func (p *proxy) kubeconfig(t *testing.T, user string) string {
	t.Helper()
	path, err := suite.Cluster.KubeconfigFor(user)
	if err != nil {
		t.Fatal(err)
	}
	config, err := clientcmd.LoadFromFile(path)
	if err != nil {
		t.Fatal(err)
	}
	config.Clusters[localcluster.ContextName].Server = fmt.Sprintf("https://127.0.0.1:%d", p.port)
	path = filepath.Join(t.TempDir(), "kubeconfig")
	if err := clientcmd.WriteToFile(*config, path); err != nil {
		t.Fatal(err)
	}
	return path
}

// open takes connections, on the same port as before.
func (p *proxy) open(t *testing.T) {
	t.Helper()
	listener, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", p.port))
	if err != nil {
		t.Fatal(err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.listener, p.port = listener, listener.Addr().(*net.TCPAddr).Port
	p.running.Go(func() { p.accept(listener) })
}

// refuse cuts every connection and takes no other.
func (p *proxy) refuse() {
	p.mu.Lock()
	p.listener.Close()
	p.mu.Unlock()
	p.each(func(l *link) { l.cut() })
}

// cutSome cuts each connection with a chance of one half, and returns how many.
func (p *proxy) cutSome() int {
	n := 0
	p.each(func(l *link) {
		if rand.IntN(2) == 0 {
			l.cut()
			n++
		}
	})
	return n
}

// mute swallows what the server sends over the connections that there are, and
// leaves them open. Those that are made from now on are as good as any.
func (p *proxy) mute() {
	p.each(func(l *link) { l.mute.Store(true) })
}

func (p *proxy) cut() { p.each(func(l *link) { l.cut() }) }

func (p *proxy) each(do func(*link)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for l := range p.links {
		do(l)
	}
}

func (p *proxy) accept(listener net.Listener) {
	for {
		client, err := listener.Accept()
		if err != nil {
			return // refuse has closed it
		}
		p.running.Go(func() { p.pass(listener, client) })
	}
}

// pass carries one connection until either end of it closes.
func (p *proxy) pass(through net.Listener, client net.Conn) {
	defer client.Close()
	server, err := p.dial()
	if err != nil {
		return
	}
	defer server.Close()
	l := &link{client: client, server: server}
	defer l.cut()
	p.mu.Lock()
	refused := p.listener != through
	p.links[l] = struct{}{}
	p.mu.Unlock()
	defer func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		delete(p.links, l)
	}()
	if refused {
		return
	}
	var ways sync.WaitGroup
	ways.Go(func() { defer l.cut(); p.carry(server, client, nil) })
	ways.Go(func() { defer l.cut(); p.carry(client, server, &l.mute) })
	ways.Wait()
}

// A network has little under way: what it can not take waits with the sender,
// who finds out: 48 KiB are under way here, half a second of a slow network.
const (
	parcelSize = 4 << 10
	underWay   = 8
	window     = 16 << 10
	segment    = 1400
)

// dial connects to the API server. Loopback has segments of 64 KiB, and a sender
// buffers so many segments: over a slow network it would be megabytes ahead.
func (p *proxy) dial() (net.Conn, error) {
	d := net.Dialer{Control: func(_, _ string, raw syscall.RawConn) error {
		if p.bytes == 0 {
			return nil
		}
		var failed error
		err := raw.Control(func(fd uintptr) {
			failed = errors.Join(
				syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_RCVBUF, window),
				syscall.SetsockoptInt(int(fd), syscall.IPPROTO_TCP, syscall.TCP_MAXSEG, segment),
			)
		})
		return errors.Join(err, failed)
	}}
	return d.Dial("tcp", p.target)
}

// carry copies one way of a connection, as late and as slowly as it is set.
func (p *proxy) carry(to io.Writer, from io.Reader, mute *atomic.Bool) {
	late := make(chan parcel, underWay)
	var writing sync.WaitGroup
	writing.Go(func() { p.deliver(to, late) })
	defer writing.Wait()
	defer close(late)
	for {
		buffer := make([]byte, parcelSize)
		n, err := from.Read(buffer)
		if n > 0 && (mute == nil || !mute.Load()) {
			late <- parcel{bytes: buffer[:n], due: time.Now().Add(p.latency)}
		}
		if err != nil {
			return
		}
	}
}

// parcel is some bytes and when they arrive.
type parcel struct {
	bytes []byte
	due   time.Time
}

// deliver writes what is due. After an error it takes the rest and drops it.
func (p *proxy) deliver(to io.Writer, late <-chan parcel) {
	broken := false
	for next := range late {
		if broken {
			continue
		}
		if wait := time.Until(next.due); wait > 0 {
			<-time.After(wait)
		}
		if p.bytes > 0 {
			<-time.After(time.Duration(len(next.bytes)) * time.Second / time.Duration(p.bytes))
		}
		_, err := to.Write(next.bytes)
		broken = err != nil
	}
}
