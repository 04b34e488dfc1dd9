// Command pause does nothing until it is told to end: what holds a Pod's
// namespaces, and what the Pods of the end-to-end tests run.
package main

import (
	"os"
	"os/signal"
	"syscall"
)

func main() {
	end := make(chan os.Signal, 1)
	signal.Notify(end, syscall.SIGTERM, syscall.SIGINT)
	<-end
}
