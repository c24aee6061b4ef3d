/** Numbers below a limit, the same ones in every run (xorshift32). */
export function randomFrom(seed: number): (limit: number) => number {
  let state = seed * 2654435761 >>> 0 || 1;
  return (limit) => {
    state ^= state << 13;
    state >>>= 0;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state % limit;
  };
}
