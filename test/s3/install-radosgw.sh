#!/bin/sh
# Installs what test/s3/radosgw.ts runs, as root: Debian's Ceph with RADOS Gateway, monitor and OSD.
set -eu
for program in radosgw radosgw-admin ceph ceph-mon ceph-osd ceph-authtool monmaptool setpriv; do
  command -v "$program" >/dev/null || missing=yes
done
[ "${missing:-}" = yes ] || exit 0
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
apt-get install -y -qq --no-install-recommends radosgw ceph-mon ceph-osd ceph-common util-linux
