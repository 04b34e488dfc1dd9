package metrics

// Other stands for a label value that is not one of those listed.
const Other = "other"

// How a reconcile ended.
const (
	ReconcileSuccess = "success"
	// ReconcileAgain asked for another go after a delay.
	ReconcileAgain = "again"
	ReconcileError = "error"
	ReconcilePanic = "panic"
)

// ReconcileResults lists how a reconcile may end.
func ReconcileResults() []string {
	return []string{ReconcileSuccess, ReconcileAgain, ReconcileError, ReconcilePanic}
}

// Why a list or watch began anew.
const (
	// WatchClosed is the server's ordinary end of a watch, every 5 to 10
	// minutes.
	WatchClosed = "closed"
	// WatchExpired is a resource version that the server no longer has (410),
	// or does not have yet.
	WatchExpired = "expired"
	// WatchFallback is a server that does not stream the first list.
	WatchFallback = "fallback"
	// WatchShort is a watch that was closed at once, with nothing in it.
	WatchShort = "short"
	// WatchOverdue is a watch that the server has not ended when it was to.
	WatchOverdue = "overdue"
	// WatchRefused is a server that does not listen, WatchConnection a
	// connection lost or not made in any other way.
	WatchRefused    = "refused"
	WatchConnection = "connection"
	WatchTimeout    = "timeout"
	// WatchThrottled is 429: the server asks to come back later.
	WatchThrottled = "throttled"
	// WatchDenied is 401 or 403, WatchServer 5xx.
	WatchDenied = "denied"
	WatchServer = "server"
)

// WatchReasons lists why a watch may begin anew; Other is for the rest.
func WatchReasons() []string {
	return []string{
		WatchClosed, WatchExpired, WatchFallback, WatchShort, WatchOverdue, WatchRefused, WatchConnection,
		WatchTimeout, WatchThrottled, WatchDenied, WatchServer, Other,
	}
}

// What became of an Event that was to be written.
const (
	EventCreated = "created"
	// EventExists had been written before, by this replica or another.
	EventExists = "exists"
	// EventDropped was given up: it had no place or no use any more.
	EventDropped = "dropped"
	// EventFailed was refused by the API for good.
	EventFailed = "failed"
)

// EventResults lists what may become of an Event; Other is for the rest.
func EventResults() []string {
	return []string{EventCreated, EventExists, EventDropped, EventFailed, Other}
}
