# Shown in the guest by `deno task demo`: every command is real, and so is what
# it prints.

say() { printf '\n\033[1m%s\033[0m\n' "$*"; }
run() { printf '\033[36m# %s\033[0m\n' "$*"; sh -c "$*"; }

say "A VRF: a routing table with a device."
run ip link add vrfred up type vrf table 10

say "denovrf is one file. It brings its template units along."
run denovrf install
run systemctl start denovrf@vrfred

say "A daemon that knows nothing of VRFs, under a dynamic user and in a sandbox."
cat > /run/systemd/system/hello.service <<'UNIT'
[Service]
ExecStart=/usr/bin/python3 /payload/tests/system/daemon.py serve 7009 hello
DynamicUser=yes
ProtectControlGroups=yes
NoNewPrivileges=yes
PrivateTmp=yes
UNIT
run cat /run/systemd/system/hello.service
run systemctl start hello
listening() { until ss -Htln | grep -q :7009; do sleep 0.5; done; }
listening
run "ss -tln 'sport = 7009'"

say "The same daemon, unchanged, bound to the VRF:"
run denovrf bind --now hello vrfred
run cat /etc/systemd/system/hello.service.d/50-denovrf.conf
listening
run "ss -tln 'sport = 7009'"

say "Its user is still dynamic, and no process of denovrf runs:"
run 'stat -c "uid %u" /proc/$(systemctl show -P MainPID hello)'
run "ls -l /proc/[0-9]*/exe 2>/dev/null | grep -c /denovrf"

say "The VRF is deleted and recreated, with another ifindex. The daemon follows."
old=$(systemctl show -P MainPID hello)
run "ip link delete vrfred; ip link add vrfred up type vrf table 10"
until [ "$(systemctl show -P MainPID hello)" != "$old" ] &&
  ss -Hltn 'sport = 7009' | grep -q vrfred; do sleep 0.5; done
run "ip -brief link show dev vrfred"
run "ss -tln 'sport = 7009'"
true
