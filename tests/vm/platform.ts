/** The architectures of guests, and what is different of each. */

import type { Architecture } from "../../src/build/compile.ts";

/** What a guest of an architecture is made of. */
export interface Platform {
  readonly architecture: Architecture;
  readonly emulator: string;
  /** The kernel's console, which is the first serial port. */
  readonly console: string;
  /** The terminal of a guest's work, and how qemu connects it to its stdio. */
  readonly terminal: string;
  readonly toStdio: readonly string[];
  /** The machine, but for the CPU under KVM. */
  readonly machine: readonly string[];
  /** The CPU under TCG. */
  readonly cpu: string;
  /** The longest that one boot may take, with whatever it has to do. */
  readonly minutes: number;
}

const X86_64: Platform = {
  architecture: "x86_64",
  emulator: "qemu-system-x86_64",
  console: "ttyS0",
  terminal: "/dev/ttyS1",
  toStdio: ["-serial", "stdio"],
  machine: [],
  // cmpxchg16b is a suspect in the panics that one CPU sees. Of the CPUs to be
  // had, one without AVX boots fastest: 19 s where "max" takes 24 s.
  cpu: "Nehalem,-cx16",
  minutes: 40,
};

const AARCH64: Platform = {
  architecture: "aarch64",
  emulator: "qemu-system-aarch64",
  console: "ttyAMA0",
  // The machine has one serial port only.
  terminal: "/dev/hvc0",
  toStdio: [
    ...["-chardev", "stdio,id=work", "-device", "virtio-serial-pci"],
    ...["-device", "virtconsole,chardev=work"],
  ],
  machine: ["-machine", "virt,gic-version=3"],
  // The pointer authentication of the architecture is most of what TCG does.
  cpu: "max,pauth-impdef=on",
  minutes: 180,
};

export const PLATFORMS: Readonly<Record<Architecture, Platform>> = {
  "x86_64": X86_64,
  "aarch64": AARCH64,
};
