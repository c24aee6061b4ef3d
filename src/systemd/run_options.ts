/** The options of systemd-run, as far as denovrf has to know them. */

/**
 * Its long options that take a value, of every version up to 262; a system test
 * compares them with what `systemd-run --help` lists.
 */
const WITH_VALUE: readonly string[] = [
  "area",
  "background",
  "capsule",
  "description",
  "expand-environment",
  "gid",
  "host",
  "job-mode",
  "json",
  "machine",
  "nice",
  "on-active",
  "on-boot",
  "on-calendar",
  "on-startup",
  "on-unit-active",
  "on-unit-inactive",
  "output",
  "path-property",
  "property",
  "root-directory",
  "service-type",
  "setenv",
  "slice",
  "socket-property",
  "timer-property",
  "uid",
  "unit",
  "working-directory",
];

/** Those without one, from which abbreviations have to be told. */
const FLAGS: readonly string[] = [
  "collect",
  "help",
  "ignore-failure",
  "no-ask-password",
  "no-block",
  "no-pager",
  "on-clock-change",
  "on-timezone-change",
  "pipe",
  "pty",
  "pty-late",
  "quiet",
  "remain-after-exit",
  "same-dir",
  "same-root-dir",
  "scope",
  "send-sighup",
  "shell",
  "slice-inherit",
  "system",
  "tty",
  "user",
  "verbose",
  "version",
  "wait",
];

/** Short options that denovrf has to know, by letter. */
const SHORT: Readonly<Record<string, string>> = {
  C: "capsule",
  E: "setenv",
  H: "host",
  M: "machine",
  S: "shell",
  p: "property",
  u: "unit",
};

/** An option as systemd-run understands it. */
export interface RunOption {
  /** Its long name, or the letter of one that denovrf need not know. */
  readonly name: string;
  /** Its value; `undefined` if it takes none, or the value is missing. */
  readonly value?: string | undefined;
}

/** How many words of a command line an option is, and what it says. */
export interface TakenOptions {
  readonly words: 1 | 2;
  readonly options: readonly RunOption[];
}

/**
 * Reads one word that begins with "-", as getopt_long(3) does for systemd-run.
 *
 * @param next The word after it, which may be its value.
 */
export function takeRunOptions(
  word: string,
  next: string | undefined,
): TakenOptions {
  return word.startsWith("--")
    ? takeLong(word.slice(2), next)
    : takeShort(word.slice(1), next);
}

function takeLong(text: string, next: string | undefined): TakenOptions {
  const equals = text.indexOf("=");
  const name = unabbreviated(equals < 0 ? text : text.slice(0, equals));
  if (equals >= 0) {
    return { words: 1, options: [{ name, value: text.slice(equals + 1) }] };
  }
  if (!WITH_VALUE.includes(name)) return { words: 1, options: [{ name }] };
  return { words: 2, options: [{ name, value: next }] };
}

/** Several letters may share a word: "-tp X=Y" is "-t -p X=Y". */
function takeShort(letters: string, next: string | undefined): TakenOptions {
  const options: RunOption[] = [];
  for (const [at, letter] of [...letters].entries()) {
    const name = SHORT[letter] ?? letter;
    if (!WITH_VALUE.includes(name)) {
      options.push({ name });
      continue;
    }
    const rest = letters.slice(at + 1);
    if (rest !== "") {
      return { words: 1, options: [...options, { name, value: rest }] };
    }
    return { words: 2, options: [...options, { name, value: next }] };
  }
  return { words: 1, options };
}

/** getopt_long(3) takes the beginning of a name for it, if no other fits. */
function unabbreviated(name: string): string {
  const known = [...WITH_VALUE, ...FLAGS];
  if (known.includes(name)) return name;
  const [only, ...others] = known.filter((known) => known.startsWith(name));
  return only !== undefined && others.length === 0 ? only : name;
}

/** Whether an option is given. */
export function hasOption(
  options: readonly RunOption[],
  name: string,
): boolean {
  return options.some((option) => option.name === name);
}
