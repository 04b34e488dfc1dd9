// Package page is what the benchmarks' documents have in common: the machine, tables,
// and a part that people write and no run overwrites.
package page
