import { assertEquals, assertStringIncludes } from "@std/assert";
import { denovrf } from "./fixture.ts";
import { run } from "../shell.ts";

const SERVICE = "etc/systemd/system/denovrf@.service";

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

Deno.test("install makes the folder that it is to install into", async () => {
  const folder = await Deno.makeTempDir({ prefix: "denovrf-image-" });
  try {
    const prefix = `${folder}/new/root`;
    assertEquals((await denovrf(["install", `--prefix=${prefix}`])).code, 0);
    await Deno.lstat(`${prefix}/${SERVICE}`);
  } finally {
    await Deno.remove(folder, { recursive: true });
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
