/** What passed on what, as the table of tests/README.md. */

import { type Counts, countsIn } from "../counts.ts";

/** The outcome of a topic in the guest of a suite. */
export interface Result {
  suite: string;
  topic: string;
  /** Such as `systemd 252, Linux 6.1.0-40-cloud-amd64, libbpf 1.1.2`. */
  versions: string;
  counts: Counts;
  /** What the guest printed of the tests that failed. */
  errors: string;
}

/** What a guest prints after the tests of a topic, before their exit status. */
export function endOf(topic: string): string {
  return `end of ${topic}:`;
}

/**
 * What a guest printed of the topics that were its work. One that did not come
 * to an end has failed.
 */
export function resultsIn(
  output: string,
  suite: string,
  topics: readonly string[],
): Result[] {
  let rest = output;
  return topics.map((topic) => {
    const end = new RegExp(`^${endOf(topic)} (\\d+)\\n`, "m").exec(rest);
    const own = end === null ? rest : rest.slice(0, end.index);
    rest = end === null ? "" : rest.slice(end.index + end[0].length);
    const counts = countsIn(own, end?.[1] === "0");
    const errors = counts.failed === 0 ? "" : errorsIn(own);
    return { suite, topic, versions: versionsIn(output), counts, errors };
  });
}

/** What `deno test` says of failures at its end; the last lines, if it had none. */
function errorsIn(output: string): string {
  const section = /^ ERRORS \n.*/ms.exec(output)?.[0];
  return section ?? output.split("\n").slice(-20).join("\n");
}

/** Reads the versions that a guest printed. */
function versionsIn(output: string): string {
  return /^versions: (.*)$/m.exec(output)?.[1] ?? "unknown";
}

/** What failed, for the end of a log of many guests. */
export function failures(results: readonly Result[]): string {
  return results.filter(({ counts }) => counts.failed > 0)
    .map(({ suite, topic, errors }) => `${suite} ${topic}:\n${errors}`)
    .join("\n");
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
