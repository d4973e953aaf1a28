#!/bin/sh
# Checks the Prometheus configuration and the alerts, and tests that each alert fires when it should. test/e2e/metrics-named.spec.ts
# checks that the server exports every metric used here and on the dashboard.
set -eu
cd "$(dirname "$0")"
# Syntax only: the file with the API key is not in the repository.
promtool check config --syntax-only prometheus.yml
promtool check rules alerts.yml
promtool test rules alerts.test.yml
