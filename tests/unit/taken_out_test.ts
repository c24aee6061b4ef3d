import { whereTakenOut } from "../../src/doctor/later_drop_ins.ts";
import { assertEquals } from "@std/assert";

const [A, B] = ["/etc/systemd/system/a.service.d/60-a.conf", "/run/b.conf"];

Deno.test("whereTakenOut() names the line that empties BPFProgram=", () => {
  assertEquals(
    whereTakenOut([
      { path: A, text: "[Service]\nNice=1\n" },
      { path: B, text: "[Service]\n# BPFProgram=\n BPFProgram = \n" },
    ]),
    { path: B, line: 3 },
  );
});

Deno.test("whereTakenOut() finds nothing where programs are added, or ours put in again", () => {
  const ours = "BPFProgram=sock_create:/sys/fs/bpf/denovrf/red/sock_create";
  for (
    const texts of [
      [],
      ["[Service]\nBPFProgram=egress:/sys/fs/bpf/firewall\n"],
      [`[Service]\nBPFProgram=\n${ours}\n`],
      ["[Service]\nBPFProgram=\n", `[Service]\n${ours}\n`],
    ]
  ) {
    const later = texts.map((text) => ({ path: A, text }));
    assertEquals(whereTakenOut(later), undefined);
  }
});
