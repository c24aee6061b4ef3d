import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { findCommand } from "../../src/cli/commands.ts";
import { help } from "../../src/cli/help.ts";
import { inColumns, parseMarkdown, spansOf } from "../../src/cli/markdown.ts";
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

  call  here  there
  a|b   yes

  [1] A note.`,
  );
  assertStringIncludes(
    topicText(TEXT, { width: 18, hasBold: false }),
    "\n  a|b\n      here: yes\n",
  );
  const bold = topicText("# T\n\na `b c`.\n", { width: 80, hasBold: true });
  assertEquals(
    bold,
    "\x1b[1mT\x1b[22m\n\n  a \x1b[1mb\x1b[22m \x1b[1mc\x1b[22m.",
  );
});

Deno.test("inColumns() has a line for the headings and for each row, if they fit", () => {
  const table = parseMarkdown(TEXT).find((block) => block.kind === "table");
  assert(table !== undefined);
  assertEquals(inColumns(table, 17), ["call  here  there", "a|b   yes"]);
  assertEquals(inColumns(table, 16), undefined);
});

/** The lines of all topics that a terminal would break. */
function tooLong(width: number): string[] {
  return Object.values(TOPICS)
    .flatMap((markdown) =>
      topicText(markdown, { width, hasBold: false }).split("\n")
    ).filter((line) => line.length > width && line.trim().includes(" "));
}

Deno.test("topics fit into a terminal of 80 columns, and all but code into fewer", () => {
  assertEquals(tooLong(80), []);
  const code = /^ {6}/;
  assertEquals(tooLong(60).filter((line) => !code.test(line)), []);
});

Deno.test("topicText() and manual() show the headings of a table that is too wide", () => {
  const lock = topicText(TOPICS["lock"] ?? "", { width: 80, hasBold: true });
  assertStringIncludes(
    lock,
    "  \x1b[1mway\x1b[22m \x1b[1mout\x1b[22m\n      \x1b[1mhow\x1b[22m \x1b[1mto\x1b[22m \x1b[1mclose\x1b[22m \x1b[1mit\x1b[22m\n",
  );
  assertStringIncludes(
    manual(),
    ".TP\n\\fBway out\\fR\n\\fBhow to close it\\fR\n.TP\n",
  );
});

Deno.test("the manual page has the commands in the order of the help", () => {
  const inOrder = (text: string, pattern: RegExp) =>
    [...text.matchAll(pattern)].map(([, name]) => name)
      .filter((name) => name !== undefined && findCommand(name) !== undefined);
  const [page = ""] = manual().split(".SH INTERNAL COMMANDS");
  assertEquals(
    inOrder(page, /^\.SS denovrf (\w+)/gm),
    inOrder(help(), /^ {2}(\w+) {2}/gm),
  );
});

Deno.test("the manual page has the date that it is given", () => {
  const date = new Date("2026-12-01T23:00:00Z");
  assertStringIncludes(manual(date), '.TH DENOVRF 8 "2026-12-01" "denovrf ');
  assertStringIncludes(manual(), '.TH DENOVRF 8 "" "denovrf ');
});

Deno.test("the manual page has each topic as a section", () => {
  const page = manual();
  for (const markdown of Object.values(TOPICS)) {
    const title = /^# (.*)$/m.exec(markdown)?.[1] ?? "";
    assertStringIncludes(page, `.SH ${title.toUpperCase()}`);
  }
});

/** Programs that read a manual page, and say what is wrong with it. */
const READERS: Readonly<Record<string, readonly string[]>> = {
  groff: ["-man", "-Tutf8", "-k", "-ww", "-z"],
  mandoc: ["-T", "lint", "-W", "warning"],
};

for (const [reader, args] of Object.entries(READERS)) {
  Deno.test({
    name: `${reader} finds nothing wrong with the manual page`,
    ignore: !isInstalled(reader),
    async fn() {
      const child = new Deno.Command(reader, {
        args: [...args],
        stdin: "piped",
        stdout: "piped",
        stderr: "piped",
      }).spawn();
      const output = child.output();
      const writer = child.stdin.getWriter();
      await writer.write(new TextEncoder().encode(manual(new Date(0))));
      await writer.close();
      const { stdout, stderr } = await output;
      const decoder = new TextDecoder();
      assertEquals([decoder.decode(stdout), decoder.decode(stderr)], ["", ""]);
    },
  });
}

function isInstalled(program: string): boolean {
  return new Deno.Command("sh", { args: ["-c", `command -v ${program}`] })
    .outputSync().success;
}

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
