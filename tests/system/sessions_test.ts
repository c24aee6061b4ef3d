/** Logins: sshd, systemd-logind, and the managers of users. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { must, mustSh, run } from "../shell.ts";
import { makeVrf, OUR_ADDRESS, until, untilNoJobs, type Vrf } from "./guest.ts";
import { assertNeverOutside, Probe } from "./probe.ts";
import { answerEverywhere, ASK, atPeer, EVERYWHERE } from "./whereabouts.ts";

/** Their user ids are 1000 and 1001. */
const USERS = ["one", "other"];

const KEY = "/run/sessions.key";

await must(["denovrf", "install"]);

// The guest boots without the masked ones.
await mustSh(`
systemctl unmask --quiet systemd-logind systemd-user-sessions
systemctl start systemd-logind systemd-user-sessions
mkdir -p /run/sshd
ssh-keygen -qA
ssh-keygen -q -t ed25519 -N "" -f ${KEY}
for user in ${USERS.join(" ")}; do
  useradd --create-home --shell /bin/sh $user
  mkdir /home/$user/.ssh
  cp ${KEY}.pub /home/$user/.ssh/authorized_keys
done`);

/** What a user's manager runs: one who asks, and one who makes sockets. */
await Deno.writeTextFile(
  "/etc/systemd/user/asks.service",
  `[Service]\nType=oneshot\nExecStart=/bin/sh -c '${
    ASK.join(" ")
  } > %t/asked'\n`,
);

const LOOP = "/usr/bin/python3 /payload/tests/system/probe_loop.py";
await Deno.writeTextFile(
  "/etc/systemd/user/loop.service",
  `[Service]\nExecStart=${LOOP} /run/service.log\n`,
);

/** What ssh(1) wants to be told, also of a connection that exists. */
const SERVER = "server";

/** A login by ssh, whose commands share its one connection. */
class Login {
  readonly #ssh: Deno.ChildProcess;
  readonly #socket: string;

  private constructor(ssh: Deno.ChildProcess, socket: string) {
    this.#ssh = ssh;
    this.#socket = socket;
  }

