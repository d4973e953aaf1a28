#!/bin/sh
# Starts the Citus cluster of docker-compose.yml and joins its servers. Run it again with more workers to add servers.
# Usage: CITUS_PASSWORD=... ops/citus/up.sh [WORKERS]     (default: 2)
set -eu
cd "$(dirname "$0")"
workers=${1:-2}
export COMPOSE_PROJECT_NAME=storewatch-citus
docker compose up --detach --wait --scale "worker=$workers"

on_coordinator() {
  docker compose exec -T coordinator psql --username storewatch --dbname storewatch --set ON_ERROR_STOP=1 --quiet --no-align --tuples-only "$@"
}
on_coordinator --command "select citus_set_coordinator_host('coordinator', 5432)" >/dev/null
i=1
while [ "$i" -le "$workers" ]; do
  on_coordinator --command "select citus_add_node('storewatch-citus-worker-$i', 5432)" >/dev/null
  i=$((i + 1))
done
# Moves shards to the new servers, in the background, if the database is distributed already.
on_coordinator --command 'select citus_rebalance_start() from (select from pg_dist_partition limit 1) as distributed' >/dev/null

cat <<TEXT
The cluster runs with $workers workers. To use it:
  export DATABASE_URL=postgresql://storewatch:\$CITUS_PASSWORD@127.0.0.1:${CITUS_PORT:-5433}/storewatch?sslmode=disable DISTRIBUTED=on
  npm start
  npm run --silent storewatch -- doctor
TEXT
