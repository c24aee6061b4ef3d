import { beVerbose, note, showChange } from "../../src/messages/print.ts";
import { assertEquals } from "@std/assert";

/** What is printed to stderr meanwhile. */
function printed(act: () => void): unknown[][] {
  const { error } = console;
  const lines: unknown[][] = [];
  console.error = (...line: unknown[]) => lines.push(line);
  try {
    act();
  } finally {
    console.error = error;
  }
  return lines;
}

Deno.test("note() prints a line that cannot play with the terminal", () => {
  assertEquals(printed(() => note('"a\x1b[2J\nb" is not a VRF')), [
    ['denovrf: Note: "a?[2J?b" is not a VRF'],
  ]);
});

Deno.test("showChange() prints such a line too, with --verbose", () => {
  assertEquals(printed(() => showChange("rm /sys/fs/bpf/a\x1b")), []);
  beVerbose();
  assertEquals(printed(() => showChange("rm /sys/fs/bpf/a\x1b")), [
    ["[#] rm /sys/fs/bpf/a?"],
  ]);
});
