import { type Arguments, commandNamed } from "../commands.ts";
import { UsageError } from "../errors.ts";
import { help, helpOf } from "../help.ts";

/** `denovrf help` */
export async function run({ operands, flags }: Arguments): Promise<number> {
  const [name, ...others] = operands;
  if (flags.has("man")) {
    const { manual } = await import("../man.ts");
    console.log(manual());
    return 0;
  }
  if (others.length > 0) throw new UsageError("More than one command is given");
  if (name === undefined) {
    console.log(help());
    return 0;
  }
  console.log(helpOf(commandNamed(name)));
  return 0;
}
