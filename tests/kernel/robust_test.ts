import { assertEquals } from "@std/assert";
import { attachedBindings, attachTo } from "../../src/kernel/attachment.ts";
import { follow, start } from "../../src/kernel/binding.ts";
import { assertWorks } from "../../src/kernel/probe.ts";
import { members } from "../../src/inspect/membership.ts";
import { survey } from "../../src/inspect/survey.ts";
import { verifySockets } from "../../src/inspect/verification.ts";
import { listNetdevs } from "../../src/iproute2/netdev.ts";
import { PLAIN_MODE } from "../../src/programs/modes.ts";
import {
  Cgroup,
  denovrfCommand,
  ifindexOf,
  makeNetdev,
  pins,
  stop,
} from "./fixture.ts";
import { boundIfindex } from "./objects.ts";
import { must, run } from "../shell.ts";

const LOCK_LOOPBACK = { ...PLAIN_MODE, loopback: true, lock: true };

Deno.test("start, attachTo() and all that looks leave no descriptor open", async () => {
  await using _netdev = await makeNetdev("vt0");
  await using cgroup = Cgroup.make();
  // What is opened once stays: the libraries are.
  const everything = () => {
    for (const mode of [PLAIN_MODE, LOCK_LOOPBACK]) {
      start("vt0");
      attachTo("vt0", cgroup.path, mode);
      assertWorks(mode);
    }
    attachedBindings(cgroup.path);
    follow("vt0");
    survey();
    verifySockets(members(), members(), listNetdevs(), () => undefined);
    stop("vt0", true);
  };
  everything();
  const before = openFiles();
  everything();
  assertEquals(openFiles(), before);
});

function openFiles(): string[] {
  return [...Deno.readDirSync("/proc/self/fd")].map(({ name }) => name).sort();
}

Deno.test("start and stop, 100 at once of 20 interfaces, leave each whole", async () => {
  const names = Array.from({ length: 20 }, (_, at) => `many${at}`);
  await using stack = new AsyncDisposableStack();
  for (const name of names) stack.use(await makeNetdev(name));
  const command = await denovrfCommand();
  const actions = [
    ...[["start"], ["stop"], ["start", "--quiet"], ["stop", "--purge"]],
  ];
  const results = await Promise.all(
    Array.from({ length: 100 }, (_, at) => {
      const [verb = "", ...options] = actions[at % actions.length] ?? [];
      const some = names.filter((_, index) => (index + at) % 5 !== 0);
      return run([...command, verb, "--quiet", ...options, ...some]
        .filter((word) => verb === "start" || word !== "--quiet"));
    }),
  );
  for (const { code, stderr } of results) {
    // Of veths it says that they are no VRFs, as it should.
    const words = stderr.split("\n").filter((line) => !/: Note: /.test(line));
    assertEquals([code, words.join()], [0, ""]);
  }

  // Whatever came last, each is whole, or gone, and can be started again.
  const paths = await pins();
  assertEquals(paths.filter((path) => path.endsWith(":new")), []);
  for (const name of names) {
    const directory = `/sys/fs/bpf/denovrf/${name}`;
    if (!paths.includes(directory)) continue;
    assertEquals(boundIfindex(name), await ifindexOf(name));
  }
  await must([...command, "start", "--quiet", ...names]);
  await must([...command, "stop", "--purge", ...names]);
  assertEquals(await pins(), []);
});
