#!/bin/sh
# Checks what Prometheus reads: its configuration, the alerts, and that each alert comes when it should. That the program
# exports every metric that is named here and on the dashboard, test/e2e/metrics-named.spec.ts checks.
set -eu
cd "$(dirname "$0")"
# The file with the API key is the reader's own.
promtool check config --syntax-only prometheus.yml
promtool check rules alerts.yml
promtool test rules alerts.test.yml
