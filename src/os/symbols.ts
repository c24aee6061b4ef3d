/** Where the C library has the errno of a thread. */
export const ERRNO_SYMBOLS = {
  /** `int *__errno_location(void)` */
  __errno_location: { parameters: [], result: "pointer" },
} as const;

/** The C library's functions that denovrf calls, C declarations beside them. */
export const LIBC_SYMBOLS = {
  /** `char *strerror(int errnum)` */
  strerror: { parameters: ["i32"], result: "pointer" },
  /** `const char *strerrorname_np(int errnum)`, glibc 2.32 */
  strerrorname_np: { parameters: ["i32"], result: "pointer", optional: true },
  /** `uid_t geteuid(void)` */
  geteuid: { parameters: [], result: "u32" },
  /** `int open(const char *pathname, int flags, ...)` */
  open: { parameters: ["buffer", "i32"], result: "i32" },
  /** `int close(int fd)` */
  close: { parameters: ["i32"], result: "i32" },
  /** `ssize_t getdents64(int fd, void *dirp, size_t count)`, glibc 2.30 */
  getdents64: { parameters: ["i32", "buffer", "usize"], result: "isize" },
  /** `int flock(int fd, int operation)` */
  flock: { parameters: ["i32", "i32"], result: "i32" },
  /** `int statfs(const char *path, struct statfs *buf)` */
  statfs: { parameters: ["buffer", "buffer"], result: "i32" },
  /** `int execvp(const char *file, char *const argv[])` */
  execvp: { parameters: ["buffer", "buffer"], result: "i32" },
  /** `sighandler_t signal(int signum, sighandler_t handler)` */
  signal: { parameters: ["i32", "usize"], result: "usize" },
  /** `int clearenv(void)` */
  clearenv: { parameters: [], result: "i32" },
  /** `int putenv(char *string)` */
  putenv: { parameters: ["buffer"], result: "i32" },
  /**
   * `int prlimit(pid_t pid, enum __rlimit_resource resource,
   * const struct rlimit *new_limit, struct rlimit *old_limit)`
   */
  prlimit: { parameters: ["i32", "i32", "buffer", "buffer"], result: "i32" },
  /** `long syscall(long number, ...)`, for calls that old libraries lack. */
  syscall: {
    parameters: ["i64", "i64", "i64", "i64", "i64", "i64"],
    result: "i64",
  },
  /** `unsigned int if_nametoindex(const char *ifname)` */
  if_nametoindex: { parameters: ["buffer"], result: "u32" },
  /** `char *if_indextoname(unsigned int ifindex, char *ifname)` */
  if_indextoname: { parameters: ["u32", "buffer"], result: "pointer" },
  /** `int getsockname(int sockfd, struct sockaddr *addr, socklen_t *addrlen)` */
  getsockname: { parameters: ["i32", "buffer", "buffer"], result: "i32" },
  /** `int getpeername(int sockfd, struct sockaddr *addr, socklen_t *addrlen)` */
  getpeername: { parameters: ["i32", "buffer", "buffer"], result: "i32" },
  /** `int socket(int domain, int type, int protocol)` */
  socket: { parameters: ["i32", "i32", "i32"], result: "i32" },
  /** `int connect(int sockfd, const struct sockaddr *addr, socklen_t addrlen)` */
  connect: { parameters: ["i32", "buffer", "u32"], result: "i32" },
  /** `int getsockopt(int sockfd, int level, int optname, void *optval, socklen_t *optlen)` */
  getsockopt: {
    parameters: ["i32", "i32", "i32", "buffer", "buffer"],
    result: "i32",
  },
} as const satisfies Deno.ForeignLibraryInterface;
