/**
 * Drop-ins as denovrf wrote them before each had a line that states what it
 * is. `denovrf install` rewrites them. Pure.
 */

import type { DropIn } from "./drop_in.ts";

/** Reads such a drop-in. @returns `undefined` if the text is none. */
export function parseEarlierDropIn(text: string): DropIn | undefined {
  const ifname = /^# Written by denovrf bind, for interface (.+)$/m
    .exec(text)?.[1];
  const instance = /^After=(\S+)/m.exec(text)?.[1];
  if (ifname === undefined || instance === undefined) return undefined;
  return {
    ifname,
    instance,
    follow: /^Wants=/m.test(text),
    enabledInstance: text.includes("# The instance is enabled for this."),
    mode: {
      loopback: hasPinIn(text, "loopback"),
      lock: hasPinIn(text, "lock"),
    },
    resolvConf: /^BindReadOnlyPaths=(.*):/m.exec(text)?.[1],
    withoutSockets: false,
    boundWith: undefined,
  };
}

/** Whether a program is from a folder inside that of the interface's pins. */
function hasPinIn(text: string, folder: string): boolean {
  return new RegExp(`^BPFProgram=\\w+:.*/denovrf/[^/]+/${folder}/\\w+$`, "m")
    .test(text);
}
