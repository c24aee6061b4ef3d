/** BPF as the kernel has it: maps, programs and pins, through libbpf. */

import { unwrap } from "./bpf_error.ts";
import { libbpf } from "./library.ts";
import { UserError } from "../messages/errors.ts";
import { quote } from "../messages/quote.ts";
import { showChange } from "../messages/print.ts";
import { ERRNO } from "../os/errno.ts";
import { addressOf, cString, textIn } from "../os/ffi.ts";
import { Fd } from "../os/libc.ts";

/** What the kernel says of a map (`struct bpf_map_info`). */
interface MapInfo {
  type: number;
  id: number;
  /** Bytes. */
  valueSize: number;
  name: string;
}

/** What the kernel says of a program (`struct bpf_prog_info`). */
export interface ProgramInfo {
  id: number;
  /** The kernel's hash of the instructions, map references left out; hex. */
  tag: string;
  /** The ids of the maps that the program refers to. */
  mapIds: number[];
  name: string;
}

/** `BPF_MAP_TYPE_ARRAY` */
export const MAP_TYPE_ARRAY = 2;

/** Fields of `struct bpf_map_info` of uapi/linux/bpf.h. */
const MAP_INFO = { type: 0, id: 4, valueSize: 12, name: 24, size: 80 } as const;

/** Fields of `struct bpf_prog_info` of uapi/linux/bpf.h, up to `name`. */
const PROG_INFO = {
  id: 4,
  tag: 8,
  nrMapIds: 52,
  mapIds: 56,
  name: 64,
  size: 80,
} as const;

/** `BPF_TAG_SIZE` */
const TAG_SIZE = 8;

/** `BPF_OBJ_NAME_LEN` */
const NAME_SIZE = 16;

/** How many maps of a program are asked for; ours have two. */
const MAX_MAPS = 16;

const BPF_F_ALLOW_MULTI = 2;

/** `BPF_CGROUP_MAX_PROGS` of linux/bpf-cgroup.h */
const MAX_ATTACHED = 64;

const KEY_OF_THE_ONLY_ENTRY = new Uint8Array(4);

/** Creates an array map of one entry. It lives until its last user is gone. */
export function createMap(name: string, valueSize: number): Fd {
  using stack = new DisposableStack();
  const map = stack.use(
    new Fd(unwrap(
      "create map",
      "bpf_map_create",
      libbpf.bpf_map_create(
        MAP_TYPE_ARRAY,
        cString(name),
        KEY_OF_THE_ONLY_ENTRY.length,
        valueSize,
        1,
        null,
      ),
    )),
  );
  assertNamed("create map", mapInfo(map), name);
  stack.move();
  return map;
}

/**
 * Refuses an object without its name, by which it is ours. libbpf tries once
 * whether the kernel knows names, and takes any failure for a no
 * (probe_kern_prog_name() of libbpf); every kernel with what we need does.
 */
export function assertNamed(
  attempt: string,
  { name }: { name: string },
  wanted: string,
): void {
  if (name === wanted) return;
  throw new UserError(
    `Cannot ${attempt}: libbpf could not try whether the kernel knows names`,
    { remedy: "Try it again" },
  );
}

/** Reads the only entry of an array map. */
export function readMap(map: Fd, valueSize: number): DataView<ArrayBuffer> {
  const value = new DataView(new ArrayBuffer(valueSize));
  unwrap(
    "read map",
    "bpf_map_lookup_elem",
    libbpf.bpf_map_lookup_elem(map.number, KEY_OF_THE_ONLY_ENTRY, value),
  );
  return value;
}

/** Writes the only entry of an array map. */
export function writeMap(map: Fd, value: DataView<ArrayBuffer>): void {
  unwrap(
    "write map",
    "bpf_map_update_elem",
    libbpf.bpf_map_update_elem(map.number, KEY_OF_THE_ONLY_ENTRY, value, 0n),
  );
}

/** Pins a map or a program, which keeps it alive. */
export function pin(object: Fd, path: string): void {
  unwrap(
    `pin at ${quote(path)}`,
    "bpf_obj_pin",
    libbpf.bpf_obj_pin(object.number, cString(path)),
  );
  showChange(`pin ${path}`);
}

/** Opens what is pinned at `path`. */
export function openPin(path: string): Fd {
  return new Fd(unwrap(
    `open pin ${quote(path)}`,
    "bpf_obj_get",
    libbpf.bpf_obj_get(cString(path)),
  ));
}

