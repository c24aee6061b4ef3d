/** Boots a guest, hands it a directory, and listens to what it says. */

import { runQuietly } from "../host.ts";
import type { Image } from "./image.ts";
import { TextLineStream } from "./lines.ts";
import type { Platform } from "./platform.ts";

/** How a guest's work ended. */
export interface GuestResult {
  /** The exit status of its work; `undefined` if it did not come to an end. */
  status: number | undefined;
  /** What it printed. */
  output: string;
}

/** A machine that boots. */
interface Guest {
  image: Image;
  acceleration: string;
  /** A directory for what it leaves behind. */
  work: string;
  /** Is given each line that its work prints. */
  onLine: (line: string) => void;
}

/** What the guest's script prints before and after its work. */
const BEGIN = "guest: begin";

const END = /^guest: end (\d+)$/;

/** What guest.sh does before the work. */
function prologue({ terminal }: Platform): string {
  return `until [ -c ${terminal} ]; do udevadm settle; done
stty -F ${terminal} raw -echo
exec >${terminal} 2>&1
echo ${BEGIN}
`;
}

const EPILOGUE = `
echo guest: end $?
sync
systemctl poweroff --force --force
`;

function kernelCommandLine({ console }: Platform): string {
  return [
    `root=/dev/vda rw console=${console} panic=-1`,
    // Every byte on the console costs time under TCG.
    "quiet systemd.show_status=0",
    "mitigations=off nokaslr",
  ].join(" ");
}

/**
 * Boots a guest once for each shell script that it is to run. What one leaves
 * on the disk, the next one finds.
 *
 * @param files What the guest finds below /payload: paths there, by paths here.
 * @param scripts Run by sh(1) as root, once the guest has booted.
 * @param onLine Is given each line that they print.
 * @returns A result for each script whose turn came: none has one after a
 * script that did not come to an end.
 */
export async function runInGuest(
  image: Image,
  files: Record<string, string>,
  scripts: readonly string[],
  onLine: (line: string) => void,
): Promise<GuestResult[]> {
  const work = await Deno.makeTempDir({ prefix: "denovrf-guest-" });
  try {
    const disk = `${work}/disk.img`;
    await runQuietly("cp", ["--sparse=always", image.disk, disk]);
    const acceleration = await findAcceleration(image);
    const guest: Guest = {
      image: { ...image, disk },
      acceleration,
      work,
      onLine,
    };
    const results: GuestResult[] = [];
    for (const script of scripts) {
      const text = `${prologue(image.platform)}(\n${script}\n)${EPILOGUE}`;
      const payload = await makePayload(work, files, text);
      const result = await bootTwiceIfNeeded(guest, payload);
      results.push(result);
      if (result.status === undefined) break;
    }
    return results;
  } finally {
    await runQuietly("rm", ["-rf", "--one-file-system", work]);
  }
}

/** Gives a root shell in a guest, on this terminal. */
export async function shellInGuest(
  image: Image,
  files: Record<string, string>,
  script: string,
): Promise<void> {
  const { emulator, terminal, toStdio } = image.platform;
  const work = await Deno.makeTempDir({ prefix: "denovrf-guest-" });
  try {
    const payload = await makePayload(
      work,
      files,
      `${script}
exec setsid --ctty --wait bash --login <${terminal} >${terminal} 2>&1
`,
    );
    const acceleration = await findAcceleration(image);
    await new Deno.Command(emulator, {
      args: [
        "-snapshot",
        ...machine({ image, acceleration, work }, payload),
        ...toStdio,
      ],
    }).spawn().status;
  } finally {
    await runQuietly("rm", ["-rf", "--one-file-system", work]);
  }
}

async function makePayload(
  work: string,
  files: Record<string, string>,
  script: string,
): Promise<string> {
  const directory = await Deno.makeTempDir({ dir: work, prefix: "payload-" });
  for (const [path, source] of Object.entries(files)) {
    const target = `${directory}/${path}`;
    const parent = target.slice(0, target.lastIndexOf("/"));
    await Deno.mkdir(parent, { recursive: true });
    await runQuietly("cp", ["-rL", source, target]);
  }
  await Deno.writeTextFile(`${directory}/guest.sh`, script);
  const disk = `${directory}.img`;
  await runQuietly("mkfs.ext4", [
    ...["-q", "-O", "^has_journal", "-d", directory, disk, "768M"],
  ]);
  return disk;
}

