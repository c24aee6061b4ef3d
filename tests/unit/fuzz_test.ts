/** Text from outside, damaged in every way, gets an answer or an error for people. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import {
  type DropIn,
  dropInText,
  parseDropIn,
} from "../../src/bound_units/drop_in.ts";
import { ifnameOfInstance } from "../../src/bound_units/instance.ts";
import { parseSettings } from "../../src/bound_units/settings.ts";
import {
  outsideOfVrfs,
  parseEntered,
  vrfOfIproute2,
} from "../../src/cgroup/vrf_cgroup.ts";
import {
  controllersOfV1,
  findCgroup2Mount,
  pathBelow,
} from "../../src/cgroup/mountinfo.ts";
import { cgroup2Of, cgroupsAbove } from "../../src/cgroup/proc_cgroup.ts";
import { executableIn } from "../../src/install/units.ts";
import { assertIfname } from "../../src/iproute2/ifname.ts";
import { parseNetdevs } from "../../src/iproute2/ip_json.ts";
import { parseSocketCgroups } from "../../src/iproute2/ss.ts";
import { UserError } from "../../src/messages/errors.ts";
import { cgroupOfUnit, unitOfCgroup } from "../../src/systemd/unit_cgroup.ts";
import {
  namesOfDropIns,
  parseUnitName,
  unitNames,
} from "../../src/systemd/unit_name.ts";
import { randomFrom } from "../random.ts";

/** A drop-in with every value that it can have. */
const DROP_IN: DropIn = {
  ifname: "vrf-red",
  follow: true,
  enabledInstance: true,
  mode: { open: false, loopback: true, lock: true },
  resolvConf: "/etc/denovrf/vrf-red/resolv.conf",
  withoutSockets: true,
  boundWith: "a@.service",
};

/** What takes text, and texts that it knows what to do with. */
const TARGETS: Readonly<
  Record<string, [take: (text: string) => unknown, ...texts: string[]]>
> = {
  "ip's JSON": [
    parseNetdevs,
    '[{"ifindex":4,"ifname":"vrfred","linkinfo":{"info_kind":"vrf","info_data":{"table":10}},"altnames":["x"],"master":"y"},{}]',
  ],
  "mountinfo": [
    (text) => {
      controllersOfV1(text);
      const mount = findCgroup2Mount(text);
      if (mount !== undefined) pathBelow(mount, text);
    },
    "25 30 0:22 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate\n36 25 0:33 /a\\040b /sys/fs/cgroup/net_cls rw - cgroup cgroup rw,net_cls,net_prio",
  ],
  "cgroup paths": [
    (text) => {
      const cgroup = cgroup2Of(text) ?? text;
      outsideOfVrfs(cgroup);
      parseEntered(cgroup);
      vrfOfIproute2(cgroup);
      cgroupsAbove(cgroup, "/");
      namesOfDropIns(unitOfCgroup(cgroup) ?? "");
      cgroupOfUnit(text, cgroup);
    },
    "1:name=systemd:/x\n0::/system.slice/system-a\\x2db.slice/a@b.service/vrf/red",
    "/user.slice/user-1000.slice/denovrf:red:plain:4026531840/vrf/red",
  ],
  "drop-ins": [
    (text) => {
      const dropIn = parseDropIn(text);
      if (dropIn !== undefined) assertSound(dropIn);
      executableIn(text);
    },
    dropInText(DROP_IN, "Service"),
    'ExecStart="/a b" start',
  ],
  "what systemctl and ss print": [
    (text) => {
      unitNames(text);
      parseSettings(text.split(" "));
      parseSocketCgroups(text);
    },
    '"a\\\\x2db.service" c.service denovrf@.service',
    "sock_create:/sys/fs/bpf/denovrf/a:b/lock/sock_create x:/y",
    "UNCONN 0 0 0.0.0.0:68 0.0.0.0:* ino:8 sk:3 cgroup:/a.service <->",
  ],
  "names": [
    (text) => {
      rejects(() => parseUnitName(text));
      rejects(() => assertIfname(text));
      rejects(() => assertIfname(ifnameOfInstance(text)));
    },
    "vrf\\x2dred",
    "eth0.100",
    "user-.slice",
    "getty@tty1.service",
  ],
};

const CASES_EACH = 20_000;

/** What damage is done with: what text means something to one or the other. */
const PIECES = [
  ..."\0\n\r\t \"'\\/:.,=-@%$`{}[]()<>&|;*?#~^é💥\ud800",
  ...["--", "=", "\\x2d", "\\x", "null", "1e999", "-1", "__proto__"],
  ...["../", "0::", " - cgroup2 ", "[Unit]", "\u2028", "x".repeat(300)],
];

for (const [name, [take, ...texts]] of Object.entries(TARGETS)) {
  Deno.test(`${name}, damaged in ${CASES_EACH} ways, get an answer or an error`, () => {
    const random = randomFrom(name.length);
    const pick = <T>(of: readonly T[]): T => of[random(of.length)] as T;
    for (let number = 0; number < CASES_EACH; number++) {
      let text = pick(texts);
      for (let damage = random(5); damage >= 0; damage--) {
        const [from, to] = [random(text.length + 1), random(text.length + 1)];
        const piece = pick([
          ...[pick(PIECES), pick(PIECES), text.slice(from, to), ""],
        ]);
        text = text.slice(0, from) + piece + text.slice(from + random(4));
      }
      try {
        take(text);
      } catch (error) {
        assert(error instanceof UserError, `${JSON.stringify(text)}: ${error}`);
      }
    }
  });
}

/** What bind and unbind do for a drop-in has to be for its VRF, and nothing else. */
function assertSound(dropIn: DropIn): void {
  assertIfname(dropIn.ifname);
  const text = dropInText(dropIn, "Service");
  assertEquals(parseDropIn(text), dropIn);
  assertMatch(text, /^(?:(?:# |\[|[A-Z]\w+=)[^\n]*\n|\n)+$/);
}

/** Does something that may refuse what it is given. */
function rejects(act: () => unknown): void {
  try {
    act();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
  }
}
