/**
 * The selftests task: runs the kernel's own tests of VRFs in a guest, with
 * `ip vrf exec` and with `denovrf exec` in its place. They come from Debian's
 * linux-source package, and take an hour under TCG.
 */

import { parseArgs } from "node:util";
import { provide, VM_NEEDS } from "../host.ts";
import { provideExecutable } from "../vm/executable.ts";
import { runInGuest } from "../vm/guest.ts";
import { provideImage } from "../vm/image.ts";
import { INSTALL_EXECUTABLE, payload } from "../vm/payload.ts";
import { type Outcome, outcomesIn, problems } from "./outcomes.ts";

/** Those that use `ip vrf exec`, below tools/testing/selftests/net. */
const TESTS: readonly string[] = [
  ...["vrf-xfrm-tests.sh", "vrf_route_leaking.sh"],
  "netfilter/conntrack_vrf.sh",
  ...["router_vid_1", "router_bridge", "ipip_flat_gre", "tc_actions"]
    .map((name) => `forwarding/${name}.sh`),
];

/** What they run, the package that contains them, and what is compiled of it. */
const IMAGE = {
  packages: [
    ...["bridge-utils", "conntrack", "ethtool", "jq", "linux-source"],
    ...["netsniff-ng", "nftables", "socat", "tcpdump", "traceroute"],
    "xz-utils",
  ],
  hook: `cd "$1/usr/src" && tar -xJf linux-source-*.tar.xz \
--wildcards --strip-components=3 "*/tools/testing/selftests/net" && \
rm linux-source-*.tar.xz && cd selftests/net && cc -O2 -o nettest nettest.c`,
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { suite: { type: "string", default: "trixie" } },
});

const executable = await provideExecutable();
await provide({ ...VM_NEEDS, "cc": "gcc libc6-dev" });
const image = await provideImage(values.suite, undefined, IMAGE);
const tests = positionals.length > 0 ? positionals : TESTS;
const [result] = await runInGuest(
  image,
  payload(executable),
  [`${INSTALL_EXECUTABLE}
bash /payload/tests/selftests/guest.sh ${tests.join(" ")}`],
  console.log,
);
const outcomes: Outcome[] = outcomesIn(result?.output ?? "");
const found = problems(outcomes, tests);
for (const problem of found) console.error(problem);
Deno.exit(found.length === 0 ? 0 : 1);
