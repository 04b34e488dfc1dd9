package main

import (
	"fmt"
	"time"
)

// row is a line of the table.
type row struct {
	what string
	// aim is empty where there is none; met tells whether a result meets it.
	aim   string
	value func(result) string
	met   func(result) bool
}

// aimsHold is the number of Pods that the aims are about.
const aimsHold = 50_000

// rows are the table: what, and the aim at 50,000 Pods.
func rows() []row {
	return []row{
		{what: "apps", value: func(r result) string { return count(r.apps) }},
		{what: "a Pod in etcd, protobuf", value: func(r result) string { return kb(r.stored) }},
		{
			"heap a Pod, with its part of all verdicts", "≤ 700 B",
			func(r result) string { return fmt.Sprintf("%.0f B", r.heapPerPod()) },
			func(r result) bool { return r.heapPerPod() <= 700 },
		},
		{what: "… and of the program and the nodes too", value: func(r result) string {
			return fmt.Sprintf("%.0f B", r.operator.heap/float64(r.pods))
		}},
		{what: "… of a plain informer, without program and nodes", value: func(r result) string {
			return fmt.Sprintf("%.0f B", (r.plain.heap-r.plainBase)/float64(r.pods))
		}},
		{
			"RSS at rest", "≤ 90 MiB",
			func(r result) string { return mib(r.operator.rss) },
			func(r result) bool { return r.operator.rss <= 90*mebi },
		},
		{what: "… of a plain informer", value: func(r result) string { return mib(r.plain.rss) }},
		{
			"RSS at its peak, first sync and first verdicts", "≤ 130 MiB",
			func(r result) string { return mib(median(r.operator.peak)) },
			func(r result) bool { return median(r.operator.peak) <= 130*mebi },
		},
		{what: "… of a plain informer", value: func(r result) string { return mib(median(r.plain.peak)) }},
		{
			"time to ready", "≤ 0.7 × plain",
			func(r result) string {
				return fmt.Sprintf("%s (%.2f ×)", between(r.operator.ready), r.operator.time().Seconds()/r.plain.time().Seconds())
			},
			func(r result) bool { return r.operator.time().Seconds() <= .7*r.plain.time().Seconds() },
		},
		{what: "… of a plain informer, to synced", value: func(r result) string { return between(r.plain.ready) }},
		{what: "CPU time until then, and of a plain informer", value: func(r result) string {
			return seconds(median(r.operator.cpu)) + ", " + seconds(median(r.plain.cpu))
		}},
		{what: "time to every app's verdict", value: func(r result) string { return seconds(r.judged) }},
		{what: "… Events of what it found, all written after", value: func(r result) string {
			return fmt.Sprintf("%.0f, %s", r.found, seconds(r.told))
		}},
		{what: "requests until every app's verdict", value: func(r result) string { return fmt.Sprintf("%.0f", r.atStart) }},
		{
			"a scrape, p50 (worst of 50)", "≤ 20 ms",
			func(r result) string { return latency(r.pages.scrape) },
			func(r result) bool { return r.pages.scrape.quantile(.5) <= 20*time.Millisecond },
		},
		{
			"… its size, and series", "≤ 1 MB",
			func(r result) string {
				return fmt.Sprintf("%s, %s", kb(float64(r.pages.scrapeSize)), count(r.pages.series))
			},
			func(r result) bool { return r.pages.scrapeSize <= 1e6 },
		},
		{
			"`/api/v1/apps?limit=100`, p50 (worst of 50)", "≤ 20 ms",
			func(r result) string { return latency(r.pages.apps) },
			func(r result) bool { return r.pages.apps.quantile(.5) <= 20*time.Millisecond },
		},
		{what: "… its size", value: func(r result) string { return kb(float64(r.pages.appsSize)) }},
		{
			"CPU at rest, with the nodes' heartbeats", "≤ 0.5 % of a core",
			func(r result) string { return fmt.Sprintf("%.2f %%", r.rest.cpu*100) },
			func(r result) bool { return r.rest.cpu <= .005 },
		},
	}
}

// eventRows are the rows about what happens.
func eventRows() []row {
	return []row{
		{"Pod changes a second", "1,000", func(r result) string { return fmt.Sprintf("%.0f", r.churn.rate) }, kept},
		{what: "… verdicts of a change, as some are merged", value: func(r result) string { return fmt.Sprintf("%.2f", r.churn.merged) }},
		{what: "… event to verdict, p50", value: func(r result) string {
			if r.churn.p50 <= r.churn.lowest {
				return "≤ " + ms(r.churn.lowest)
			}
			return ms(r.churn.p50)
		}},
		{
			"… event to verdict, p99", "≤ 10 ms",
			func(r result) string {
				return fmt.Sprintf("%s (%.2f %% ≤ 10 ms)", ms(r.churn.p99), 100*r.churn.within)
			},
			func(r result) bool { return r.churn.p99 <= .01 && kept(r) },
		},
		{what: "… with a core of its own: p50, p99, at so many a second", value: func(r result) string {
			return fmt.Sprintf("%s, %s (%.2f %% ≤ 10 ms), %.0f", ms(r.apart.p50), ms(r.apart.p99), 100*r.apart.within, r.apart.rate)
		}},
		{what: "… another watch's event to the API's answer, p50, p99", value: func(r result) string {
			return ms(r.churn.seen.quantile(.5).Seconds()) + ", " + ms(r.churn.seen.quantile(.99).Seconds())
		}},
		{what: "… CPU", value: func(r result) string { return fmt.Sprintf("%.0f %%", r.churn.cpu*100) }},
		{what: "… RSS at its peak", value: func(r result) string { return mib(r.churn.peak) }},
		{what: "… watches that the API server ended", value: func(r result) string { return fmt.Sprintf("%.0f", r.churn.restarts) }},
		{what: "nodes of a zone NotReady, written within", value: func(r result) string {
			return fmt.Sprintf("%d, %s", r.zone.nodes, ms(r.zone.wrote.Seconds()))
		}},
		{what: "… then every count was right after", value: func(r result) string { return ms(r.zone.counted.Seconds()) }},
		{what: "… and the last verdict was changed after", value: func(r result) string {
			return ms(max(0, r.zone.judged.Seconds()))
		}},
		{what: "… verdicts changed", value: func(r result) string { return count(r.zone.verdicts) }},
		{what: "… Events written, the last after", value: func(r result) string {
			return fmt.Sprintf("%.0f, %s", r.zone.events, seconds(r.zone.told))
		}},
		{what: "… requests made", value: func(r result) string { return fmt.Sprintf("%.0f", r.zone.requests) }},
		{what: "… CPU time", value: func(r result) string { return seconds(r.zone.cpu) }},
		{what: "API server killed, changes meanwhile, and serves again after", value: func(r result) string {
			return count(r.relist.unseen) + ", " + seconds(r.relist.served)
		}},
		{what: "… then all is listed anew and right after", value: func(r result) string { return seconds(r.relist.took) }},
		{what: "… RSS at its peak", value: func(r result) string { return mib(r.relist.peak) }},
	}
}

// kept is true where as many Pods changed a second as were to, to a hundredth.
func kept(r result) bool { return r.churn.rate >= .99*changesPerSecond }

// heapPerPod is what the Pods add to the heap that there is with the nodes alone.
func (r result) heapPerPod() float64 { return (r.operator.heap - r.baseHeap) / float64(r.pods) }
