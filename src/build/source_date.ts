/** The time that is in what is built, so that two builds are the same bytes. */

/**
 * `SOURCE_DATE_EPOCH`, or else when the sources were committed. Without git,
 * that is the time of deno.json: `git archive` gives it that of the commit.
 */
export async function sourceDate(): Promise<Date> {
  const seconds = Deno.env.get("SOURCE_DATE_EPOCH") ?? await commitTime();
  if (seconds !== undefined) return new Date(Number(seconds) * 1000);
  const { mtime } = await Deno.stat("deno.json");
  return mtime ?? new Date(0);
}

/** In seconds since 1970; `undefined` if git does not tell. */
async function commitTime(): Promise<string | undefined> {
  try {
    const { success, stdout } = await new Deno.Command("git", {
      args: ["log", "-1", "--format=%ct"],
      stderr: "null",
    }).output();
    return success ? new TextDecoder().decode(stdout).trim() : undefined;
  } catch {
    return undefined;
  }
}

/** Gives everything in a directory, and the directory itself, one time. */
export async function setTimes(path: string, date: Date): Promise<void> {
  const { isDirectory } = await Deno.lstat(path);
  if (isDirectory) {
    for await (const { name } of Deno.readDir(path)) {
      await setTimes(`${path}/${name}`, date);
    }
  }
  await Deno.utime(path, date, date);
}
