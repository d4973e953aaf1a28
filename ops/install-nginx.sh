#!/bin/sh
# Installs Debian's nginx for npm run test:scaled. Run it as root. RUNLEVEL=1 keeps apt from starting the service.
set -eu
command -v nginx >/dev/null && exit 0
apt-get update -qq
RUNLEVEL=1 apt-get install -y --no-install-recommends nginx-light
