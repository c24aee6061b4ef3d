import { runIn } from "../kernel/fixture.ts";

/** The executable that loop.c makes. */
export class Loop {
  readonly path: string;
  /** How many calls are timed at once. */
  readonly calls: number;

  constructor(path: string, calls: number) {
    this.path = path;
    this.calls = calls;
  }

  /** The time of a call in a cgroup, in ns. */
  async time(
    cgroup: string,
    name: string,
    calls = this.calls,
    device = "",
  ): Promise<number> {
    return Number(
      await runIn(cgroup, [this.path, name, `${calls}`, device]),
    );
  }
}
