#!/bin/sh
# Installs Debian's promtool, which comes with prometheus, as root.
set -eu
command -v promtool >/dev/null && exit 0
apt-get update -qq
apt-get install -y --no-install-recommends prometheus
