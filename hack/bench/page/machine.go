package page

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"time"
)

// Machine is what figures depend on. It names no host and no path.
type Machine struct {
	CPU, RAM, Kernel, Go, Date, Commit string
	// Load is the load average of the last minute.
	Load  string
	Cores int
}

// ThisMachine describes it, with the commit that programs are built of now. It
// reads /proc, and so errs where there is none.
func ThisMachine() (Machine, error) {
	m := Machine{Cores: runtime.NumCPU(), Go: runtime.Version(), Date: time.Now().Format(time.DateOnly)}
	commit, err := exec.Command("git", "describe", "--always", "--dirty").Output()
	if err != nil {
		return m, fmt.Errorf("asking git what is measured: %w", err)
	}
	m.Commit = strings.TrimSpace(string(commit))
	cpu, err := fieldOf("/proc/cpuinfo", "model name")
	if err != nil {
		return m, err
	}
	m.CPU = cpu
	memory, err := fieldOf("/proc/meminfo", "MemTotal")
	if err != nil {
		return m, err
	}
	kib, _ := strconv.ParseFloat(strings.TrimSuffix(memory, " kB"), 64)
	m.RAM = fmt.Sprintf("%.0f GiB", kib/(1<<20))
	kernel, err := os.ReadFile("/proc/sys/kernel/osrelease")
	if err != nil {
		return m, fmt.Errorf("describing the machine: %w", err)
	}
	m.Kernel = strings.TrimSpace(string(kernel))
	load, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return m, fmt.Errorf("describing the machine: %w", err)
	}
	m.Load, _, _ = strings.Cut(string(load), " ")
	return m, nil
}

// fieldOf reads "name : value" out of a file.
func fieldOf(file, name string) (string, error) {
	content, err := os.ReadFile(file)
	if err != nil {
		return "", fmt.Errorf("describing the machine: %w", err)
	}
	for line := range strings.Lines(string(content)) {
		if key, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(key) == name {
			return strings.TrimSpace(value), nil
		}
	}
	return "unknown", nil
}
