#!/usr/bin/env bash
# gRPC for Debian's Python (/usr/bin/python3), and the compiler of its stubs. PyPI has the same as grpcio and grpcio-tools.
set -euo pipefail

packages=(python3-grpcio python3-protobuf protobuf-compiler protobuf-compiler-grpc)
if dpkg -s "${packages[@]}" > /dev/null 2>&1; then exit 0; fi

sudo=()
[ "$(id -u)" -eq 0 ] || sudo=(sudo)
"${sudo[@]}" apt-get update -qq
DEBIAN_FRONTEND=noninteractive "${sudo[@]}" apt-get install -y -qq --no-install-recommends "${packages[@]}"
