// Package buildcache keeps what takes minutes to build: each thing in a folder
// of its own, which appears whole or not at all, however its builder ends and
// however many want it at once.
package buildcache

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
)

// Entry is one thing in a cache.
type Entry struct {
	// Dir appears by a rename when it is complete and is never changed after.
	// Everything that decides what comes out of a build has to be in its name,
	// so that nothing ever has to be invalidated.
	Dir string
	// Name is the file in Dir that makes the entry count as complete.
	Name string
	// What tells a person what is built.
	What string
	// Executable says that a Name that can't be run doesn't count.
	Executable bool
}

// Path returns where the entry's file is, or will be.
func (e Entry) Path() string { return filepath.Join(e.Dir, e.Name) }

// Complete tells whether the entry is there.
func (e Entry) Complete() bool {
	info, err := os.Stat(e.Path())
	return err == nil && info.Mode().IsRegular() && (!e.Executable || info.Mode().Perm()&0o111 != 0)
}

// Ensure builds the entry unless it is there. build makes Name, and whatever
// else belongs to it, in the temporary folder it is given, which lies on the
// same file system as the cache and is removed if build fails. One builds;
// other processes that want the same wait for it. It fails as build does, or
// when ctx ends while it waits.
func (e Entry) Ensure(ctx context.Context, say *Progress, build func(ctx context.Context, temp string) error) error {
	if e.Complete() {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(e.Dir), 0o755); err != nil {
		return fmt.Errorf("making the cache folder: %w", err)
	}
	unlock, err := lockFile(ctx, e.Dir+".lock", func() {
		say.Linef("waiting for another process that is building %s", e.What)
	})
	if err != nil {
		return err
	}
	defer unlock()
	if e.Complete() {
		return nil
	}
	e.removeLeftovers()
	temp, err := os.MkdirTemp(filepath.Dir(e.Dir), filepath.Base(e.Dir)+".tmp-")
	if err != nil {
		return fmt.Errorf("making a temporary folder: %w", err)
	}
	defer os.RemoveAll(temp)

	done := say.During("building "+e.What, "no build of it is cached; the first one takes minutes")
	err = build(ctx, temp)
	if err == nil && !(Entry{Dir: temp, Name: e.Name, Executable: e.Executable}).Complete() {
		err = fmt.Errorf("the build of %s reported success but wrote no %s", e.What, e.Name)
	}
	done(err)
	if err != nil {
		return err
	}
	return e.publish(temp)
}

// publish gives a finished build its name. Nobody sees the entry before it is
// whole: a rename is atomic.
func (e Entry) publish(temp string) error {
	if err := os.Chmod(temp, 0o755); err != nil {
		return fmt.Errorf("opening the cache entry to be read: %w", err)
	}
	if err := os.RemoveAll(e.Dir); err != nil { // an entry that lost its file
		return fmt.Errorf("removing a damaged cache entry: %w", err)
	}
	if err := os.Rename(temp, e.Dir); err != nil {
		return fmt.Errorf("putting the build into the cache: %w", err)
	}
	return nil
}

// removeLeftovers removes what builders of this entry left that were killed.
// The lock is held, so none of them is alive.
func (e Entry) removeLeftovers() {
	left, err := filepath.Glob(e.Dir + ".tmp-*")
	if err != nil {
		return
	}
	for _, dir := range left {
		_ = os.RemoveAll(dir) // what cannot be removed only takes up space
	}
}
