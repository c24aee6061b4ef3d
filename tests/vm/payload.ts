/** What a guest is given besides its image, and where it finds it. */

import { type Executable, SCRIPT_FORM } from "./executable.ts";
import { endOf } from "./results.ts";

/** Paths below /payload in the guest, by paths on the host. */
export function payload(
  { path, needsDeno, package: debian, deno }: Executable,
): Record<string, string> {
  return {
    "denovrf": path,
    "denovrf.js": SCRIPT_FORM,
    ...debian === undefined ? {} : { "denovrf.deb": debian },
    // The script form looks for it on PATH; the tests' runner is out of its sight.
    [needsDeno ? "bin/deno" : "runner/deno"]: deno,
    "tests": "tests",
    "src": "src",
    "units": "units",
    "README.md": "README.md",
  };
}

/** Puts denovrf where a person would, and with the script form, Deno. */
export const INSTALL_EXECUTABLE = `
for program in denovrf bin/deno; do
  [ -e /payload/$program ] || continue
  touch /usr/local/bin/\${program##*/}
  mount --bind /payload/$program /usr/local/bin/\${program##*/}
done
export HOME=/root
`;

/** Runs a file or a directory of tests, and says how that ended. */
export function runTests(topic: string, path: string): string {
  return `
library=$(readlink -f /usr/lib/*/libbpf.so.1)
echo "versions: $(systemctl --version | sed -n '1s/ (.*//p'), Linux $(uname -r), libbpf \${library##*.so.}"
${runDeno("test --quiet", path)}
echo "${endOf(topic)} $?"`;
}

/** Runs a subcommand of Deno; there is no JSR in a guest. */
export function runDeno(subcommand: string, args: string): string {
  return `
export NO_COLOR=1 DENO_NO_UPDATE_CHECK=1 DENO_DIR=/var/tmp/deno CI=true
cd /payload
/payload/*/deno ${subcommand} -A --no-check --no-config --no-lock \
  --import-map src/build/stand_ins/import_map.json ${args}
`;
}
