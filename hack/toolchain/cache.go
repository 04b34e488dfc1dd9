package toolchain

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
)

// entry is where the cache keeps one build of one tool.
type entry struct {
	// dir appears by a rename when it is complete, and is never changed after.
	dir string
	// binary is the program in dir.
	binary string
	// lock is held by whoever builds dir.
	lock string
}

// entry returns the place of a build. Everything that decides what comes out
// of the build is in its name, so that nothing ever has to be invalidated.
func (t *Toolchain) entry(p pinned, goVersion string) entry {
	dir := filepath.Join(t.Cache, p.name, p.version+"-"+cacheKey(p, goVersion))
	return entry{dir: dir, binary: filepath.Join(dir, p.name), lock: dir + ".lock"}
}

// cacheKey digests what a build depends on.
func cacheKey(p pinned, goVersion string) string {
	digest := sha256.New()
	// The lengths keep two neighbours from being taken for another pair.
	for _, part := range [][]byte{
		[]byte(p.name), []byte(p.pkg), []byte(p.version), []byte(p.ldflags(p.version)),
		[]byte(goVersion), []byte(runtime.GOOS), []byte(runtime.GOARCH), p.gomod, p.gosum,
	} {
		fmt.Fprintf(digest, "%d:", len(part))
		digest.Write(part)
	}
	return hex.EncodeToString(digest.Sum(nil))[:16]
}

// cached tells whether a path is a program.
func cached(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular() && info.Mode().Perm()&0o111 != 0
}
