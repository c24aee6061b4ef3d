import { assert, assertEquals } from "@std/assert";

/** Names, which stand in quotes, whatever else there may be, and the kernel's words. */
const NOT_OURS = /"[^"]*"|…|: Operation not permitted|\(unknown func /;

/** The messages that the manual says what to do about. */
async function messages(): Promise<string[]> {
  const readme = await Deno.readTextFile("src/manual/messages.md");
  return [...readme.matchAll(/^\| `Cannot (.*?)` +\|/gm)]
    .map(([, message = ""]) => message);
}

async function textOf(directory: string): Promise<string> {
  const texts = await Array.fromAsync(
    Deno.readDir(directory),
    ({ name, isDirectory }) =>
      isDirectory
        ? textOf(`${directory}/${name}`)
        : name.endsWith(".ts")
        ? Deno.readTextFile(`${directory}/${name}`)
        : "",
  );
  return texts.join("\n");
}

Deno.test("denovrf says the messages that its manual lists", async () => {
  const source = await textOf("src");
  const parts = (await messages())
    .flatMap((message) => message.split(NOT_OURS))
    .filter((part) => /\w/.test(part));
  assert(parts.length > 0);
  assertEquals(parts.filter((part) => !source.includes(part)), []);
});
