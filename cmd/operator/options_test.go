package main

import (
	"strings"
	"testing"
)

func TestAWrongCommandLineIsOneClearLine(t *testing.T) {
	cases := map[string]struct {
		args []string
		want string
	}{
		"no workers":                   {[]string{"--workers", "0"}, "--workers must be from 1 to 256, not 0"},
		"a loss above all":             {[]string{"--max-node-loss", "140%"}, `invalid argument "140%" for "--max-node-loss" flag: a percentage must be above 0% and at most 100%`},
		"a loss without its unit":      {[]string{"--max-zone-loss", "34"}, `invalid argument "34" for "--max-zone-loss" flag: want a percentage such as 34%`},
		"settle beyond its maximum":    {[]string{"--settle", "20m"}, "--settle-max (10m0s) must not be shorter than --settle (20m0s)"},
		"a negative settle time":       {[]string{"--settle", "-1s"}, "--settle must not be negative: -1s"},
		"a resync without a pause":     {[]string{"--resync", "1s"}, "--resync must be 0 or at least 1m, not 1s"},
		"repair of one namespace":      {[]string{"--mode", "enforce", "--namespace", "shop"}, "--mode enforce can not be had with --namespace: whether a node has room depends on the Pods of all namespaces"},
		"a mode of apps":               {[]string{"--mode", "off"}, `--mode must be observe, shadow or enforce, not "off"`},
		"a mode that nobody knows":     {[]string{"--mode", "heal"}, `--mode must be observe, shadow or enforce, not "heal"`},
		"no moves at all":              {[]string{"--moves-at-once", "0"}, "--moves-at-once must be at least 1, not 0"},
		"a log format nobody knows":    {[]string{"--logging-format", "xml"}, `--logging-format must be text or json, not "xml"`},
		"no requests at all":           {[]string{"--kube-api-qps", "0"}, "--kube-api-qps must be a number above 0, not 0"},
		"requests that are no number":  {[]string{"--kube-api-qps", "NaN"}, "--kube-api-qps must be a number above 0, not NaN"},
		"requests without a limit":     {[]string{"--kube-api-qps", "+Inf"}, "--kube-api-qps must be a number above 0, not +Inf"},
		"an address without a port":    {[]string{"--api-addr", "localhost"}, `--api-addr "localhost" is no address such as :8080 or 127.0.0.1:8081`},
		"no app labels":                {[]string{"--app-labels", ""}, "--app-labels must name at least one label"},
		"an app label that can not be": {[]string{"--app-labels", "a b"}, `--app-labels: "a b" is no label's name`},
		"a namespace that can not be":  {[]string{"--namespace", "A"}, `--namespace "A" is no namespace's name`},
		"an argument":                  {[]string{"run"}, `takes no arguments, but got ["run"]`},
		"a flag that is not there":     {[]string{"--wrokers", "1"}, "unknown flag: --wrokers"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			var stdout, stderr strings.Builder
			code := command(t.Context(), c.args, &stdout, &stderr)
			got := stderr.String()
			if code != exitUsage || stdout.Len() > 0 {
				t.Errorf("exit code %d, stdout %q; want %d and nothing", code, stdout.String(), exitUsage)
			}
			if !strings.HasPrefix(got, "operator: "+c.want) || strings.Count(got, "\n") != 1 {
				t.Errorf("said %q, want the one line %q", got, c.want)
			}
		})
	}
}

func TestHelpAndVersionGoToStandardOutput(t *testing.T) {
	for flag, want := range map[string]string{"--help": "--max-node-loss percentage", "--version": "evenkeel dev"} {
		var stdout, stderr strings.Builder
		if code := command(t.Context(), []string{flag}, &stdout, &stderr); code != exitOK || stderr.Len() > 0 {
			t.Errorf("%s: exit code %d, stderr %q", flag, code, stderr.String())
		}
		if !strings.Contains(stdout.String(), want) {
			t.Errorf("%s prints %q, want %q in it", flag, stdout.String(), want)
		}
	}
}

func TestAnUnreadableKubeconfigIsOneClearLine(t *testing.T) {
	var stdout, stderr strings.Builder
	code := command(t.Context(), []string{"--kubeconfig", "/does/not/exist", "--metrics-addr", "127.0.0.1:0", "--api-addr", "127.0.0.1:0"}, &stdout, &stderr)
	if got := stderr.String(); code != exitFailed || !strings.Contains(got, "/does/not/exist") || strings.Count(got, "\n") != 1 {
		t.Errorf("exit code %d, said %q", code, got)
	}
}
