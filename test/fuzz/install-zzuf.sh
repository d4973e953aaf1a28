#!/bin/sh
# Installs Debian's zzuf, as root.
set -eu
command -v zzuf >/dev/null && exit 0
apt-get update -qq
apt-get install -y --no-install-recommends zzuf
