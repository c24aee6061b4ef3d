/** The bpffs that is mounted, and who may write to it. */

import { BPFFS } from "./pins.ts";
import { UserError } from "../messages/errors.ts";
import { quote } from "../messages/quote.ts";
import { fileSystemMagic, isOpenToOthers, statusOf } from "../os/files.ts";

/** `BPF_FS_MAGIC` of linux/magic.h */
const BPF_FS_MAGIC = 0xcafe4a11;

const MOUNT = `mount -t bpf bpf ${BPFFS} -o mode=0700`;

// Permission bits of uapi/linux/stat.h. The kernel sets the sticky bit on the
// root of every bpffs (bpf_fill_super() in kernel/bpf/inode.c).
const STICKY = 0o1000;

/**
 * Refuses a machine on which no bpffs is mounted, or one in which others can
 * replace what is root's: systemd opens pins by their paths.
 *
 * @throws {UserError}
 */
export function assertBpffs(): void {
  const status = statusOf(BPFFS);
  if (status === undefined || !isBpffsMounted()) {
    throw new UserError(
      `Cannot use "${BPFFS}": no bpffs is mounted there`,
      { remedy: `Mount it: ${MOUNT}` },
    );
  }
  assertRoots(BPFFS, status, `Mount another one: ${MOUNT}`);
  if (!isOpenToOthers(status) || ((status.mode ?? 0) & STICKY) !== 0) return;
  throw new UserError(
    `Cannot use "${BPFFS}": others than root may rename what is in it`,
    { remedy: `Let only root in: chmod 0700 ${BPFFS}` },
  );
}

export function isBpffsMounted(): boolean {
  return fileSystemMagic(BPFFS) === BPF_FS_MAGIC;
}

/** Whether others than root may make something beside the directory of all pins. */
export function isBpffsOpenToOthers(): boolean {
  const status = statusOf(BPFFS);
  return status !== undefined && isOpenToOthers(status);
}

/** Refuses what another user owns. */
export function assertRoots(
  path: string,
  { uid }: Deno.FileInfo,
  remedy: string,
): void {
  if (uid === 0) return;
  throw new UserError(
    `Cannot use ${quote(path)}: it belongs to user ${uid}`,
    { remedy },
  );
}
