/** The rooms of src and who may import whom, as src/README.md describes it. */

import { assertEquals } from "@std/assert";

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
  "binding",
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

Deno.test("what says that it is pure takes values only from what is pure", async () => {
  const pure = new Set<string>();
  for (const path of await filesIn("src")) {
    if (saysPure(await Deno.readTextFile(path))) pure.add(path);
  }
  const impure = (await arrows()).filter(({ from, to, isType }) =>
    pure.has(from) && !isType && to.endsWith(".ts") && !pure.has(to)
  );
  assertEquals(impure.map(told), []);
});

Deno.test("src/README.md lists the rooms from the top down", async () => {
  const readme = await Deno.readTextFile("src/README.md");
  const listed = [...readme.matchAll(/^\| `([\w.]+)` +\|/gm)]
    .map(([, name]) => name);
  assertEquals(listed, [...FLOORS, BUILD]);
});

/** Whether the comment at the head of a module ends with "Pure.". */
function saysPure(source: string): boolean {
  const head = /^\/\*\*.*?\*\//s.exec(source)?.[0] ?? "";
  return /\bPure\.(?:\s|\*)/.test(head);
}

const IMPORT =
  /^(import|export) (type )?(?:[^;"]*?from )?"(\.[^"]+)"|(import)\("(\.[^"]+)"\)/gm;

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

async function filesIn(folder: string): Promise<string[]> {
  const entries = await Array.fromAsync(Deno.readDir(folder));
  const paths = await Promise.all(
    entries.map(({ name, isDirectory }) => {
      const path = `${folder}/${name}`;
      return isDirectory ? filesIn(path) : [path];
    }),
  );
  return paths.flat().filter((path) => path.endsWith(".ts")).sort();
}
