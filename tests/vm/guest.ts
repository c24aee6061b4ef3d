/** Boots a guest, hands it a folder, and listens to what it says. */

import { TextLineStream } from "./lines.ts";
import { runQuietly } from "../host.ts";
import type { Image } from "./image.ts";

/** How a guest's work ended. */
export interface GuestResult {
  /** The exit status of its work; `undefined` where it did not come to an end. */
  status: number | undefined;
  /** What it printed. */
  output: string;
}

/** What the guest's script prints before and after its work. */
const BEGIN = "guest: begin";
const END = /^guest: end (\d+)$/;

/** The longest that a guest may take, for whatever it has to do. */
const TIME_LIMIT_MINUTES = 30;

/** What guest.sh does around the work: its terminal is the second serial port. */
const PROLOGUE = `stty -F /dev/ttyS1 raw -echo
exec >/dev/ttyS1 2>&1
echo ${BEGIN}
`;
const EPILOGUE = `
echo guest: end $?
sync
systemctl poweroff --force --force
`;

/**
 * Boots a guest that runs a shell script, and passes on what that prints.
 *
 * @param files What the guest finds below /payload: paths there, by paths here.
 * @param script Run by sh(1) as root, once the guest has booted.
 */
export async function runInGuest(
  image: Image,
  files: Record<string, string>,
  script: string,
): Promise<GuestResult> {
  const work = await Deno.makeTempDir({ prefix: "denovrf-guest-" });
  try {
    const disk = await makePayload(
      work,
      files,
      `${PROLOGUE}(
${script}
)${EPILOGUE}`,
    );
    const acceleration = await findAcceleration(image);
    const first = await boot(image, disk, acceleration, work);
    if (first.began) return first;
    // Debian's kernels panic under TCG now and then, early in boot.
    console.error("The guest did not boot; it gets one more try:");
    console.error(first.console.slice(-2000));
    const second = await boot(image, disk, acceleration, work);
    if (!second.began) console.error(second.console.slice(-4000));
    return second;
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
  const work = await Deno.makeTempDir({ prefix: "denovrf-guest-" });
  try {
    const disk = await makePayload(
      work,
      files,
      `${script}
exec setsid --ctty --wait bash --login </dev/ttyS1 >/dev/ttyS1 2>&1
`,
    );
    await new Deno.Command("qemu-system-x86_64", {
      args: [
        ...machine(image, disk, await findAcceleration(image)),
        ...["-serial", `file:${work}/console.log`, "-serial", "mon:stdio"],
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
  const folder = `${work}/payload`;
  await Deno.mkdir(folder);
  for (const [path, source] of Object.entries(files)) {
    const target = `${folder}/${path}`;
    await Deno.mkdir(target.slice(0, target.lastIndexOf("/")), {
      recursive: true,
    });
    await runQuietly("cp", ["-rL", source, target]);
  }
  await Deno.writeTextFile(`${folder}/guest.sh`, script);
  const disk = `${work}/payload.img`;
  await runQuietly("mkfs.ext4", [
    ...["-q", "-O", "^has_journal", "-d", folder, disk, "768M"],
  ]);
  return disk;
}

async function boot(
  image: Image,
  disk: string,
  acceleration: string,
  work: string,
): Promise<GuestResult & { began: boolean; console: string }> {
  const consoleLog = `${work}/console.log`;
  const qemu = new Deno.Command("qemu-system-x86_64", {
    args: [
      ...machine(image, disk, acceleration),
      ...["-serial", `file:${consoleLog}`, "-serial", "stdio"],
    ],
    stdin: "null",
    stdout: "piped",
  }).spawn();
  const limit = setTimeout(
    () => qemu.kill("SIGKILL"),
    TIME_LIMIT_MINUTES * 60_000,
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
      console.log(line);
      result.output += `${line}\n`;
    }
  }
  await qemu.status;
  clearTimeout(limit);
  return { ...result, began, console: await Deno.readTextFile(consoleLog) };
}

function machine(image: Image, disk: string, acceleration: string): string[] {
  return [
    ...["-accel", acceleration, "-m", "1024"],
    // Under TCG a second CPU makes Debian's kernels panic, and cmpxchg16b is
    // a suspect in the panics that one CPU sees.
    ...["-smp", "1", "-cpu", acceleration === "kvm" ? "host" : "max,-cx16"],
    ...["-nodefaults", "-display", "none", "-no-reboot"],
    ...["-kernel", image.kernel, "-initrd", image.initrd],
    ...["-append", KERNEL_COMMAND_LINE],
    // What the guest writes goes to a file that nobody sees.
    ...["-drive", `file=${image.disk},format=raw,if=virtio,snapshot=on`],
    ...["-drive", `file=${disk},format=raw,if=virtio,readonly=on`],
  ];
}

const KERNEL_COMMAND_LINE = [
  "root=/dev/vda rw console=ttyS0 panic=-1",
  // Every byte on the console costs time under TCG.
  "quiet systemd.show_status=0",
  "mitigations=off nokaslr",
].join(" ");

/** KVM where it really boots a kernel, which takes more than /dev/kvm. */
async function findAcceleration(image: Image): Promise<string> {
  try {
    await Deno.open("/dev/kvm", { read: true, write: true })
      .then((file) => file.close());
  } catch {
    return "tcg";
  }
  return await bootsUnderKvm(image) ? "kvm" : "tcg";
}

/** A kernel without a root panics soon after its boot; -no-reboot ends it. */
async function bootsUnderKvm(image: Image): Promise<boolean> {
  const probe = new Deno.Command("qemu-system-x86_64", {
    args: [
      ...["-accel", "kvm", "-cpu", "host", "-m", "512", "-nodefaults"],
      ...["-display", "none", "-no-reboot", "-serial", "stdio"],
      ...["-kernel", image.kernel],
      ...["-append", "console=ttyS0 panic=-1"],
    ],
    stdin: "null",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const limit = setTimeout(() => probe.kill("SIGKILL"), 5_000);
  const output = await new Response(probe.stdout).text();
  await probe.status;
  clearTimeout(limit);
  return output.includes("Kernel panic - not syncing: VFS");
}
