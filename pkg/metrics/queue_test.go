package metrics_test

import (
	"testing"
	"testing/synctest"
	"time"

	"k8s.io/client-go/util/workqueue"
)

func TestAQueueIsMeasuredUnderKubernetesNames(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		reg, m := fresh()
		q := workqueue.NewTypedRateLimitingQueueWithConfig(
			workqueue.NewTypedItemExponentialFailureRateLimiter[string](time.Second, time.Minute),
			workqueue.TypedRateLimitingQueueConfig[string]{Name: "apps", MetricsProvider: m.Queue()})
		defer q.ShutDown()
		q.Add("waits")
		q.Add("waits too")
		time.Sleep(2 * time.Second) // virtual
		item, _ := q.Get()
		time.Sleep(3250 * time.Millisecond) // virtual; the queue looks every 500 ms
		exposes(t, reg, `
# HELP workqueue_depth Current depth of workqueue
# TYPE workqueue_depth gauge
workqueue_depth{name="apps"} 1
# HELP workqueue_adds_total Total number of adds handled by workqueue
# TYPE workqueue_adds_total counter
workqueue_adds_total{name="apps"} 2
# HELP workqueue_longest_running_processor_seconds How many seconds has the longest running processor for workqueue been running.
# TYPE workqueue_longest_running_processor_seconds gauge
workqueue_longest_running_processor_seconds{name="apps"} 3
# HELP workqueue_unfinished_work_seconds How many seconds of work has done that is in progress and hasn't been observed by work_duration. Large values indicate stuck threads. One can deduce the number of stuck threads by observing the rate at which this increases.
# TYPE workqueue_unfinished_work_seconds gauge
workqueue_unfinished_work_seconds{name="apps"} 3
# HELP workqueue_queue_duration_seconds How long in seconds an item stays in workqueue before being requested.
# TYPE workqueue_queue_duration_seconds histogram
workqueue_queue_duration_seconds_bucket{name="apps",le="1e-08"} 0
workqueue_queue_duration_seconds_bucket{name="apps",le="1e-07"} 0
workqueue_queue_duration_seconds_bucket{name="apps",le="1e-06"} 0
workqueue_queue_duration_seconds_bucket{name="apps",le="9.999999999999999e-06"} 0
workqueue_queue_duration_seconds_bucket{name="apps",le="9.999999999999999e-05"} 0
workqueue_queue_duration_seconds_bucket{name="apps",le="0.001"} 0
workqueue_queue_duration_seconds_bucket{name="apps",le="0.01"} 0
workqueue_queue_duration_seconds_bucket{name="apps",le="0.1"} 0
workqueue_queue_duration_seconds_bucket{name="apps",le="1"} 0
workqueue_queue_duration_seconds_bucket{name="apps",le="10"} 1
workqueue_queue_duration_seconds_bucket{name="apps",le="+Inf"} 1
workqueue_queue_duration_seconds_sum{name="apps"} 2
workqueue_queue_duration_seconds_count{name="apps"} 1
`)

		q.AddRateLimited(item)
		time.Sleep(750 * time.Millisecond) // virtual
		q.Done(item)
		exposes(t, reg, `
# HELP workqueue_retries_total Total number of retries handled by workqueue
# TYPE workqueue_retries_total counter
workqueue_retries_total{name="apps"} 1
# HELP workqueue_work_duration_seconds How long in seconds processing an item from workqueue takes.
# TYPE workqueue_work_duration_seconds histogram
workqueue_work_duration_seconds_bucket{name="apps",le="1e-08"} 0
workqueue_work_duration_seconds_bucket{name="apps",le="1e-07"} 0
workqueue_work_duration_seconds_bucket{name="apps",le="1e-06"} 0
workqueue_work_duration_seconds_bucket{name="apps",le="9.999999999999999e-06"} 0
workqueue_work_duration_seconds_bucket{name="apps",le="9.999999999999999e-05"} 0
workqueue_work_duration_seconds_bucket{name="apps",le="0.001"} 0
workqueue_work_duration_seconds_bucket{name="apps",le="0.01"} 0
workqueue_work_duration_seconds_bucket{name="apps",le="0.1"} 0
workqueue_work_duration_seconds_bucket{name="apps",le="1"} 0
workqueue_work_duration_seconds_bucket{name="apps",le="10"} 1
workqueue_work_duration_seconds_bucket{name="apps",le="+Inf"} 1
workqueue_work_duration_seconds_sum{name="apps"} 4
workqueue_work_duration_seconds_count{name="apps"} 1
`)
	})
}
