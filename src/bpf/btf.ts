/**
 * Where the fields of the running kernel's structures are, from its BTF; see
 * the kernel's Documentation/bpf/btf.rst.
 */

import { UnsupportedError } from "./bpf_error.ts";
import { factOf } from "./btf_facts.ts";
import { libbpf } from "./library.ts";
import { cString } from "../os/ffi.ts";

/** `struct btf_type`, whose members follow it: sizes and offsets in bytes. */
const TYPE = { info: 4, size: 12 } as const;

/** `struct btf_member` */
const MEMBER = { name: 0, type: 4, offset: 8, size: 12 } as const;

const KIND_STRUCT = 4;

const KIND_UNION = 5;

/** A field of a structure. */
interface Member {
  /** Empty for an anonymous structure or union. */
  readonly name: string;
  /** The id of its type. */
  readonly type: number;
  /** From the start of the structure, in bytes. */
  readonly offset: number;
}

let vmlinux: Deno.PointerObject | undefined;

/** Ids of types by kind and name: libbpf takes some ms to find one. */
const types = new Map<string, number>();

/**
 * `offsetof(struct STRUCTURE, FIELD)` in the running kernel, in bytes.
 *
 * @param field Its name, or several with dots between them.
 * @throws {UnsupportedError} If the kernel has no BTF, or no such field.
 */
export function fieldOffset(structure: string, field: string): number {
  const name = `${structure}.${field}`;
  const offset = factOf(name, () => findOffset(structure, field));
  if (offset === undefined) throw missing(name);
  return offset;
}

function findOffset(structure: string, field: string): number | undefined {
  let type = findType(structure, KIND_STRUCT);
  let offset = 0;
  for (const name of field.split(".")) {
    const member = type === undefined ? undefined : findMember(type, name);
    if (member === undefined) return undefined;
    offset += member.offset;
    type = member.type;
  }
  return offset;
}

function findType(name: string, kind: number): number | undefined {
  const key = `${kind} ${name}`;
  const known = types.get(key);
  if (known !== undefined) return known;
  const id = libbpf.btf__find_by_name_kind(btf(), cString(name), kind);
  if (id < 0) return undefined;
  types.set(key, id);
  return id;
}

function missing(what: string): UnsupportedError {
  return new UnsupportedError(
    `Cannot load programs: this kernel has no "${what}"`,
  );
}

function btf(): Deno.PointerObject {
  vmlinux ??= loadVmlinux();
  if (vmlinux !== undefined) return vmlinux;
  throw new UnsupportedError(
    "Cannot read the kernel's BTF: libbpf cannot load it",
    {
      remedy: "Use a kernel built with CONFIG_DEBUG_INFO_BTF, and /sys mounted",
    },
  );
}

function loadVmlinux(): Deno.PointerObject | undefined {
  // What it prints of a failure is not in our words.
  libbpf.libbpf_set_print(null);
  return libbpf.btf__load_vmlinux_btf() ?? undefined;
}

/** A field of that name, also inside an anonymous structure or union. */
function findMember(id: number, name: string): Member | undefined {
  for (const member of membersOf(id)) {
    if (member.name === name) return member;
    const inner = member.name === "" && findMember(member.type, name);
    if (inner) return { ...inner, offset: member.offset + inner.offset };
  }
  return undefined;
}

/** The fields of a structure or a union; none for any other type. */
function membersOf(id: number): Member[] {
  const resolved = libbpf.btf__resolve_type(btf(), id);
  const pointer = libbpf.btf__type_by_id(btf(), resolved);
  if (pointer === null) return [];
  const view = new Deno.UnsafePointerView(pointer);
  const info = view.getUint32(TYPE.info);
  const kind = info >>> 24 & 0x1f;
  if (kind !== KIND_STRUCT && kind !== KIND_UNION) return [];
  return Array.from({ length: info & 0xffff }, (_, at) => {
    const member = TYPE.size + at * MEMBER.size;
    const bits = view.getUint32(member + MEMBER.offset);
    return {
      name: nameAt(view.getUint32(member + MEMBER.name)),
      type: view.getUint32(member + MEMBER.type),
      // If info's highest bit is set, the upper 8 bits are a bitfield's size.
      offset: (info >>> 31 === 1 ? bits & 0xff_ffff : bits) / 8,
    };
  });
}

function nameAt(offset: number): string {
  const pointer = libbpf.btf__name_by_offset(btf(), offset);
  return pointer === null ? "" : Deno.UnsafePointerView.getCString(pointer);
}
