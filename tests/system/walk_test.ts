/**
 * The walk of README.md, from a fresh Debian to an sshd in a VRF: what a
 * newcomer types, as it stands there.
 */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { must, mustSh, run } from "../shell.ts";
import { connect, makeOutside, OUR_ADDRESS, PEER_ADDRESS } from "./guest.ts";

const [, section = ""] = (await Deno.readTextFile("README.md"))
  .split(/^## Install$/m);

const lines = block("sh", section).split("\n");

/** The first block of a language in a text of Markdown. */
function block(language: string, text: string): string {
  const fenced = new RegExp(`^\`\`\`${language}\n(.*?)\n\`\`\`$`, "ms");
  const found = fenced.exec(text)?.[1];
  if (found === undefined) throw new Error(`There is no block of ${language}`);
  return found;
}

const PACKAGE = "/payload/denovrf.deb";

/** The payload has none if Deno's runtime is not available. */
const ignore = !await Deno.lstat(PACKAGE).then(() => true, () => false);

/** The packages that a line installs; `undefined` for any other line. */
function packagesOf(line: string): string[] | undefined {
  const words = /^apt install ([^#]*)/.exec(line)?.[1]?.trim().split(/ +/);
  return words?.filter((word) => !word.startsWith("-"));
}

/** The interface eth1, and a peer behind it in a network namespace. */
async function makeEth1(): Promise<AsyncDisposable & { atPeer: string[] }> {
  await mustSh(`
ip netns add peer
ip link add eth1 type veth peer name eth0 netns peer
ip link set eth1 up
ip address add ${OUR_ADDRESS}/24 dev eth1
ip -n peer link set eth0 up
ip -n peer address add ${PEER_ADDRESS}/24 dev eth0`);
  return {
    atPeer: ["ip", "netns", "exec", "peer"],
    async [Symbol.asyncDispose]() {
      await run(["ip", "link", "delete", "mgmt"]);
      await must(["ip", "link", "delete", "eth1"]);
      await must(["ip", "netns", "delete", "peer"]);
    },
  };
}

/** Installs packages, of which one is a file. */
async function install(packages: readonly string[]): Promise<void> {
  // A guest has no network: what is installed already need not be, and what is
  // not is missing from the image.
  const names = packages.filter((name) => !name.startsWith("./"));
  await must(["dpkg-query", "-W", ...names]);
  assertEquals(packages.length - names.length, 1);
  await must(["apt-get", "install", "--yes", PACKAGE]);
}

Deno.test({
  name: "README.md leads from a fresh Debian to an sshd that is bound",
  ignore,
  fn: walk,
});

async function walk() {
  // Nothing but the package, in the directory in which the walk begins.
  await mustSh(
    "umount -q /usr/local/bin/denovrf || true; rm -f /usr/local/bin/denovrf",
  );
  await using eth1 = await makeEth1();
  await using stack = new AsyncDisposableStack();
  stack.defer(async () => {
    await run(["denovrf", "unbind", "ssh"]);
    await run(["systemctl", "stop", "ssh"]);
  });
  // As on any Debian that has it; the image does without, to boot faster.
  await mustSh("ssh-keygen -A; systemctl start ssh");
  assertStringIncludes((await connect(eth1.atPeer, 22)).stdout, "SSH-2.0");

  for (const line of lines) {
    const packages = packagesOf(line);
    if (packages === undefined) await mustSh(line);
    else await install(packages);
  }

  await using _outside = await makeOutside();
  const { stdout, stderr } = await connect(eth1.atPeer, 22);
  assertStringIncludes(stdout, "SSH-2.0", stderr);
  assertStringIncludes((await connect([], 22)).stderr, "ConnectionRefused");

  const dropIn = block("ini", section);
  const path = /^# (\/.*)$/m.exec(dropIn)?.[1] ?? "";
  assertEquals(`# ${path}\n${await Deno.readTextFile(path)}`, `${dropIn}\n`);
}
