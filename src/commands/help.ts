/** Prints the help, a topic of the manual, or the manual page. */

import { type Arguments, shown } from "../cli/command.ts";
import { COMMANDS, findCommand } from "../cli/commands.ts";
import { help, helpOf } from "../cli/help.ts";
import { topicText } from "../cli/topic.ts";
import { TOPICS } from "../manual/topics.ts";
import { didYouMean } from "../messages/did_you_mean.ts";
import { UsageError } from "../messages/errors.ts";
import { hasStyles, lineWidth, print } from "../messages/print.ts";
import { quote } from "../messages/quote.ts";

/** `denovrf help` */
export async function run({ operands, flags }: Arguments): Promise<number> {
  const [name] = operands;
  if (flags.has("man")) {
    const { manual } = await import("../cli/man.ts");
    print(manual());
  } else {
    print(name === undefined ? help() : helpOn(name));
  }
  return 0;
}

/** The help of a command, a topic, or both if they have the same name. */
function helpOn(name: string): string {
  const command = findCommand(name);
  const topic = Object.hasOwn(TOPICS, name) ? TOPICS[name] : undefined;
  const texts = [
    ...command === undefined ? [] : [helpOf(command)],
    ...topic === undefined
      ? []
      : [topicText(topic, { width: lineWidth(), hasBold: hasStyles() })],
  ];
  if (texts.length > 0) return texts.join("\n\n");
  const names = [
    ...shown(COMMANDS).map(({ name }) => name),
    ...Object.keys(TOPICS),
  ];
  throw new UsageError(`Unknown command or topic ${quote(name)}`, {
    remedy: didYouMean(name, names),
  });
}
