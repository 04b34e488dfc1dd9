package kindcluster

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/distribution/reference"
	"sigs.k8s.io/kind/pkg/apis/config/defaults"
)

// builtRepository is where the node image of our own has its name.
const builtRepository = "localhost/evenkeel/node"

// A pull is given up if no layer has begun to arrive after answerPullTime: where
// there is no registry it would be tried for long. pullTime is for the whole.
const (
	answerPullTime = 20 * time.Second
	pullTime       = 20 * time.Minute
)

// nodeImage is the image that nodes are made of.
type nodeImage struct {
	name string
	// built says that it was built from Go modules: it has no kindnet and no
	// CoreDNS.
	built bool
}

func isBuilt(image string) bool { return strings.HasPrefix(image, builtRepository+":") }

// chooseNodeImage returns an image that the engine has: the wanted one; else
// kind's own where it can be pulled; else the one built here.
func (c *Cluster) chooseNodeImage(ctx context.Context, wanted string) (nodeImage, error) {
	if wanted != "" {
		return c.wantedNodeImage(ctx, wanted)
	}
	released, err := pullName(defaults.Image)
	if err != nil {
		return nodeImage{}, err
	}
	if has, err := c.engine.has(ctx, released); err != nil || has {
		return nodeImage{name: defaults.Image}, err
	}
	// Where one was built before, nothing could be pulled.
	before, err := c.engine.output(ctx, "images", "--quiet", "--filter", "reference="+builtRepository)
	if err != nil {
		return nodeImage{}, fmt.Errorf("looking for node images: %w", err)
	}
	if len(strings.Fields(string(before))) == 0 {
		c.log.linef("pulling %s", defaults.Image)
		err := c.engine.pull(ctx, released)
		if err == nil {
			return nodeImage{name: defaults.Image}, nil
		}
		if ctx.Err() != nil {
			return nodeImage{}, context.Cause(ctx)
		}
		c.log.linef("it can not be pulled (%v): one is built from Go modules", brief(err))
	}
	return c.builtNodeImage(ctx)
}

func (c *Cluster) wantedNodeImage(ctx context.Context, wanted string) (nodeImage, error) {
	image := nodeImage{name: wanted, built: isBuilt(wanted)}
	full, err := pullName(wanted)
	if err != nil {
		return nodeImage{}, err
	}
	has, err := c.engine.has(ctx, full)
	if err != nil || has {
		return image, err
	}
	if image.built {
		return nodeImage{}, fmt.Errorf("there is no image %s: leave --node-image out to have one built", wanted)
	}
	c.log.linef("pulling %s", wanted)
	if err := c.engine.pull(ctx, full); err != nil {
		return nodeImage{}, fmt.Errorf("node image %s can not be pulled: %w", wanted, brief(err))
	}
	return image, nil
}

// builtNodeImage builds the image of our own, unless it is in the user's cache,
// and gives it to the engine, unless that has it.
func (c *Cluster) builtNodeImage(ctx context.Context) (nodeImage, error) {
	name, archive, err := ensureImage(ctx, "node", c.log.out)
	if err != nil {
		return nodeImage{}, fmt.Errorf("building a node image: %w", err)
	}
	has, err := c.engine.has(ctx, name)
	if err != nil || has {
		return nodeImage{name: name, built: true}, err
	}
	c.log.linef("loading %s into %s", name, c.engine)
	if _, err := c.engine.output(ctx, "load", "-i", archive); err != nil {
		return nodeImage{}, fmt.Errorf("loading the node image: %w", err)
	}
	c.removeOlderNodeImages(ctx, name)
	return nodeImage{name: name, built: true}, nil
}

// removeOlderNodeImages makes room: each is more than a gigabyte. The engine
// keeps those that a cluster is made of.
func (c *Cluster) removeOlderNodeImages(ctx context.Context, newest string) {
	out, err := c.engine.output(ctx, "images", "--filter", "reference="+builtRepository, "--format", "{{.Repository}}:{{.Tag}}")
	if err != nil {
		return
	}
	for _, name := range strings.Fields(string(out)) {
		if name == newest {
			continue
		}
		if _, err := c.engine.output(ctx, "rmi", name); err == nil {
			c.log.linef("removed %s, which is out of date", name)
		}
	}
}

// pullName returns the name in full, as podman wants it and docker accepts it.
// Of a tag and a digest, the digest remains.
func pullName(image string) (string, error) {
	named, err := reference.ParseDockerRef(image)
	if err != nil {
		return "", fmt.Errorf("%q is no name of an image: %w", image, err)
	}
	return named.String(), nil
}

// pull pulls an image, once.
func (e engine) pull(ctx context.Context, image string) error {
	ctx, cancel := context.WithTimeout(ctx, pullTime)
	defer cancel()
	ctx, abort := context.WithCancelCause(ctx)
	defer abort(nil)
	watchdog := time.AfterFunc(answerPullTime, func() {
		abort(fmt.Errorf("no answer within %s", answerPullTime))
	})
	defer watchdog.Stop()
	said := &pullOutput{arrives: func() { watchdog.Stop() }}
	cmd := e.command(ctx, "pull", image)
	cmd.Stdout, cmd.Stderr = said, said
	if err := cmd.Run(); err != nil {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		return e.failed([]string{"pull", image}, lastTelling(said.String()), err)
	}
	return nil
}

// pullOutput collects what a pull says and tells when the first layer is
// announced: then the registry has answered.
type pullOutput struct {
	arrives func()

	mu   sync.Mutex
	text strings.Builder
}

var _ io.Writer = (*pullOutput)(nil)

func (o *pullOutput) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.text.Write(p)
	if containsAny(string(p), "Pulling from", "Pulling fs layer", "Copying blob", "Getting image source") {
		o.arrives()
	}
	return len(p), nil
}

func (o *pullOutput) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// brief shortens why something could not be pulled: the end of the chain of
// causes is what a person needs.
func brief(err error) error {
	parts := strings.Split(err.Error(), ": ")
	return errors.New(strings.Join(parts[max(0, len(parts)-2):], ": "))
}
