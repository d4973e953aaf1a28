#!/bin/sh
# Installs promtool, which is part of Debian's package prometheus. Run it as root.
set -eu
command -v promtool >/dev/null && exit 0
apt-get update -qq
apt-get install -y --no-install-recommends prometheus