/**
 * What the kernel says of a map. For an object of another kind the fields mean
 * something else; the name is then not one of ours.
 */
export function mapInfo(map: Fd): MapInfo {
  const info = objectInfo(map, new DataView(new ArrayBuffer(MAP_INFO.size)));
  return {
    type: info.getUint32(MAP_INFO.type, true),
    id: info.getUint32(MAP_INFO.id, true),
    valueSize: info.getUint32(MAP_INFO.valueSize, true),
    name: textIn(new Uint8Array(info.buffer, MAP_INFO.name, NAME_SIZE)),
  };
}

/**
 * What the kernel says of a program. For an object of another kind the fields
 * mean something else; the name is then not one of ours.
 */
export function programInfo(program: Fd): ProgramInfo {
  const mapIds = new Uint32Array(MAX_MAPS);
  const info = new DataView(new ArrayBuffer(PROG_INFO.size));
  info.setUint32(PROG_INFO.nrMapIds, mapIds.length, true);
  info.setBigUint64(PROG_INFO.mapIds, addressOf(mapIds), true);
  objectInfo(program, info);
  return {
    id: info.getUint32(PROG_INFO.id, true),
    tag: new Uint8Array(info.buffer, PROG_INFO.tag, TAG_SIZE).toHex(),
    mapIds: [...mapIds.subarray(0, info.getUint32(PROG_INFO.nrMapIds, true))],
    name: textIn(new Uint8Array(info.buffer, PROG_INFO.name, NAME_SIZE)),
  };
}

function objectInfo(
  object: Fd,
  info: DataView<ArrayBuffer>,
): DataView<ArrayBuffer> {
  unwrap(
    "ask the kernel about an object",
    "bpf_obj_get_info_by_fd",
    libbpf.bpf_obj_get_info_by_fd(
      object.number,
      info,
      new Uint32Array([info.byteLength]),
    ),
  );
  return info;
}

/** Opens a program by its id; `undefined` if it is gone. */
export function openProgramById(id: number): Fd | undefined {
  const fd = libbpf.bpf_prog_get_fd_by_id(id);
  if (fd === -ERRNO.ENOENT) return undefined;
  return new Fd(unwrap("open program by id", "bpf_prog_get_fd_by_id", fd));
}

/** Opens a map by its id; `undefined` if it is gone. */
export function openMapById(id: number): Fd | undefined {
  const fd = libbpf.bpf_map_get_fd_by_id(id);
  if (fd === -ERRNO.ENOENT) return undefined;
  return new Fd(unwrap("open map by id", "bpf_map_get_fd_by_id", fd));
}

/** Attaches a program to a cgroup, beside others there and in cgroups inside. */
export function attach(
  program: Fd,
  cgroup: Fd,
  attachType: number,
): void {
  unwrap(
    "attach program to cgroup",
    "bpf_prog_attach",
    libbpf.bpf_prog_attach(
      program.number,
      cgroup.number,
      attachType,
      BPF_F_ALLOW_MULTI,
    ),
  );
}

/** Detaches a program from a cgroup. */
export function detach(program: Fd, cgroup: Fd, attachType: number): void {
  unwrap(
    "detach program from cgroup",
    "bpf_prog_detach2",
    libbpf.bpf_prog_detach2(program.number, cgroup.number, attachType),
  );
}

/**
 * The programs that are attached to a cgroup itself, in the order they run; none
 * if the kernel does not know the attach type.
 */
export function attachedPrograms(
  cgroup: Fd,
  attachType: number,
): ProgramInfo[] {
  return attachedIds(cgroup, attachType).flatMap((id) => {
    // systemd may have detached it since.
    using program = openProgramById(id);
    return program === undefined ? [] : [programInfo(program)];
  });
}

function attachedIds(cgroup: Fd, attachType: number): number[] {
  const ids = new Uint32Array(MAX_ATTACHED);
  const count = new Uint32Array([ids.length]);
  const result = libbpf.bpf_prog_query(
    cgroup.number,
    attachType,
    0,
    null,
    ids,
    count,
  );
  if (result === -ERRNO.EINVAL) return [];
  unwrap("query the programs of cgroup", "bpf_prog_query", result);
  return [...ids.subarray(0, count[0])];
}
