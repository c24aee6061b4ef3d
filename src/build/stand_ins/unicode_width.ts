/** Stands in for what denovrf uses of @std/cli/unicode-width, if JSR is unreachable. */

/** Says that this is none of JSR's modules, and so what is built of it. */
export const IS_STAND_IN = true;

const COMBINING = /\p{M}/gu;

const WIDE = /[\p{scx=Han}\p{scx=Hira}\p{scx=Kana}\p{scx=Hang}]/gu;

/** How many columns of a terminal a text takes. */
export function unicodeWidth(text: string): number {
  const count = (what: RegExp) => text.match(what)?.length ?? 0;
  return [...text].length - count(COMBINING) + count(WIDE);
}
