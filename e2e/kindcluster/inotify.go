package kindcluster

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// inotifyInstances is how many inotify instances the nodes' programs take: 75
// were counted with four nodes. The kernel's limit is per user, and
// 128 on many machines: with a second cluster, the last node's kubelet ends.
const inotifyInstances = 80

// checkInotify fails where the nodes would not get their inotify instances, as
// far as that can be seen: by root, on the machine of the containers.
func checkInotify(proc string) error {
	limit, known := inotifyLimit(proc)
	if !known || os.Geteuid() != 0 {
		return nil
	}
	used := countInotify(proc)
	if limit-used >= inotifyInstances {
		return nil
	}
	return fmt.Errorf("only %d of %d inotify instances are free, and a cluster takes %d: sudo sysctl fs.inotify.max_user_instances=512",
		max(limit-used, 0), limit, inotifyInstances)
}

// inotifyLimit returns the kernel's limit, where there is one to be seen.
func inotifyLimit(proc string) (limit int, known bool) {
	text, err := os.ReadFile(filepath.Join(proc, "sys", "fs", "inotify", "max_user_instances"))
	if err != nil {
		return 0, false
	}
	limit, err = strconv.Atoi(strings.TrimSpace(string(text)))
	return limit, err == nil
}

// countInotify counts what is in use: an instance is an open file.
func countInotify(proc string) int {
	links, err := filepath.Glob(filepath.Join(proc, "[0-9]*", "fd", "*"))
	if err != nil {
		return 0
	}
	used := 0
	for _, link := range links {
		// What is gone by now is not in use.
		if target, err := os.Readlink(link); err == nil && target == "anon_inode:inotify" {
			used++
		}
	}
	return used
}
