#!/usr/bin/env bash
# Installs Debian's Chromium as /usr/bin/chromium.
set -euo pipefail

packages=(chromium)
if dpkg -s "${packages[@]}" > /dev/null 2>&1; then exit 0; fi

sudo=()
[ "$(id -u)" -eq 0 ] || sudo=(sudo)
"${sudo[@]}" apt-get update -qq
DEBIAN_FRONTEND=noninteractive "${sudo[@]}" apt-get install -y -qq --no-install-recommends "${packages[@]}"
