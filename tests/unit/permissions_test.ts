import { assertEquals } from "@std/assert";
import { PERMISSIONS } from "../../src/build/permissions.ts";

/** Calls that denovrf has no use for, and what they are refused by. */
const REFUSED = [
  'await Deno.connect({ hostname: "127.0.0.1", port: 9 })',
  'Deno.listen({ hostname: "127.0.0.1", port: 0 })',
  'await fetch("http://127.0.0.1:8080/")',
  'Deno.env.get("HOME")',
  "Deno.systemMemoryInfo()",
];

Deno.test("PERMISSIONS let denovrf do nothing that it has no use for", async () => {
  const path = await Deno.makeTempFile({ suffix: ".ts" });
  try {
    for (const call of REFUSED) {
      await Deno.writeTextFile(
        path,
        `try { ${call}; console.log("let through"); }
catch (error) { console.log((error as Error).name); }`,
      );
      const { stdout } = await new Deno.Command(Deno.execPath(), {
        args: ["run", "--quiet", "--no-config", ...PERMISSIONS, path],
        stdin: "null",
      }).output();
      assertEquals(
        [call, new TextDecoder().decode(stdout).trim()],
        [call, "NotCapable"],
      );
    }
  } finally {
    await Deno.remove(path);
  }
});
