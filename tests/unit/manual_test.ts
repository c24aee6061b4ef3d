import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { parseMarkdown, spansOf } from "../../src/cli/markdown.ts";
import { manual } from "../../src/cli/man.ts";
import { topicText } from "../../src/cli/topic.ts";
import { TOPICS } from "../../src/manual/topics.ts";

const TEXT = `# A title

Some \`code and more\`, **stressed**,
and a [link](other.md).[^1]

- one item
  of two lines
- another

\`\`\`sh
denovrf list  # all
\`\`\`

| call   | here | there |
| ------ | ---- | ----- |
| \`a\\|b\` | yes  |       |

[^1]: A note.
`;

Deno.test("parseMarkdown() knows what the manual has", () => {
  assertEquals(parseMarkdown(TEXT).map(({ kind }) => kind), [
    ...["heading", "paragraph", "item", "item", "code", "table", "paragraph"],
  ]);
  assertEquals(parseMarkdown(TEXT)[2], {
    kind: "item",
    text: "one item of two lines",
  });
});

Deno.test("spansOf() tells what stands out", () => {
  assertEquals(spansOf("a `b c`, **d** [e](f.md)"), [
    { text: "a ", isBold: false },
    { text: "b c", isBold: true },
    { text: ", ", isBold: false },
    { text: "d", isBold: true },
    { text: " ", isBold: false },
    { text: "e", isBold: false },
  ]);
});

Deno.test("topicText() lays a topic out for a terminal", () => {
  assertEquals(
    topicText(TEXT, { width: 30, hasBold: false }),
    `A TITLE

  Some code and more,
  stressed, and a link.[1]

  - one item of two lines

  - another

      denovrf list  # all

  a|b
      here: yes

  [1] A note.`,
  );
  const bold = topicText("# T\n\na `b c`.\n", { width: 80, hasBold: true });
  assertEquals(
    bold,
    "\x1b[1mT\x1b[22m\n\n  a \x1b[1mb\x1b[22m \x1b[1mc\x1b[22m.",
  );
});

Deno.test("no line of a topic is wider than the terminal, but for code", () => {
  for (const [name, markdown] of Object.entries(TOPICS)) {
    for (
      const line of topicText(markdown, { width: 60, hasBold: false }).split(
        "\n",
      )
    ) {
      const isWord = !line.trim().includes(" ");
      assert(
        line.length <= 60 || isWord || line.startsWith("      "),
        `${name}: ${line}`,
      );
    }
  }
});

Deno.test("the manual page has each topic as a section", () => {
  const page = manual();
  for (const markdown of Object.values(TOPICS)) {
    const title = /^# (.*)$/m.exec(markdown)?.[1] ?? "";
    assertStringIncludes(page, `.SH ${title.toUpperCase()}`);
  }
});

Deno.test("links between the texts lead to files", async () => {
  const files = [
    ...["README.md", "src/README.md", "tests/README.md", "units/README.md"],
    "tests/bench/README.md",
    ...Object.keys(TOPICS).map((name) => `src/manual/${name}.md`),
  ];
  for (const file of files) {
    const text = await Deno.readTextFile(file);
    for (
      const [, target = ""] of text.matchAll(
        /\]\((?!https?:|#)([^)#]+)[^)]*\)/g,
      )
    ) {
      await Deno.lstat(new URL(target, `file://${Deno.cwd()}/${file}`));
    }
  }
});

Deno.test("README.md is short enough to be read", async () => {
  const lines = (await Deno.readTextFile("README.md")).trimEnd().split("\n");
  assert(lines.length <= 250, `${lines.length}`);
});
