/**
 * A word as a person types it into a shell: quoted if it contains characters
 * that are special to shells, such as the backslashes of unit names. Pure.
 */
export function shellWord(word: string): string {
  if (/^[\w@%+=:,./-]+$/.test(word)) return word;
  return `'${word.replaceAll("'", "'\\''")}'`;
}
