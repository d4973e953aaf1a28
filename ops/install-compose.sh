#!/bin/sh
# Installs Debian's docker-compose for ops/check-compose.sh. Run it as root. Docker is not needed.
set -eu
docker compose version >/dev/null 2>&1 && exit 0
command -v docker-compose >/dev/null && exit 0
apt-get update -qq
apt-get install -y --no-install-recommends docker-compose
