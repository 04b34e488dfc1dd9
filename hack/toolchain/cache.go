package toolchain

import (
	"crypto/sha256"
	_ "embed" // for the build's own source
	"encoding/hex"
	"fmt"
	"path/filepath"
	"runtime"
	"strconv"

	"evenkeel.dev/evenkeel/hack/buildcache"
)

// entry returns the place of a build. Everything that decides what comes out
// of it is in its name.
func (t *Toolchain) entry(p pinned, compiler string) buildcache.Entry {
	return buildcache.Entry{
		Dir:  filepath.Join(t.Cache, p.name, p.version+"-"+cacheKey(p, compiler)),
		Name: p.name, What: p.name + " " + p.version, Executable: true,
	}
}

// buildSource is how a tool is built: who changes that gets new ones.
//
//go:embed build.go
var buildSource []byte

// cacheKey digests what a build depends on. What compiles it is the version of
// Go, and for cgo those of the C compiler and library too.
func cacheKey(p pinned, compiler string) string {
	digest := sha256.New()
	// The lengths keep two neighbours from being taken for another pair.
	for _, part := range [][]byte{
		[]byte(p.name), []byte(p.pkg), []byte(p.version), []byte(p.ldflags(p.version)),
		[]byte(p.tags), []byte(strconv.FormatBool(p.cgo)), []byte(compiler), buildSource, []byte(runtime.GOOS), []byte(runtime.GOARCH), p.gomod, p.gosum,
	} {
		fmt.Fprintf(digest, "%d:", len(part))
		digest.Write(part)
	}
	return hex.EncodeToString(digest.Sum(nil))[:16]
}
