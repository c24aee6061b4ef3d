/** Reads /proc/self/mountinfo; see proc_pid_mountinfo(5). Pure. */

/** Where the cgroup2 file system is mounted, if it is. */
export function findCgroup2Mount(mountinfo: string): string | undefined {
  for (const line of mountinfo.split("\n")) {
    const [fields = "", fileSystem = ""] = line.split(" - ", 2);
    if (!fileSystem.startsWith("cgroup2 ")) continue;
    const mountPoint = fields.split(" ")[4];
    if (mountPoint !== undefined) return unescapeOctal(mountPoint);
  }
  return undefined;
}

/** The kernel writes white space and backslashes as `\040`. */
function unescapeOctal(field: string): string {
  return field.replace(
    /\\([0-7]{3})/g,
    (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)),
  );
}
