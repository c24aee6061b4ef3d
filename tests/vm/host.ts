/** What the host has to have for a guest, and how it gets it. */

/** Programs that make and boot an image, and Debian's packages that have them. */
const PROGRAMS: Record<string, string> = {
  "mmdebstrap": "mmdebstrap",
  "mkfs.ext4": "e2fsprogs",
  "qemu-system-x86_64": "qemu-system-x86",
};

/** Installs what is missing with apt-get, or says what to install. */
export async function provideHostPrograms(): Promise<void> {
  const missing = Object.keys(PROGRAMS).filter((program) => !isOnPath(program));
  if (missing.length === 0) return;
  const packages = missing.map((program) => PROGRAMS[program] ?? program);
  if (Deno.uid() !== 0 || !isOnPath("apt-get")) {
    throw new Error(
      `Cannot boot a guest: ${missing.join(", ")} not found\nInstall ${
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

/** Whether a program is on PATH, or where Debian keeps those of root. */
export function isOnPath(program: string): boolean {
  const folders = (Deno.env.get("PATH") ?? "").split(":");
  return [...folders, "/usr/sbin", "/sbin"].some((folder) => {
    try {
      return Deno.statSync(`${folder}/${program}`).isFile;
    } catch {
      return false;
    }
  });
}
