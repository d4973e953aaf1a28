#!/bin/sh
# Installs Debian's nginx, as root, for npm run test:scaled. At this run level it is not started.
set -eu
command -v nginx >/dev/null && exit 0
apt-get update -qq
RUNLEVEL=1 apt-get install -y --no-install-recommends nginx-light
