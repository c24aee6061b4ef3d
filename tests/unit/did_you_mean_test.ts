import { assertEquals } from "@std/assert";
import { didYouMean } from "../../src/messages/did_you_mean.ts";

Deno.test("didYouMean() asks for what was probably meant", () => {
  const candidates = ["start", "stop", "install", "uninstall"];
  const meant: Record<string, string> = {
    "strat": "start",
    "STOP": "stop",
    "instal": "install",
    "unistall": "uninstall",
  };
  for (const [word, near] of Object.entries(meant)) {
    assertEquals(didYouMean(word, candidates), `Did you mean "${near}"?`);
  }
});

Deno.test("didYouMean() quotes a name so that it cannot play with the terminal", () => {
  assertEquals(didYouMean("ab", ["a\x07b"]), 'Did you mean "a\\u0007b"?');
});

Deno.test("didYouMean() keeps silent where nothing is near", () => {
  assertEquals(didYouMean("identify", ["start", "stop"]), undefined);
  assertEquals(didYouMean("x", []), undefined);
  assertEquals(didYouMean("eth0", ["vrfred", "lo"]), undefined);
});
