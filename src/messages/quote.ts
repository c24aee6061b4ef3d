/** Names as they stand in messages. Pure. */

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
