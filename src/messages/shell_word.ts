/**
 * A word as a person types it into a shell: in quotes where it holds what a
 * shell would take for more, as the names of units hold backslashes. Pure.
 */
export function shellWord(word: string): string {
  if (/^[\w@%+=:,./-]+$/.test(word)) return word;
  return `'${word.replaceAll("'", "'\\''")}'`;
}
