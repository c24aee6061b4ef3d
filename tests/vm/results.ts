/** What passed on what, as the table that README.md has. Pure. */

import type { Counts } from "../counts.ts";

/** The outcome of a topic in the guest of a suite. */
export interface Result {
  suite: string;
  topic: string;
  /** Such as `systemd 252, Linux 6.1.0-40-cloud-amd64, libbpf 1.1.2`. */
  versions: string;
  counts: Counts;
}

/** Reads the versions that a guest printed. */
export function versionsIn(output: string): string {
  return /^versions: (.*)$/m.exec(output)?.[1] ?? "unknown";
}

/** A table in Markdown: a column a suite, a row a topic. */
export function resultsTable(results: readonly Result[]): string {
  const suites = new Map(
    results.map(({ suite, versions }) => [suite, versions]),
  );
  const topics = [...new Set(results.map(({ topic }) => topic))].sort();
  const cell = (topic: string, suite: string) => {
    const found = results.find((result) =>
      result.topic === topic && result.suite === suite
    );
    if (found === undefined) return "";
    const { passed, failed } = found.counts;
    return failed === 0 ? `${passed} passed` : `${failed} failed`;
  };
  const row = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [
    row(["tests/system", ...suites.keys()]),
    row(["---", ...[...suites.keys()].map(() => "---")]),
    row(["", ...suites.values()]),
    ...topics.map((topic) =>
      row([topic, ...[...suites.keys()].map((suite) => cell(topic, suite))])
    ),
  ].join("\n");
}
