import { assertEquals, assertStringIncludes } from "@std/assert";
import { denovrf } from "./fixture.ts";
import { run } from "../shell.ts";

const SERVICE = "etc/systemd/system/denovrf@.service";

/** What install writes, in its order. */
const FILES: readonly string[] = [
  SERVICE,
  "etc/systemd/system/denovrf-attach@.service",
  "etc/systemd/system/denovrf-follow@.service",
  "etc/udev/rules.d/99-denovrf.rules",
];

Deno.test("install writes into an image, and uninstall takes it out", async () => {
  const image = await Deno.makeTempDir({ prefix: "denovrf-image-" });
  try {
    const installed = await denovrf(["install", "--prefix", image]);
    assertEquals(installed.code, 0);
    assertStringIncludes(installed.stdout, `${image}/${SERVICE}`);
    const text = await Deno.readTextFile(`${image}/${SERVICE}`);
    assertStringIncludes(text, `ExecStart=${Deno.cwd()}/main.ts start `);
    const { mode } = await Deno.stat(`${image}/${SERVICE}`);
    assertEquals((mode ?? 0) & 0o777, 0o644);

    assertEquals((await denovrf(["uninstall", "--prefix", image])).code, 0);
    assertEquals((await run(["find", image, "-type", "f"])).stdout, "");
    assertEquals((await denovrf(["uninstall", "--prefix", image])).code, 0);
  } finally {
    await Deno.remove(image, { recursive: true });
  }
});

Deno.test("install leaves the units to a package that has them, and takes its own out", async () => {
  const image = await Deno.makeTempDir({ prefix: "denovrf-image-" });
  try {
    await denovrf(["install", "--prefix", image]);
    const text = await Deno.readTextFile(`${image}/${SERVICE}`);
    const executable = `${Deno.cwd()}/main.ts`;
    const packaged = `${image}/usr/lib/systemd/system`;
    await Deno.mkdir(packaged, { recursive: true });
    await Deno.writeTextFile(
      `${packaged}/denovrf@.service`,
      text.replaceAll(executable, "/usr/bin/denovrf"),
    );
    const first = await denovrf(["install", "--prefix", image]);
    assertEquals([first.code, first.stdout], [0, ""]);
    const has =
      'denovrf: Note: a package has installed the units, which run "/usr/bin/denovrf"';
    assertEquals(first.stderr.split("\n"), [
      has,
      ...FILES.map((path) =>
        `denovrf: Note: "${image}/${path}" hid the package's, and is removed`
      ),
      `denovrf: Note: no unit runs "${executable}" any more`,
    ]);
    const again = await denovrf(["install", "--prefix", image]);
    assertEquals([again.code, again.stdout, again.stderr], [0, "", has]);
    const gone = await denovrf(["uninstall", "--prefix", image]);
    assertEquals([gone.code, gone.stdout, gone.stderr], [
      0,
      "",
      "denovrf: Note: the units of a package stay until that is removed",
    ]);
    assertEquals(
      (await run(["find", image, "-type", "f"])).stdout,
      `${packaged}/denovrf@.service`,
    );
  } finally {
    await Deno.remove(image, { recursive: true });
  }
});

Deno.test("install makes the directory that it is to install into", async () => {
  const directory = await Deno.makeTempDir({ prefix: "denovrf-image-" });
  try {
    const prefix = `${directory}/new/root`;
    assertEquals((await denovrf(["install", `--prefix=${prefix}`])).code, 0);
    await Deno.lstat(`${prefix}/${SERVICE}`);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

Deno.test("install into a file is refused", async () => {
  const file = await Deno.makeTempFile({ prefix: "denovrf-image-" });
  try {
    const { code, stderr } = await denovrf(["install", "--prefix", file]);
    assertEquals(code, 1);
    assertEquals(
      stderr,
      `denovrf: Cannot write "${file}/${SERVICE}": Not a directory`,
    );
  } finally {
    await Deno.remove(file);
  }
});
