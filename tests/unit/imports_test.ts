/** The rooms of src and who may import whom, as src/README.md describes it. */

import { assertEquals, assertMatch } from "@std/assert";
import config from "../../deno.json" with { type: "json" };
import lock from "../../src/build/lock.json" with { type: "json" };

/** What is in src, from the top down: each imports only itself and what follows. */
const FLOORS: readonly string[] = [
  "dispatch.ts",
  "commands",
  "cli",
  "manual",
  "doctor",
  "inspect",
  "bound_units",
  "install",
  "kernel",
  "programs",
  "bpf",
  "systemd",
  "iproute2",
  "cgroup",
  "os",
  "messages",
];

/** The tasks' room, which the program never imports. */
const BUILD = "build";

/** The rooms, and the files of another, that touch nothing outside of themselves. */
const PURE: readonly string[] = [
  ...["src/programs/", "src/cli/", "src/manual/"],
  ...["src/bpf/insn.ts", "src/bpf/spec.ts"],
];

/** What a module says that touches the machine: of Deno, or of Node. */
const MACHINE = /\bDeno\.(?!test\b)|from "node:/;

/** An import, of a module of src by another. */
interface Arrow {
  from: string;
  to: string;
  /** Whether it takes types alone, of which nothing is left at run time. */
  isType: boolean;
}

Deno.test("src is these rooms and no more, and one loose file", async () => {
  const names = (await Array.fromAsync(Deno.readDir("src")))
    .map(({ name }) => name).filter((name) => name !== "README.md");
  assertEquals(names.sort(), [...FLOORS, BUILD].sort());
});

Deno.test("every import of src runs downward", async () => {
  const upward = (await arrows()).filter(({ from, to }) =>
    roomOf(from) !== BUILD && floorOf(to) < floorOf(from)
  );
  assertEquals(upward.map(told), []);
});

Deno.test("no command imports another", async () => {
  const sideways = (await arrows()).filter(({ from, to }) =>
    roomOf(from) === "commands" && /^src\/commands\/\w+\.ts$/.test(to)
  );
  assertEquals(sideways.map(told), []);
});

Deno.test("no imports of src go round in a circle", async () => {
  const targets = Map.groupBy(await arrows(), ({ from }) => from);
  const done = new Set<string>();
  const circles: string[][] = [];
  const visit = (path: string, trail: readonly string[]) => {
    const at = trail.indexOf(path);
    if (at >= 0) circles.push([...trail.slice(at), path]);
    if (at >= 0 || done.has(path)) return;
    for (const { to } of targets.get(path) ?? []) visit(to, [...trail, path]);
    done.add(path);
  };
  for (const path of targets.keys()) visit(path, []);
  assertEquals(circles, []);
});

Deno.test("every module of src begins with a comment that says what it is for", async () => {
  const silent: string[] = [];
  for (const path of await filesIn("src")) {
    const source = await Deno.readTextFile(path);
    if (!source.startsWith("/**")) silent.push(path);
  }
  assertEquals(silent, []);
});

Deno.test("nothing that a pure room imports touches the machine", async () => {
  const targets = Map.groupBy(
    (await arrows()).filter(({ isType }) => !isType),
    ({ from }) => from,
  );
  const reached = new Map<string, string>();
  const reach = (path: string, trail: string) => {
    if (reached.has(path) || !path.endsWith(".ts")) return;
    reached.set(path, trail);
    for (const { to } of targets.get(path) ?? []) reach(to, `${trail} → ${to}`);
  };
  for (const path of await filesIn("src")) if (isPure(path)) reach(path, path);
  const impure: string[] = [];
  for (const [path, trail] of reached) {
    if (MACHINE.test(await Deno.readTextFile(path))) impure.push(trail);
  }
  assertEquals(impure, []);
});

Deno.test("the program imports no package but what is locked, each of one version", async () => {
  const versions = new Map(Object.entries(config.imports));
  for (const [name, specifier] of versions) {
    assertMatch(specifier, new RegExp(`^jsr:${name}@\\d+\\.\\d+\\.\\d+$`));
  }
  const imported = new Set<string>();
  for (const path of await filesIn("src")) {
    if (roomOf(path) === BUILD) continue;
    const source = await Deno.readTextFile(path);
    for (const [, from = ""] of source.matchAll(PACKAGE)) {
      const [scope, name, ...rest] = from.split("/");
      const version = versions.get(`${scope}/${name}`) ?? from;
      imported.add([version, ...rest].join("/"));
    }
  }
  assertEquals([...imported].sort(), Object.keys(lock).sort());
});

Deno.test("src/README.md lists the rooms from the top down", async () => {
  const readme = await Deno.readTextFile("src/README.md");
  const listed = [...readme.matchAll(/^\| `([\w.]+)` +\|/gm)]
    .map(([, name]) => name);
  assertEquals(listed, [...FLOORS, BUILD]);
});

/** Whether a module is in a room that computes, and touches nothing. */
function isPure(path: string): boolean {
  return PURE.some((start) => path.startsWith(start));
}

const IMPORT =
  /^(import|export) (type )?(?:[^;"]*?from )?"(\.[^"]+)"|(import)\("(\.[^"]+)"\)/gm;

/** An import of what is neither in src nor in Deno. */
const PACKAGE = /(?:\bfrom |^import |\bimport\()"((?!\.|node:)[^"]+)"/gm;

/** Every import of src by src. */
async function arrows(): Promise<Arrow[]> {
  const found: Arrow[] = [];
  for (const from of await filesIn("src")) {
    const source = await Deno.readTextFile(from);
    for (const [, , type, text, , lazy] of source.matchAll(IMPORT)) {
      const url = new URL(text ?? lazy ?? "", `file:///${from}`);
      const to = url.pathname.slice(1);
      if (to.startsWith("src/")) {
        found.push({ from, to, isType: type !== undefined });
      }
    }
  }
  return found;
}

function told({ from, to }: Arrow): string {
  return `${from} imports ${to}`;
}

function roomOf(path: string): string {
  return path.split("/")[1] ?? "";
}

function floorOf(path: string): number {
  return FLOORS.indexOf(roomOf(path));
}

async function filesIn(directory: string): Promise<string[]> {
  const entries = await Array.fromAsync(Deno.readDir(directory));
  const paths = await Promise.all(
    entries.map(({ name, isDirectory }) => {
      const path = `${directory}/${name}`;
      return isDirectory ? filesIn(path) : [path];
    }),
  );
  return paths.flat().filter((path) => path.endsWith(".ts")).sort();
}
