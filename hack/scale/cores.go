package scale

import (
	"context"
	"fmt"
	"os/exec"
	"strconv"
)

// HoldTo lets all threads of a process, and those that they start from now on,
// run on some cores alone, which are named as taskset does: "0-2" or "3".
func HoldTo(ctx context.Context, pid int, cores string) error {
	cmd := exec.CommandContext(ctx, "taskset", "--all-tasks", "--cpu-list", "--pid", cores, strconv.Itoa(pid))
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("holding process %d to cores %s: %w: %s", pid, cores, err, out)
	}
	return nil
}
