/**
 * The Debian package: on a machine that `denovrf install` has set up, and on one
 * that has nothing of denovrf; upgraded, removed and purged.
 */

import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { must, mustFail, mustSh, run } from "../shell.ts";
import { unit, until, untilActive, untilNoJobs } from "./guest.ts";
import { makeBareVrf, Probe, remakeVrf } from "./probe.ts";

const PACKAGE = "/payload/denovrf.deb";

/** The payload has none if Deno's runtime is not available. */
const ignore = !await Deno.lstat(PACKAGE).then(() => true, () => false);

const LATER = "/var/tmp/later.deb";

const INSTANCE = "denovrf@vrf\\x2dred.service";

const SERVER = `[Service]
ExecStart=/usr/bin/python3 /payload/tests/system/daemon.py serve 7030 hello
DynamicUser=yes
`;

/** What a person types; a guest has no network, and needs nothing from there. */
async function apt(...words: string[]): Promise<string> {
  const { code, stdout, stderr } = await run(
    ["apt-get", "--yes", "--quiet=2", "--option=Dpkg::Use-Pty=0", ...words],
    { env: { DEBIAN_FRONTEND: "noninteractive" } },
  );
  const said = `${stdout}\n${stderr}`;
  if (code !== 0) throw new Error(`apt-get ${words.join(" ")}: ${said}`);
  return said;
}

/** Every trace of denovrf on the machine but what is of the tests or systemd. */
function traces(): Promise<string> {
  return mustSh(`
find / -name '*denovrf*' ! -path '/payload*' ! -path '/proc/*' \
  ! -path '/etc/initramfs-tools/*' ! -name 'system-denovrf*.slice' | sort
systemctl list-units --all --plain --no-legend 'denovrf*'`);
}

/** The machine without denovrf; at its end as the other topics have it. */
async function withoutDenovrf(): Promise<AsyncDisposable> {
  await must(["denovrf", "uninstall"]);
  await must(["umount", "/usr/local/bin/denovrf"]);
  await Deno.remove("/usr/local/bin/denovrf");
  return {
    async [Symbol.asyncDispose]() {
      await run(["dpkg", "--purge", "denovrf"]);
      await mustSh(`touch /usr/local/bin/denovrf
mount --bind /payload/denovrf /usr/local/bin/denovrf`);
    },
  };
}

/**
 * Builds the installed package again, of a later version that has a drop-in
 * besides; not compressed, for that is most of what takes time in a guest.
 */
async function buildLater(): Promise<void> {
  await mustSh(`mkdir /var/tmp/later; cd /var/tmp/later
dpkg-deb --control ${PACKAGE} DEBIAN
sed -i '/^Version:/s/$/+later/' DEBIAN/control
dpkg -L denovrf | while read path; do
  [ ! -f "$path" ] || cp --parents "$path" .
done
mkdir usr/lib/systemd/system/denovrf@.service.d
printf '[Unit]\\nDescription=later\\n' > usr/lib/systemd/system/denovrf@.service.d/x.conf
dpkg-deb -Znone --build . ${LATER}
rm -r /var/tmp/later`);
}

/** The device of the socket on which the server listens, and its inode. */
async function listening(): Promise<string> {
  const line = await must(["ss", "-Htlne", "sport = 7030"]);
  const [, device = "UNBOUND"] = /%([^:]+):7030/.exec(line) ?? [];
  const [, inode = "none"] = /\bino:(\d+)/.exec(line) ?? [];
  return `${device} ${inode}`;
}

async function untilListening(): Promise<string> {
  await until(
    "the server listens",
    async () => !(await listening()).endsWith(" none"),
  );
  return await listening();
}

/** What doctor complains of that a package could have caused. */
function problems(): Promise<string> {
  return mustSh(
    "denovrf doctor | grep -E '^(problem|warning) (units|pins|bindings|bound units)' || true",
  );
}

