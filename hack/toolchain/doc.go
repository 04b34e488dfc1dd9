// Package toolchain finds, builds and caches the programs that the
// development environment runs: a Kubernetes control plane, the parts of a
// kind node, kwok, kubectl and the linter.
//
// Each tool is pinned in a small Go module under hack/tools, so that a clone
// and a Go module proxy are all it takes. A tool is looked for in the folder
// that KUBEBUILDER_ASSETS names first, where it counts only if it says that it
// is of the pinned version; otherwise it is built once per user, version,
// flags and Go version, and kept in the user's cache folder.
//
// It uses the standard library alone, so that running it compiles in an
// instant.
package toolchain
