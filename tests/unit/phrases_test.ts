/** How the project's own texts are worded. */

import { assert, assertEquals } from "@std/assert";

/** What nobody would say, and what is said in its place. */
const NEVER: Readonly<Record<string, string>> = {
  "made again": "recreated",
  "makes again": "recreates",
  "come to be": "are created",
  "comes to be": "is created",
  "not any more": "no longer",
  "is not there": "does not exist",
  "was not there": "did not exist",
  "all the same": "nevertheless",
  "cannot be had": "is not available",
  "out of reach": "unreachable",
  "for nobody": "because nobody",
  "is left of": "was left by",
  "what is not to be": "what is not possible",
};

/** What is written by hand. */
const TEXTS = /\.(?:md|py|rules|service|sh|ts)$|\/(?:postinst|postrm|prerm)$/;

const EXCEPT = ["tests/unit/phrases_test.ts"];

async function* textsIn(directory: string): AsyncGenerator<string> {
  for await (const { name, isDirectory } of Deno.readDir(directory)) {
    const path = `${directory}/${name}`;
    if (isDirectory) yield* textsIn(path);
    else if (
      TEXTS.test(path) && !EXCEPT.some((each) => path.startsWith(each))
    ) {
      yield path;
    }
  }
}

Deno.test("no text says what nobody would say", async () => {
  const found: string[] = [];
  for (
    const path of [
      "README.md",
      ...await Array.fromAsync(textsIn("src")),
      ...await Array.fromAsync(textsIn("tests")),
      ...await Array.fromAsync(textsIn("units")),
    ]
  ) {
    const text = (await Deno.readTextFile(path)).replace(/\s+[*#/ ]*/g, " ")
      .toLowerCase();
    for (const [phrase, better] of Object.entries(NEVER)) {
      if (text.includes(phrase)) found.push(`${path}: ${phrase} → ${better}`);
    }
  }
  assertEquals(found, []);
});

/** The messages of errors. */
const MESSAGE =
  /new (?:User|Usage|System|Unsupported|Launch)Error\(\s*([`"])((?:(?!\1)[^\\]|\\.)*)/g;

const ODD = /^[a-z]|n't\b|'(?:re|ll|ve)\b|\.$/;

Deno.test("messages of errors begin with a capital, have no contraction and no full stop", async () => {
  const messages = new Map<string, string>();
  for await (const path of textsIn("src")) {
    const source = await Deno.readTextFile(path);
    for (const [, , message = ""] of source.matchAll(MESSAGE)) {
      messages.set(message, path);
    }
  }
  assert(messages.size > 50, `${messages.size}`);
  assertEquals([...messages].filter(([message]) => ODD.test(message)), []);
});
