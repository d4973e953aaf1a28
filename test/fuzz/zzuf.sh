#!/bin/sh
# Loads some hundred sample files damaged by zzuf, plain and gzip, while a server runs. Whatever a file contains,
# `storewatch load` must exit with 0 or 1 without a stack trace, the server must stay up, and a report on the accepted
# rows must succeed.
#
#   npm run build && test/fuzz/install-zzuf.sh && test/fuzz/zzuf.sh
#
# ZZUF_SEEDS=N: number of folders of five files for each ratio (default 6). ZZUF_FIRST: the first seed (default 1).
# ZZUF_RATIOS: the shares of bits to flip (default: four ratios).
set -eu
cd "$(dirname "$0")/../.."

seeds=${ZZUF_SEEDS:-6}
first=${ZZUF_FIRST:-1}
work=$(mktemp -d)
export STOREWATCH_HOME="$work/home" HTTP_PORT=0 GRPC_PORT=0
storewatch() { timeout 120 node_modules/.bin/node dist/src/cli.js "$@"; }

node_modules/.bin/node dist/src/cli.js serve >"$work/server.log" 2>&1 &
server=$!
# Ends only the server started here, and removes only its files.
trap 'kill "$server" 2>/dev/null && wait "$server" 2>/dev/null; rm -rf "$work"' EXIT
for _ in $(seq 120); do
  grep -q 'is ready' "$work/server.log" && break
  kill -0 "$server" || { cat "$work/server.log"; exit 1; }
  sleep 0.5
done
http=$(sed -n 's/^ *REST *//p' "$work/server.log")

storewatch generate "$work/whole" --stores 10 --days 2 >/dev/null
days=$(seq -f '2026-12-%02g' 1 31)
{ echo store_id,date,start_time_local,end_time_local; for day in $days; do echo "s,$day,09:00,14:00:00"; done; } \
  >"$work/whole/special_hours.csv"
{ echo store_id,opened_on,closed_on; for day in $days; do echo "s$day,2025-06-01,$day"; done; } >"$work/whole/store_life.csv"

files=0 loaded=0 failed=0
for ratio in ${ZZUF_RATIOS:-0.00005 0.0005 0.005 0.05}; do
  for seed in $(seq "$first" $((first + seeds - 1))); do
    rm -rf "$work/hurt" && mkdir "$work/hurt"
    for file in "$work"/whole/*.csv; do
      name=$(basename "$file")
      case $((seed % 3)) in
        0) zzuf -s "$seed" -r "$ratio" <"$file" >"$work/hurt/$name" ;;
        1) zzuf -s "$seed" -r "$ratio" -b 60- <"$file" >"$work/hurt/$name" ;; # keeps the header
        2) gzip -c "$file" | zzuf -s "$seed" -r "$ratio" >"$work/hurt/$name.gz" ;;
      esac
      files=$((files + 1))
    done
    status=0
    storewatch load "$work/hurt" >"$work/out" 2>&1 || status=$?
    case $status in
      0) loaded=$((loaded + 1)) ;;
      1) failed=$((failed + 1)) ;;
      *) echo "ratio $ratio, seed $seed: load exited with $status"; cat "$work/out"; exit 1 ;;
    esac
    if grep -Eq '^ +at |node_modules|Something went wrong' "$work/out"; then
      echo "ratio $ratio, seed $seed: load shows internals"
      cat "$work/out"
      exit 1
    fi
  done
done
curl -sf "$http/readyz" >/dev/null
storewatch report --out "$work/report.csv" >/dev/null
if grep -Eq '^ +at ' "$work/server.log"; then cat "$work/server.log"; exit 1; fi
echo "zzuf: $files files in $((loaded + failed)) folders, seeds $first to $((first + seeds - 1)): $loaded folders loaded, $failed failed; a report on $(($(wc -l <"$work/report.csv") - 1)) stores"
# Any failure has exited before.
echo "$((loaded + failed)) passed, 0 failed"
