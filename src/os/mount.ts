/** Mounts that no path leads to: fsopen(2) and its kin, Linux 5.2. */

import { addressOf, cString } from "./ffi.ts";
import { checked, Fd, libc } from "./libc.ts";

// Numbers of system calls, the same on x86_64 and aarch64.
const SYS_FSOPEN = 430n;

const SYS_FSCONFIG = 431n;

const SYS_FSMOUNT = 432n;

// Of uapi/linux/mount.h.
const FSOPEN_CLOEXEC = 1n;

const FSCONFIG_SET_FLAG = 0n;

const FSCONFIG_CMD_CREATE = 6n;

const FSMOUNT_CLOEXEC = 1n;

/**
 * Mounts a file system where nobody sees it; it is reached by the descriptor
 * alone, and gone with that.
 *
 * @param flags The mount options, such as `nsdelegate`.
 * @throws {SystemError} Without CAP_SYS_ADMIN: EPERM.
 */
export function mountUnseen(type: string, flags: readonly string[]): Fd {
  const attempt = `mount ${type}`;
  const name = cString(type);
  using context = fdOf(
    attempt,
    libc.syscall(SYS_FSOPEN, addressOf(name), FSOPEN_CLOEXEC, 0n, 0n, 0n),
  );
  const configure = (command: bigint, key?: Uint8Array<ArrayBuffer>) => {
    const number = BigInt(context.number);
    const address = key === undefined ? 0n : addressOf(key);
    checked(
      attempt,
      libc.syscall(SYS_FSCONFIG, number, command, address, 0n, 0n),
    );
  };
  for (const flag of flags) configure(FSCONFIG_SET_FLAG, cString(flag));
  configure(FSCONFIG_CMD_CREATE);
  return fdOf(
    attempt,
    libc.syscall(
      ...[SYS_FSMOUNT, BigInt(context.number), FSMOUNT_CLOEXEC] as const,
      ...[0n, 0n, 0n] as const,
    ),
  );
}

function fdOf(attempt: string, result: bigint): Fd {
  return new Fd(Number(checked(attempt, result)));
}
