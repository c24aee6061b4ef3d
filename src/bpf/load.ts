/** BPF as the kernel has it: how programs are loaded, through libbpf. */

import { BpfError, UnsupportedError } from "./bpf_error.ts";
import { fieldOffset } from "./btf.ts";
import { keepFacts } from "./btf_facts.ts";
import { encode } from "./insn.ts";
import { assertNamed, programInfo } from "./libbpf.ts";
import { libbpf } from "./library.ts";
import type { ProgramSpec } from "./spec.ts";
import type { UserError } from "../messages/errors.ts";
import { quote } from "../messages/quote.ts";
import { ERRNO } from "../os/errno.ts";
import { addressOf, cString, textIn } from "../os/ffi.ts";
import { Fd } from "../os/libc.ts";

/** Fields of `struct bpf_prog_load_opts` of libbpf 1.x, up to `log_buf`. */
const LOAD_OPTS = {
  sz: 0,
  expectedAttachType: 12,
  logLevel: 88,
  logSize: 92,
  logBuf: 96,
  size: 104,
} as const;

/**
 * Our sources are MIT; with this, the kernel also allows the helpers that it
 * keeps for GPL programs (include/linux/license.h).
 */
const PROGRAM_LICENSE = "Dual MIT/GPL";

/**
 * Loads a program into the kernel. It lives until its last user is gone.
 *
 * @param maps The maps that it reads, which have to be open only for this.
 * @throws {BpfError} With the verifier's log, if the verifier refused it.
 */
export function loadProgram(
  spec: ProgramSpec,
  maps: { readonly binding: Fd; readonly filter: Fd },
): Fd {
  using stack = new DisposableStack();
  const program = stack.use(new Fd(load(spec, encoded(spec, maps))));
  assertNamed(loadOf(spec), programInfo(program), spec.kernelName);
  stack.move();
  return program;
}

function encoded(
  spec: ProgramSpec,
  { binding, filter }: { readonly binding: Fd; readonly filter: Fd },
): Uint8Array<ArrayBuffer> {
  const maps = { binding: binding.number, filter: filter.number };
  try {
    return encode(spec.instructions(maps, fieldOffset));
  } finally {
    // Also that the kernel does not have something is a fact.
    keepFacts();
  }
}

/** The descriptor of a program. It is loaded again for the verifier's log. */
function load(spec: ProgramSpec, insns: Uint8Array<ArrayBuffer>): number {
  const result = tryLoad(spec, insns);
  if (result >= 0) return result;

  const log = new Uint8Array(1 << 20);
  const again = tryLoad(spec, insns, log);
  if (again >= 0) return again;
  throw loadError(spec, -again, textIn(log));
}

function loadOf({ name }: ProgramSpec): string {
  return `load program ${quote(name)}`;
}

function loadError(spec: ProgramSpec, errno: number, log: string): UserError {
  const error = (remedy?: string) =>
    new BpfError(loadOf(spec), "bpf_prog_load", errno, {
      log,
      ...remedy === undefined ? {} : { remedy },
    });
  if (/\b(?:unknown|invalid) func\b/.test(log)) {
    return unsupported(error(`It requires Linux ${spec.since} or later`));
  }
  // What the kernel answers before the verifier runs.
  if (log !== "") return error();
  return errno === ERRNO.EINVAL
    ? error(
      "Use a kernel built with CONFIG_CGROUP_BPF and CONFIG_BPF_SYSCALL",
    )
    : error();
}

/** An error that says that the kernel lacks what a program takes. */
function unsupported(
  { message, remedy, detail }: BpfError,
): UnsupportedError {
  return new UnsupportedError(message, { remedy, detail });
}

function tryLoad(
  spec: ProgramSpec,
  insns: Uint8Array<ArrayBuffer>,
  log?: Uint8Array<ArrayBuffer>,
): number {
  return libbpf.bpf_prog_load(
    spec.type,
    cString(spec.kernelName),
    cString(PROGRAM_LICENSE),
    insns,
    BigInt(insns.length / 8),
    loadOptions(spec.attachType, log),
  );
}

function loadOptions(
  attachType: number,
  log: Uint8Array<ArrayBuffer> | undefined,
): Uint8Array<ArrayBuffer> {
  const options = new DataView(new ArrayBuffer(LOAD_OPTS.size));
  options.setBigUint64(LOAD_OPTS.sz, BigInt(LOAD_OPTS.size), true);
  options.setUint32(LOAD_OPTS.expectedAttachType, attachType, true);
  if (log !== undefined) {
    options.setUint32(LOAD_OPTS.logLevel, 1, true);
    options.setUint32(LOAD_OPTS.logSize, log.length, true);
    options.setBigUint64(LOAD_OPTS.logBuf, addressOf(log), true);
  }
  return new Uint8Array(options.buffer);
}
