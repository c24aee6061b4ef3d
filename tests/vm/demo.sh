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
listening() { until ss -Htln | grep -q :7009; do :; done; }
listening
run "ss -tln 'sport = 7009'"

say "The same daemon, unchanged, with one drop-in:"
mkdir -p /run/systemd/system/hello.service.d
cat > /run/systemd/system/hello.service.d/vrf.conf <<'UNIT'
[Unit]
Requires=denovrf@vrfred.service denovrf-renew@vrfred.service
After=denovrf@vrfred.service denovrf-renew@vrfred.service
AssertPathExists=/sys/fs/bpf/denovrf/vrfred/sock_create

[Service]
BPFProgram=sock_create:/sys/fs/bpf/denovrf/vrfred/sock_create
UNIT
run cat /run/systemd/system/hello.service.d/vrf.conf
run "systemctl daemon-reload; systemctl restart hello"
listening
run "ss -tln 'sport = 7009'"

say "Its socket is on vrfred, its user is still dynamic, and nothing of denovrf runs:"
run 'stat -c "uid %u" /proc/$(systemctl show -P MainPID hello)'
run "ls -l /proc/[0-9]*/exe 2>/dev/null | grep -c /denovrf"
true
