# Left on the guest's disk for the next boot: two daemons that are enabled and
# bound, one to a VRF that systemd-networkd makes at boot, one to a VRF that
# nobody makes before the test does.
set -e
denovrf install
printf '[NetDev]\nName=vrfboot\nKind=vrf\n[VRF]\nTable=30\n' > /etc/systemd/network/10-vrfboot.netdev
printf '[Match]\nName=vrfboot\n[Network]\nLinkLocalAddressing=no\n' > /etc/systemd/network/10-vrfboot.network
cp /payload/tests/system/probe_loop.py /var/lib/probe_loop.py
for name in boot late; do
  cat > /etc/systemd/system/probe-$name.service <<UNIT
[Service]
ExecStart=/usr/bin/python3 /var/lib/probe_loop.py /var/log/probe-$name.log
[Install]
WantedBy=multi-user.target
UNIT
done
systemctl daemon-reload
systemctl mask --quiet systemd-networkd-wait-online.service
systemctl enable --quiet systemd-networkd probe-boot probe-late
denovrf bind --force probe-boot vrfboot
denovrf bind --force probe-late vrflate
# In this boot denovrf is mounted from /payload; in the next one it has to be
# there before anything is mounted.
umount /usr/local/bin/denovrf
install -m 755 /payload/denovrf /usr/local/bin/denovrf
