#!/bin/bash
# Makes a router of a plain Amazon Linux machine: what comes from the private subnets leaves under its own address.
set -euo pipefail
echo 'net.ipv4.ip_forward = 1' >/etc/sysctl.d/90-nat.conf
sysctl --quiet --system

# nftables comes from a repository in S3, which this machine reaches by HTTPS.
# The way there may not be open yet, and half a GiB is little for dnf: a machine that gave up would be no router for ever.
dd if=/dev/zero of=/swap bs=1M count=512 status=none && chmod 600 /swap && mkswap --quiet /swap && swapon /swap
until dnf install --quiet --assumeyes nftables; do sleep 10; done
device=$(ip route show default | awk '{ print $5; exit }')
cat >/etc/nftables/nat.nft <<RULES
table ip nat {
  chain postrouting {
    type nat hook postrouting priority srcnat;
    oifname "$device" masquerade
  }
}
RULES
echo 'include "/etc/nftables/nat.nft"' >/etc/sysconfig/nftables.conf
systemctl enable --now nftables
