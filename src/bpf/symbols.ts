/** libbpf's functions that denovrf calls, C declarations beside them. */

/** Functions that return the version, called first; missing before 0.6. */
export const LIBBPF_VERSION_SYMBOLS = {
  /** `__u32 libbpf_major_version(void)` */
  libbpf_major_version: { parameters: [], result: "u32", optional: true },
  /** `const char *libbpf_version_string(void)` */
  libbpf_version_string: { parameters: [], result: "pointer", optional: true },
} as const satisfies Deno.ForeignLibraryInterface;

/** The interface of libbpf 1.x. Functions that fail return `-errno`. */
export const LIBBPF_SYMBOLS = {
  /**
   * `int bpf_map_create(enum bpf_map_type map_type, const char *map_name,
   * __u32 key_size, __u32 value_size, __u32 max_entries,
   * const struct bpf_map_create_opts *opts)`
   */
  bpf_map_create: {
    parameters: ["u32", "buffer", "u32", "u32", "u32", "pointer"],
    result: "i32",
  },
  /** `int bpf_map_update_elem(int fd, const void *key, const void *value, __u64 flags)` */
  bpf_map_update_elem: {
    parameters: ["i32", "buffer", "buffer", "u64"],
    result: "i32",
  },
  /** `int bpf_map_lookup_elem(int fd, const void *key, void *value)` */
  bpf_map_lookup_elem: {
    parameters: ["i32", "buffer", "buffer"],
    result: "i32",
  },
  /**
   * `int bpf_prog_load(enum bpf_prog_type prog_type, const char *prog_name,
   * const char *license, const struct bpf_insn *insns, size_t insn_cnt,
   * struct bpf_prog_load_opts *opts)`
   */
  bpf_prog_load: {
    parameters: ["u32", "buffer", "buffer", "buffer", "usize", "buffer"],
    result: "i32",
  },
  /** `int bpf_obj_pin(int fd, const char *pathname)` */
  bpf_obj_pin: { parameters: ["i32", "buffer"], result: "i32" },
  /** `int bpf_obj_get(const char *pathname)` */
  bpf_obj_get: { parameters: ["buffer"], result: "i32" },
  /** `int bpf_obj_get_info_by_fd(int bpf_fd, void *info, __u32 *info_len)` */
  bpf_obj_get_info_by_fd: {
    parameters: ["i32", "buffer", "buffer"],
    result: "i32",
  },
  /** `int bpf_prog_detach2(int prog_fd, int attachable_fd, enum bpf_attach_type type)` */
  bpf_prog_detach2: { parameters: ["i32", "i32", "u32"], result: "i32" },
  /** `int bpf_map_get_fd_by_id(__u32 id)` */
  bpf_map_get_fd_by_id: { parameters: ["u32"], result: "i32" },
  /** `int bpf_prog_get_fd_by_id(__u32 id)` */
  bpf_prog_get_fd_by_id: { parameters: ["u32"], result: "i32" },
  /**
   * `int bpf_prog_query(int target_fd, enum bpf_attach_type type, __u32
   * query_flags, __u32 *attach_flags, __u32 *prog_ids, __u32 *prog_cnt)`
   */
  bpf_prog_query: {
    parameters: ["i32", "u32", "u32", "buffer", "buffer", "buffer"],
    result: "i32",
  },
  /**
   * `int bpf_prog_attach(int prog_fd, int attachable_fd,
   * enum bpf_attach_type type, unsigned int flags)`
   */
  bpf_prog_attach: {
    parameters: ["i32", "i32", "u32", "u32"],
    result: "i32",
  },
  /** `libbpf_print_fn_t libbpf_set_print(libbpf_print_fn_t fn)`, `NULL` for silence */
  libbpf_set_print: { parameters: ["pointer"], result: "pointer" },
  /** `struct btf *btf__load_vmlinux_btf(void)`, `NULL` if there is none */
  btf__load_vmlinux_btf: { parameters: [], result: "pointer" },
  /** `__s32 btf__find_by_name_kind(const struct btf *btf, const char *type_name, __u32 kind)` */
  btf__find_by_name_kind: {
    parameters: ["pointer", "buffer", "u32"],
    result: "i32",
  },
  /** `int btf__resolve_type(const struct btf *btf, __u32 type_id)` */
  btf__resolve_type: { parameters: ["pointer", "u32"], result: "i32" },
  /** `const struct btf_type *btf__type_by_id(const struct btf *btf, __u32 id)` */
  btf__type_by_id: { parameters: ["pointer", "u32"], result: "pointer" },
  /** `const char *btf__name_by_offset(const struct btf *btf, __u32 offset)` */
  btf__name_by_offset: { parameters: ["pointer", "u32"], result: "pointer" },
} as const satisfies Deno.ForeignLibraryInterface;
