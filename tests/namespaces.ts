const SCRIPT = `mount -t bpf bpf /sys/fs/bpf -o mode=0700
ip link set lo up
cgroup=$(mktemp -d "$(findmnt -rnt cgroup2 -o TARGET | head -n 1)/denovrf-tests-XXXXXXXX")
status=0
(echo 0 > "$cgroup/cgroup.procs"; exec "$@") || status=$?
tries=0
until rmdir "$cgroup" 2>&-; do
  tries=$((tries + 1))
  [ $tries -lt 100 ] || exec rmdir "$cgroup"
  sleep 0.1
done
exit $status`;

/**
 * What goes in front of a command so that it runs, as root, in a network
 * namespace, a cgroup and with a bpffs of its own. The command has to leave no
 * process behind.
 */
export const IN_OWN_NAMESPACES: readonly string[] = [
  ...["unshare", "--net", "--mount", "sh", "-ec", SCRIPT, "sh"],
];
