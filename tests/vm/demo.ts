/** The demo task: the main job, shown in a guest. */

import { provide, VM_NEEDS } from "../host.ts";
import { provideExecutable } from "./executable.ts";
import { runInGuest } from "./guest.ts";
import { provideImage } from "./image.ts";
import { INSTALL_EXECUTABLE, payload } from "./payload.ts";

try {
  const executable = await provideExecutable();
  await provide(VM_NEEDS);
  const image = await provideImage("bookworm");
  console.error("Booting a Debian guest (takes half a minute without KVM) …");
  const [result] = await runInGuest(
    image,
    payload(executable),
    [`${INSTALL_EXECUTABLE}\n. /payload/tests/vm/demo.sh`],
    console.log,
  );
  Deno.exit(result?.status ?? 1);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  Deno.exit(1);
}
