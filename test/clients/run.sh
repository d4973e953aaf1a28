#!/usr/bin/env bash
# Runs third-party clients against the built server: curl, buf curl, and the examples in TypeScript and Python.
set -euo pipefail
cd "$(dirname "$0")/../.."
export PATH="$PWD/node_modules/.bin:$PATH"

test/clients/install-python-grpc.sh
exec node --import ./test/setup/typescript-imports.mjs test/clients/main.ts
