const SCRIPT = `mount -t bpf bpf /sys/fs/bpf
ip link set lo up
exec "$@"`;

/**
 * What goes in front of a command so that it runs, as root, in a network
 * namespace and with a bpffs of its own.
 */
export const IN_OWN_NAMESPACES: readonly string[] = [
  ...["unshare", "--net", "--mount", "sh", "-ec", SCRIPT, "sh"],
];
