#!/bin/sh
# Validates docker-compose.yml and ops/citus/docker-compose.yml with docker-compose (Debian's, or Docker's plugin) and lists its services. Needs no Docker engine.
set -eu
cd "$(dirname "$0")/.."
if docker compose version >/dev/null 2>&1; then compose='docker compose'
elif command -v docker-compose >/dev/null; then compose=docker-compose
else
  echo 'NOT CHECKED: docker-compose is not installed (apt-get install docker-compose)'
  exit 0
fi
$compose config --quiet
$compose --env-file ops/s3.env config --quiet
CITUS_PASSWORD=unused $compose --file ops/citus/docker-compose.yml config --quiet
echo "docker-compose.yml is valid; services: $(COMPOSE_PROFILES=scaled,s3,monitoring $compose config --services | sort | tr '\n' ' ')"
