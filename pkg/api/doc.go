// Package api serves what is known as JSON over HTTP, read only.
//
//	GET /api/v1/apps                    items, worst first, in pages
//	GET /api/v1/apps/{namespace}/{app}  the items of one app, with nodes and zones
//	GET /api/v1/nodes                   what each node carries, most lost first
//	GET /api/v1/nodes/{node}
//	GET /api/v1/zones                   the same for zones
//	GET /api/v1/zones/{zone}
//	GET /api/v1/what-if?node=&zone=     what is left when all those fail at once
//	GET /api/v1/plan                    what repair would do now, in order
//	GET /debug/pprof/                   Go's profiles
//
// Every field is always there. A list without elements is [], never null. A
// workload without a ready replica has no worst node or zone: its worstNode is
// {"name":"","loss":0}, so that a reader needs no case for it. A loss is a
// fraction from 0 to 1. since is a time of RFC 3339 in UTC, "" where unknown.
//
// A parameter that takes names takes several, repeated or separated by commas;
// an empty one counts as absent, and an unknown one is an error. Errors are
// {"error": "…"}: 400 for a request that can not be understood, 403 for one
// from a foreign web page, 404 for an unknown path or name, 405 for a method
// other than GET and HEAD, and 503 with Retry-After until all caches have
// synced, since before that an empty list would pass for good news.
package api
