#!/bin/sh
# Has docker-compose.yml read by docker-compose (Debian's, or the plugin of Docker), and says which services there are: no engine is needed.
set -eu
cd "$(dirname "$0")/.."
if docker compose version >/dev/null 2>&1; then compose='docker compose'
elif command -v docker-compose >/dev/null; then compose=docker-compose
else
  echo 'NOT CHECKED: there is no docker-compose here (apt-get install docker-compose)'
  exit 0
fi
$compose config --quiet
$compose --env-file ops/s3.env config --quiet
echo "docker-compose.yml is well-formed: $(COMPOSE_PROFILES=scaled,s3,monitoring $compose config --services | sort | tr '\n' ' ')"
