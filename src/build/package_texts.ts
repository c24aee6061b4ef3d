/** What a Debian package says of itself: names, control files, changelog. */

import type { Architecture } from "./compile.ts";

/** What Debian calls the architectures. */
export const DEBIAN_ARCHITECTURES = {
  "x86_64": "amd64",
  "aarch64": "arm64",
} as const satisfies Record<Architecture, string>;

const MAINTAINER = "the denovrf authors <denovrf@localhost.invalid>";

/** What packages are made of, but for files. */
export interface PackageSource {
  /** As deno.json has it. */
  readonly version: string;
  readonly date: Date;
}

/** The name of a package's file. */
export function packageName(
  version: string,
  architecture: Architecture,
): string {
  return `denovrf_${debianVersion(version)}_${
    DEBIAN_ARCHITECTURES[architecture]
  }.deb`;
}

/**
 * A version as Debian sorts it: what comes before a release begins with "~";
 * see deb-version(7).
 */
export function debianVersion(version: string): string {
  return version.replace("-", "~");
}

/**
 * The file "control"; see deb-control(5).
 *
 * @param size What is installed, in bytes.
 */
export function control(
  { version }: PackageSource,
  architecture: Architecture,
  size: number,
): string {
  return `Package: denovrf
Version: ${debianVersion(version)}
Architecture: ${DEBIAN_ARCHITECTURES[architecture]}
Maintainer: ${MAINTAINER}
Installed-Size: ${Math.ceil(size / 1024)}
Depends: ${DEPENDS.join(", ")}
Recommends: udev
Section: net
Priority: optional
Description: put systemd units and commands into a Linux VRF
 denovrf puts daemons that know nothing of VRFs into a Linux VRF, and leaves
 their units as they are. It pins eBPF programs that bind new sockets to the
 VRF; systemd attaches them (BPFProgram=). A socket that cannot be placed in its
 VRF is not created.
`;
}

const DEPENDS: readonly string[] = [
  "iproute2",
  "libbpf1",
  // getdents64() is of 2.30; denort needs 2.27.
  "libc6 (>= 2.30)",
  "libgcc-s1",
  // BPFProgram=
  "systemd (>= 249)",
];

/** The changelog, of this version alone; see deb-changelog(5). */
export function changelog({ version, date }: PackageSource): string {
  // "Fri, 27 Nov 2026 14:21:41 GMT", and RFC 5322 has no names of zones.
  const when = date.toUTCString().replace("GMT", "+0000");
  return `denovrf (${debianVersion(version)}) unstable; urgency=medium

  * denovrf ${version}; what changed is in the history of its sources.

 -- ${MAINTAINER}  ${when}
`;
}

/** A list of sums, as md5sum and sha256sum print and check it. */
export function sumsText(sums: ReadonlyMap<string, string>): string {
  return [...sums].map(([path, sum]) => `${sum}  ${path}\n`).join("");
}
