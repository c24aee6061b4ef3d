import { denovrfCommand } from "./fixture.ts";
import { must } from "../shell.ts";

const MARK = "ready>";

/** How each shell is started with denovrf's completion, in a directory of its own. */
const SHELLS: Record<string, [rc: string, text: string, command: string[]]> = {
  bash: [
    "bashrc",
    `source <(denovrf completion bash); PS1='${MARK} '`,
    ["bash", "--rcfile", "bashrc", "-i"],
  ],
  zsh: [
    ".zshrc",
    `autoload -Uz compinit; compinit -u; source <(denovrf completion zsh); PS1='${MARK} '`,
    ["env", "ZDOTDIR=.", "zsh", "-i"],
  ],
  fish: [
    "config.fish",
    `denovrf completion fish | source; function fish_prompt; echo '${MARK} '; end`,
    ["fish", "--no-config", "--init-command", "source config.fish"],
  ],
};

for (const [shell, [rc, text, command]] of Object.entries(SHELLS)) {
  Deno.test(`${shell} completes commands, options and units`, async () => {
    const directory = await Deno.makeTempDir({ prefix: "denovrf-shell-" });
    try {
      const words = (await denovrfCommand()).map((word) => `'${word}'`);
      await Deno.writeTextFile(
        `${directory}/denovrf`,
        `#!/bin/sh\ncd '${Deno.cwd()}' && exec ${words.join(" ")} "$@"\n`,
        { mode: 0o755 },
      );
      await Deno.writeTextFile(
        `${directory}/systemctl`,
        "#!/bin/sh\necho daemon@red.service static; echo odd:name.socket static\n",
        { mode: 0o755 },
      );
      await Deno.writeTextFile(`${directory}/${rc}`, text);
      const typing = `${Deno.cwd()}/tests/kernel/type.py`;
      const cases = [
        ["denovrf unb\t", "unbind"],
        [
          ...["denovrf bind --resolv\t", "--resolv-conf"],
        ],
        ["denovrf bind --now daemon@r\t", "daemon@red.service"],
        [
          ...["denovrf bind odd:n\t", "odd:name.socket"],
        ],
      ];
      for (const [keys = "", expected = ""] of cases) {
        await must([
          ...["sh", "-ec", 'cd "$0"; PATH="$0:$PATH"; exec "$@"', directory],
          ...["python3", typing, MARK, keys, expected, ...command],
        ]);
      }
    } finally {
      await Deno.remove(directory, { recursive: true });
    }
  });
}
