/** What ss(8) of iproute2 says of sockets. */

import { INSTALL_IPROUTE2 } from "./netdev.ts";
import { runProgram } from "../os/subprocess.ts";

/** The cgroup in which a socket was created, by the socket's inode. */
export type CgroupOfSocket = (inode: string) => string | undefined;

/**
 * The cgroups in which the TCP and UDP sockets of this network namespace were
 * created. ss(8) is run once, at the first question.
 */
export function socketCgroups(): CgroupOfSocket {
  let cgroups: ReadonlyMap<string, string> | undefined;
  return (inode) => (cgroups ??= ask()).get(inode);
}

function ask(): ReadonlyMap<string, string> {
  const args = ["-H", "-n", "-t", "-u", "-a", "-e", "--cgroup"];
  // An ss that is too old prints no cgroups: every socket is reported then.
  return parseSocketCgroups(runProgram("ss", args, INSTALL_IPROUTE2).stdout);
}

/** Reads what `ss --extended --cgroup` prints: the cgroups, by inode. */
export function parseSocketCgroups(text: string): ReadonlyMap<string, string> {
  return new Map(
    text.split("\n").flatMap((line): [string, string][] => {
      const inode = / ino:(\d+)/.exec(line)?.[1];
      const cgroup = / cgroup:(\/\S*)/.exec(line)?.[1];
      return inode === undefined || cgroup === undefined
        ? []
        : [[inode, cgroup]];
    }),
  );
}

/** A socket that waits for packets at an address. */
export interface ListeningSocket {
  /** `tcp` or `udp` */
  readonly protocol: string;
  /** Address and port, with the device that it is bound to behind a "%". */
  readonly local: string;
}

/**
 * The TCP and UDP sockets of this network namespace that wait for packets and
 * that no process has open: those that the kernel has for itself. Only root
 * sees what processes have open.
 */
export function kernelSockets(): ListeningSocket[] {
  const args = ["-H", "-n", "-t", "-u", "-l", "-p"];
  return parseKernelSockets(runProgram("ss", args, INSTALL_IPROUTE2).stdout);
}

/** Reads what `ss --listening --processes` prints. */
export function parseKernelSockets(text: string): ListeningSocket[] {
  return text.split("\n").filter((line) => !line.includes(" users:"))
    .flatMap((line) => {
      const [protocol = "", , , , local] = line.trim().split(/\s+/);
      return local === undefined ? [] : [{ protocol, local }];
    });
}