Deno.test({
  name:
    "the package is all that a unit needs to be bound, from install to purge",
  ignore,
  async fn(t) {
    await using stack = new AsyncDisposableStack();
    stack.use(await withoutDenovrf());
    assertEquals(await traces(), "");
    await mustSh("ip link add vrf-red up type vrf table 10");
    stack.defer(async () =>
      void await must(["ip", "link", "delete", "vrf-red"])
    );
    stack.use(await unit("server.service", SERVER));

    await t.step("two commands bind", async () => {
      await apt("install", PACKAGE);
      await must(["denovrf", "bind", "--now", "server", "vrf-red"]);
      assertMatch(await untilListening(), /^vrf-red /);
      assertEquals(await problems(), "");
    });

    await t.step("an upgrade restarts nothing, and reloads", async () => {
      const before = await listening();
      const pin = "/sys/fs/bpf/denovrf/vrf-red/sock_create";
      await Deno.remove(pin);
      await buildLater();
      await apt("install", LATER);
      assertEquals(await listening(), before);
      // Pinned again, as a program of the later version would be.
      await must(["test", "-e", pin]);
      assertEquals(
        await must(["systemctl", "show", "-P", "Description", INSTANCE]),
        "later",
      );
      await must(["systemctl", "restart", "server"]);
      assertMatch(await untilListening(), /^vrf-red /);
    });

    await t.step(
      "removal says what is bound, and leaves it bound",
      async () => {
        const before = await listening();
        const said = await apt("remove", "denovrf");
        assertStringIncludes(said, "\n  server.service\n");
        assertEquals(await listening(), before);
        await must(["systemctl", "stop", "server"]);
        await mustFail(["systemctl", "start", "server"]);
        assertEquals(await must(["ss", "-Htln", "sport = 7030"]), "");
      },
    );

    await t.step(
      "installed again, it has units start in their VRF",
      async () => {
        await apt("install", LATER);
        await must(["systemctl", "start", "server"]);
        assertMatch(await untilListening(), /^vrf-red /);
      },
    );

    await t.step(
      "purge leaves nothing, and says what is bound no more",
      async () => {
        await mustSh(
          "mkdir -p /etc/denovrf/vrf-red; touch /etc/denovrf/vrf-red/resolv.conf",
        );
        const before = await listening();
        const said = await apt("purge", "denovrf");
        assertStringIncludes(said, '"server.service" is bound no more');
        assertEquals(await traces(), "");
        assertEquals(await listening(), before);
        await must(["systemctl", "restart", "server"]);
        assertMatch(await untilListening(), /^UNBOUND /);
      },
    );
  },
});

Deno.test({
  name: "the package takes over from denovrf install, under a unit that runs",
  ignore,
  async fn() {
    await using _vrf = await makeBareVrf("vrf-red", 10);
    const probe = new Probe("probe");
    await using _unit = await probe.unit();
    await using stack = new AsyncDisposableStack();
    stack.defer(async () => void await run(["dpkg", "--purge", "denovrf"]));
    await must(["denovrf", "install"]);
    await must(["denovrf", "bind", "--now", "probe", "vrf-red"]);
    await probe.untilOn("vrf-red");
    const pid = await probe.pid();

    const said = await apt("install", LATER);
    assertStringIncludes(
      said,
      'Note: no unit runs "/usr/local/bin/denovrf" any more',
    );
    assertEquals(await probe.pid(), pid);
    assertEquals(
      await mustSh(
        "find /etc -name '*denovrf*@.service' -o -name '*denovrf.rules'; find /etc -xtype l -name 'denovrf*'",
      ),
      "",
    );
    assertEquals(await must(["systemctl", "is-enabled", INSTANCE]), "enabled");
    assertEquals(await problems(), "");
    await remakeVrf("vrf-red", 10);
    await untilNoJobs();
    await untilActive("probe");
    await probe.untilOn("vrf-red");

    const { code, stderr } = await run(["denovrf", "install"]);
    assertEquals([code, stderr], [
      0,
      'denovrf: Note: a package has installed the units, which run "/usr/bin/denovrf"',
    ]);
    await must(["denovrf", "unbind", "--now", "probe"]);
  },
});