/** Debian's kernels panic under TCG now and then, early in boot. */
async function bootTwiceIfNeeded(
  guest: Guest,
  payload: string,
): Promise<GuestResult> {
  const first = await boot(guest, payload);
  if (first.began) return first;
  console.error("The guest did not boot; it gets one more try:");
  console.error(first.console.slice(-2000));
  const second = await boot(guest, payload);
  if (!second.began) console.error(second.console.slice(-4000));
  return second;
}

async function boot(
  guest: Guest,
  payload: string,
): Promise<GuestResult & { began: boolean; console: string }> {
  const { emulator, toStdio, minutes } = guest.image.platform;
  const qemu = new Deno.Command(emulator, {
    args: [...machine(guest, payload), ...toStdio],
    stdin: "null",
    stdout: "piped",
  }).spawn();
  const limit = setTimeout(
    () => qemu.kill("SIGKILL"),
    minutes * 60_000,
  );

  const result: GuestResult = { status: undefined, output: "" };
  let began = false;
  const lines = qemu.stdout
    .pipeThrough(new TextDecoderStream())
    .pipeThrough(new TextLineStream());
  for await (const line of lines) {
    const end = END.exec(line);
    if (line === BEGIN) began = true;
    else if (end !== null) result.status = Number(end[1]);
    else if (began && result.status === undefined) {
      guest.onLine(line);
      result.output += `${line}\n`;
    }
  }
  clearTimeout(limit);
  await qemu.status;
  const console_ = await Deno.readTextFile(consoleLog(guest));
  return { ...result, began, console: console_ };
}

/** Everything but the terminal of the work. */
function machine(
  guest: Omit<Guest, "onLine">,
  payload: string,
): string[] {
  const { image, acceleration } = guest;
  const { platform } = image;
  return [
    ...platform.machine,
    ...["-accel", acceleration, "-m", "1024"],
    // Under TCG a second CPU makes Debian's kernels panic.
    ...["-smp", "1", "-cpu", acceleration === "kvm" ? "host" : platform.cpu],
    ...["-nodefaults", "-display", "none", "-no-reboot"],
    ...["-kernel", image.kernel, "-initrd", image.initrd],
    ...["-append", kernelCommandLine(platform)],
    ...["-drive", `file=${image.disk},format=raw,if=virtio,cache=unsafe`],
    ...["-drive", `file=${payload},format=raw,if=virtio,readonly=on`],
    ...["-serial", `file:${consoleLog(guest)}`],
  ];
}

function consoleLog({ work }: Pick<Guest, "work">): string {
  return `${work}/console.log`;
}

/** KVM where it really boots a kernel, which takes more than /dev/kvm. */
async function findAcceleration(image: Image): Promise<string> {
  if (image.platform.architecture !== Deno.build.arch) return "tcg";
  try {
    const device = await Deno.open("/dev/kvm", { read: true, write: true });
    device.close();
  } catch {
    return "tcg";
  }
  return await bootsUnderKvm(image) ? "kvm" : "tcg";
}

/** A kernel without a root panics soon after its boot; -no-reboot ends it. */
async function bootsUnderKvm(image: Image): Promise<boolean> {
  const { emulator, machine, console } = image.platform;
  const probe = new Deno.Command(emulator, {
    args: [
      ...machine,
      ...["-accel", "kvm", "-cpu", "host", "-m", "512", "-nodefaults"],
      ...["-display", "none", "-no-reboot", "-serial", "stdio"],
      ...["-kernel", image.kernel],
      ...["-append", `console=${console} panic=-1`],
    ],
    stdin: "null",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const limit = setTimeout(() => probe.kill("SIGKILL"), 3_000);
  const output = await new Response(probe.stdout).text();
  clearTimeout(limit);
  await probe.status;
  return output.includes("Kernel panic - not syncing: VFS");
}
