/** Names as they stand in messages. */

/**
 * A name as it stands in a message: in quotes, and with control characters
 * escaped, so that it cannot play with the terminal. Backslashes stay as they
 * are, for units' names contain them, and people copy these.
 */
export function quote(name: string): string {
  const escaped = name.replace(
    /["\p{Cc}]/gu,
    (character) => character === '"' ? '\\"' : escape(character),
  );
  return `"${escaped}"`;
}

function escape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

/**
 * A word as a person types it into a shell: quoted if it contains characters
 * that are special to shells, such as the backslashes of unit names.
 */
export function shellWord(word: string): string {
  if (/^[\w@%+=:,./-]+$/.test(word)) return word;
  return `'${word.replaceAll("'", "'\\''")}'`;
}

/**
 * A text as it is shown. Names of others may contain control characters, which
 * could play with the terminal, or look like lines of ours.
 */
export function printable(name: string): string {
  return name.replace(/\p{Cc}/gu, "?");
}