  /** Logs a user in, with a client that runs behind a command. */
  static async as(
    user: string,
    address: string,
    behind: string[] = [],
  ): Promise<Login> {
    const socket = `${await Deno.makeTempDir()}/socket`;
    const [program = "", ...args] = [
      ...behind,
      ...["ssh", "-MN", "-S", socket, "-i", KEY],
      ...["-o", "LogLevel=ERROR", "-o", "StrictHostKeyChecking=no"],
      ...["-o", "ServerAliveInterval=20", "-o", "ServerAliveCountMax=9"],
      ...["-o", "UserKnownHostsFile=/dev/null", `${user}@${address}`],
    ];
    const login = new Login(
      new Deno.Command(program, { args }).spawn(),
      socket,
    );
    await until(
      `${user} is logged in`,
      async () => (await login.#share(SERVER, "true")).code === 0,
    );
    return login;
  }

  /** Runs a command of the session's shell. @returns What it printed. */
  async run(command: string): Promise<string> {
    const { code, stdout, stderr } = await this.#share(SERVER, command);
    assertEquals(code, 0, stderr);
    return stdout;
  }

  /** Waits for the end of its connection. */
  async untilCutOff(): Promise<void> {
    assertEquals((await this.#ssh.status).code, 255);
  }

  /** Where sshd connects to by itself, as for `ssh -L`. */
  async forwarded(): Promise<string> {
    return (await this.#share("-W", EVERYWHERE, SERVER)).stdout;
  }

  #share(...args: string[]) {
    // Not to connect by itself, where the connection does not exist yet.
    const alone = ["-o", "ProxyCommand=false"];
    return run(["ssh", ...alone, "-S", this.#socket, ...args]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#ssh.kill("SIGKILL");
    } catch {
      // It has been cut off.
    }
    await this.#ssh.status;
  }
}

/** What a session has its user's manager find out. */
const BY_MANAGER = "systemctl --user start asks && cat $XDG_RUNTIME_DIR/asked";

/** A unit that is bound until it is disposed of, and then ends. */
async function bound(...args: string[]): Promise<AsyncDisposable> {
  await must(["denovrf", "bind", ...args]);
  const unit = args.at(-2) ?? "";
  return {
    async [Symbol.asyncDispose]() {
      await must(["denovrf", "unbind", unit]);
    },
  };
}

/** Ends all that users run. */
const noUsers: AsyncDisposable = {
  async [Symbol.asyncDispose]() {
    await must(["systemctl", "stop", "user-1000.slice", "user-1001.slice"]);
  },
};

/** What a session and its user's manager each leave to run, logging their sockets. */
async function leaveRunning(login: Login): Promise<[Probe, Probe]> {
  const [inSession, inService] = [new Probe("session"), new Probe("service")];
  await mustSh(`
for log in ${inSession.log} ${inService.log}; do
  rm -f $log; touch $log; chmod a+w $log
done`);
  await login.run(`
nohup ${LOOP} ${inSession.log} >/dev/null 2>&1 </dev/null &
systemctl --user start loop`);
  await inSession.untilOn("mgmt");
  await inService.untilOn("mgmt");
  return [inSession, inService];
}

/** Makes a VRF again, with what was in it. */
function makeAgain({ name }: Vrf, table: number): Promise<string> {
  return mustSh(`
ip link delete ${name}
ip link add ${name} up type vrf table ${table}
ip link set veth${table} master ${name}`);
}

function isRunning(pid: string | undefined): Promise<boolean> {
  return Deno.stat(`/proc/${pid}`).then(() => true, () => false);
}

Deno.test("the sessions of one user are in a VRF, and what sshd is bound to has no say in it", async (t) => {
  await using vrf = await makeVrf("mgmt", 10);
  await using _answers = await answerEverywhere(vrf);
  await using _sshd = await bound("--now", "ssh", "mgmt");
  await using _slice = await bound("user-1000.slice", "mgmt");
  await using _users = noUsers;
  {
    await using other = await Login.as(
      "other",
      OUR_ADDRESS,
      atPeer(vrf.peer),
    );
    assertEquals(await other.run(ASK.join(" ")), "outside");
    assertEquals(await other.forwarded(), "outside");
    assertEquals(await other.run(BY_MANAGER), "outside");
  }
  await using one = await Login.as("one", OUR_ADDRESS, atPeer(vrf.peer));
  assertEquals(await one.run(ASK.join(" ")), "mgmt");
  assertEquals(await one.forwarded(), "mgmt");
  assertEquals(await one.run(BY_MANAGER), "mgmt");
  const verify = await run(["denovrf", "verify"]);
  assertEquals(verify.code, 0, verify.stdout);

  await t.step(
    "when it is recreated, what the session left runs on in it, and the user's manager is restarted",
    async () => {
      const [inSession, inService] = await leaveRunning(one);
      const [pid] = await inService.pids();
      await makeAgain(vrf, 10);
      await one.untilCutOff();
      await until("the service has ended", async () => !await isRunning(pid));
      await untilNoJobs();
      await must(["systemctl", "is-active", "user@1000"]);
      await inSession.untilOn("mgmt");
      for (const probe of [inSession, inService]) {
        assertEquals((await probe.pids()).length, 1);
        await assertNeverOutside(probe, "mgmt");
      }
      assert(await isRunning((await inSession.pids())[0]));
      await using again = await Login.as(
        "one",
        OUR_ADDRESS,
        atPeer(vrf.peer),
      );
      assertEquals(await again.run(ASK.join(" ")), "mgmt");
      assertEquals(await again.run(BY_MANAGER), "mgmt");
    },
  );
});

Deno.test("bind --follow has the sessions of everyone run on when their VRF is recreated", async () => {
  await using vrf = await makeVrf("mgmt", 10);
  await using _answers = await answerEverywhere(vrf);
  await using _slices = await bound("--follow", "user-.slice", "mgmt");
  await using _users = noUsers;
  await must(["systemctl", "restart", "ssh"]);
  for (const user of USERS) {
    await using login = await Login.as(user, "127.0.0.1");
    assertEquals(await login.run(ASK.join(" ")), "mgmt");
  }
  // By a connection that does not end with the VRF.
  await using login = await Login.as("other", "127.0.0.1");
  const [inSession, inService] = await leaveRunning(login);
  await makeAgain(vrf, 10);
  for (const probe of [inSession, inService]) {
    await until("it has seen the VRF go and come", async () => {
      const devices = await probe.devices();
      return devices.length > 1 && devices.at(-1) === "mgmt";
    });
    assertEquals((await probe.pids()).length, 1);
    await assertNeverOutside(probe, "mgmt");
  }
  assertEquals(await login.run(ASK.join(" ")), "mgmt");
  assertEquals(await login.run(BY_MANAGER), "mgmt");
  const now = await run(["denovrf", "bind", "--now", "user-.slice", "mgmt"]);
  assertEquals(now.code, 1);
  assertStringIncludes(now.stderr, "it is a prefix of other units");
  const doctor = await run(["denovrf", "doctor"]);
  assertEquals(doctor.code, 0, doctor.stdout);
});
