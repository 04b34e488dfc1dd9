package localcluster

import (
	"fmt"
	"math/rand/v2"
	"net"
)

// Ports come from below the range out of which systems choose the ports of
// outgoing connections (32768 and up on Linux, 49152 on others): a component
// that is down while others keep dialling its port would otherwise lose it to
// one of these connections, now and then to one that met itself.
const (
	lowestPort  = 12000
	highestPort = 29999
)

// freePort returns a loopback port that nobody listens on. Somebody may by
// the time it is used, so whoever uses it tries again with another.
func freePort() (int, error) {
	var last error
	for range 100 {
		port := lowestPort + rand.IntN(highestPort-lowestPort+1)
		listener, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err != nil {
			last = err
			continue
		}
		if err := listener.Close(); err != nil {
			return 0, fmt.Errorf("giving a port free: %w", err)
		}
		return port, nil
	}
	return 0, fmt.Errorf("finding a free port: %w", last)
}
