/** What the host has to have for a guest, and how it gets it. */

/** Files that a kind of tests needs, and Debian's packages that have them. */
type Needs = Readonly<Record<string, string>>;

/** What makes and boots an image. */
export const VM_NEEDS: Needs = {
  "mmdebstrap": "mmdebstrap",
  "mkfs.ext4": "e2fsprogs",
  "qemu-system-x86_64": "qemu-system-x86",
};

/** What makes and boots an image of aarch64 on another architecture besides. */
export const AARCH64_NEEDS: Needs = {
  // mmdebstrap asks it.
  "arch-test": "arch-test",
  "qemu-system-aarch64": "qemu-system-arm",
  "qemu-aarch64-static": "qemu-user-static",
};

/** What tests/kernel runs, and what they load. */
export const KERNEL_NEEDS: Needs = {
  "bash": "bash",
  "cc": "gcc libc6-dev",
  "findmnt": "util-linux",
  "fish": "fish",
  "ip": "iproute2",
  "libbpf.so.1": "libbpf1",
  "python3": "python3",
  "setpriv": "util-linux",
  "strace": "strace",
  "systemd-escape": "systemd",
  "zsh": "zsh",
};

/** What makes packages, and looks at them. */
export const BUILD_NEEDS: Needs = {
  "dpkg-deb": "dpkg",
  "lintian": "lintian",
};

/** Installs what is missing with apt-get, or says what to install. */
export async function provide(needs: Needs): Promise<void> {
  const missing = Object.keys(needs).filter((name) => !isInstalled(name));
  if (missing.length === 0) return;
  const packages = missing.flatMap((name) => (needs[name] ?? "").split(" "));
  if (Deno.uid() !== 0 || !isInstalled("apt-get")) {
    throw new Error(
      `Cannot go on: ${missing.join(", ")} not found\nInstall ${
        packages.join(", ")
      } (the names of Debian's packages), or run this as root on Debian`,
    );
  }
  console.error(`Installing ${packages.join(", ")} with apt-get …`);
  await runQuietly("apt-get", ["update"]);
  await runQuietly("apt-get", [
    "install",
    "--yes",
    "--no-install-recommends",
    ...packages,
  ]);
}

/** Has the kernel run programs of aarch64 by qemu, where it does not already. */
export async function runAarch64(): Promise<void> {
  const directory = "/proc/sys/fs/binfmt_misc";
  await runQuietly("sh", [
    "-ec",
    `[ -e ${directory}/register ] || mount -t binfmt_misc binfmt_misc ${directory}
[ -e ${directory}/qemu-aarch64 ] ||
  cat /usr/lib/binfmt.d/qemu-aarch64.conf > ${directory}/register`,
  ]);
}

/** Runs a program to its end. @throws {Error} With what it printed, where it fails. */
export async function runQuietly(
  program: string,
  args: string[],
): Promise<void> {
  const { success, stdout, stderr } = await new Deno.Command(program, {
    args,
    env: { DEBIAN_FRONTEND: "noninteractive" },
    stdin: "null",
  }).output();
  if (success) return;
  const decoder = new TextDecoder();
  throw new Error(
    `Cannot run "${program} ${args.join(" ")}":\n${decoder.decode(stdout)}${
      decoder.decode(stderr)
    }`,
  );
}

/** Whether a program is on PATH or where Debian keeps root's, or a library. */
function isInstalled(name: string): boolean {
  const directories = [
    ...(Deno.env.get("PATH") ?? "").split(":"),
    ...["/usr/sbin", "/sbin"],
    ...["/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu"],
    ...["/usr/lib64", "/usr/lib"],
  ];
  return directories.some((directory) => {
    try {
      return Deno.statSync(`${directory}/${name}`).isFile;
    } catch {
      return false;
    }
  });
}
