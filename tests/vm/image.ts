/** The guest's disk: a minimal Debian, made once and kept outside the tree. */

import { DEBIAN_ARCHITECTURES } from "../../src/build/package_texts.ts";
import { runQuietly } from "../host.ts";
import { type Platform, PLATFORMS } from "./platform.ts";

/** The files that boot a guest. */
export interface Image {
  disk: string;
  kernel: string;
  initrd: string;
  platform: Platform;
}

const PACKAGES = [
  // What people run in VRFs.
  ...["bind9-dnsutils", "chrony", "cron", "curl", "frr", "keepalived"],
  ...["nginx", "nodejs", "openssh-server", "podman"],
  ...["prometheus-node-exporter", "snmpd", "systemd-resolved", "unbound"],
  "wireguard-tools",
  // The only program of a container.
  "busybox-static",
  "dbus",
  "iproute2",
  "iputils-ping",
  "kmod",
  "libbpf1",
  "libnss-resolve",
  "libpam-systemd",
  "python3",
  "systemd",
  "systemd-sysv",
  "udev",
];

/** What the initrd has to load to find the disk; all of Debian's takes seconds. */
const INITRD_MODULES = ["virtio_pci", "virtio_blk", "ext4"];

/** What a guest that lives for a minute can do without. */
const MASKED_UNITS = [
  // A getty hangs up whatever a unit prints on its terminal.
  "serial-getty@hvc0.service",
  "serial-getty@ttyAMA0.service",
  "serial-getty@ttyS0.service",
  "getty@tty1.service",
  // Under TCG each of these costs a good part of a second.
  ...["configfs", "dm_mod", "drm", "efi_pstore", "fuse", "loop"].map((module) =>
    `modprobe@${module}.service`
  ),
  "dev-hugepages.mount",
  "dev-mqueue.mount",
  "kmod-static-nodes.service",
  "proc-sys-fs-binfmt_misc.automount",
  "proc-sys-fs-binfmt_misc.mount",
  "sys-fs-fuse-connections.mount",
  "sys-kernel-config.mount",
  "sys-kernel-debug.mount",
  "sys-kernel-tracing.mount",
  "systemd-ask-password-console.path",
  "systemd-ask-password-wall.path",
  "systemd-binfmt.service",
  "systemd-logind.service",
  "systemd-pstore.service",
  "systemd-random-seed.service",
  "systemd-update-utmp.service",
  "systemd-user-sessions.service",
  "systemd-update-utmp-runlevel.service",
  "apt-daily.timer",
  "apt-daily-upgrade.timer",
  "dpkg-db-backup.timer",
  "e2scrub_all.timer",
  "e2scrub_reap.service",
  "fstrim.timer",
  "systemd-tmpfiles-clean.timer",
];

/** What tests start when they need it. */
const DISABLED_UNITS = [
  "chrony.service",
  "cron.service",
  "frr.service",
  "keepalived.service",
  "logrotate.timer",
  "netavark-dhcp-proxy.socket",
  "nginx.service",
  "podman-auto-update.service",
  "podman-auto-update.timer",
  "podman-clean-transient.service",
  "podman-restart.service",
  "podman.service",
  "podman.socket",
  "prometheus-node-exporter.service",
  "prometheus-node-exporter-apt.timer",
  "prometheus-node-exporter-ipmitool-sensor.timer",
  "prometheus-node-exporter-mellanox-hca-temp.timer",
  "prometheus-node-exporter-nvme.timer",
  "prometheus-node-exporter-smartmon.timer",
  "snmpd.service",
  "ssh.service",
  "systemd-resolved.service",
  "unbound-resolvconf.service",
  "unbound.service",
];

const GENERATORS = "usr/lib/systemd/system-generators";

/** Finds the second disk and does what is on it. */
const GUEST_SERVICE = `[Unit]
Description=What the host wants done
After=basic.target dbus.service
[Service]
ExecStart=/bin/sh -c 'mount -o ro /dev/vdb /payload && exec /bin/sh /payload/guest.sh'
StandardInput=null
[Install]
WantedBy=multi-user.target
`;

/** Made new whenever any of this changes. */
const RECIPE = JSON.stringify([
  PACKAGES,
  INITRD_MODULES,
  MASKED_UNITS,
  DISABLED_UNITS,
  GUEST_SERVICE,
  "3",
]);

/** What an image has beyond what every guest needs. */
interface Additions {
  readonly packages: readonly string[];
  /** A command of sh(1), with the image's root directory as "$1". */
  readonly hook: string;
}

/** The image of a Debian suite, from the cache or made now. */
export async function provideImage(
  suite: string,
  platform = PLATFORMS[Deno.build.arch],
  additions: Additions = { packages: [], hook: "true" },
): Promise<Image> {
  const debian = DEBIAN_ARCHITECTURES[platform.architecture];
  const name = `${suite}-${debian}`;
  const key = await keyOf(name, additions);
  const directory = `${cacheDirectory()}/${name}-${key}`;
  const image = {
    platform,
    disk: `${directory}/disk.img`,
    kernel: `${directory}/vmlinuz`,
    initrd: `${directory}/initrd`,
  };
  if (await isThere(directory)) return image;
  if (Deno.uid() !== 0) {
    throw new Error(
      "Cannot make the guest's image: only root can\nRun this as root, or with sudo",
    );
  }
  console.error(
    `Making a Debian ${suite} guest, kept in ${directory} (takes a minute${
      platform.architecture === Deno.build.arch ? "" : ", or ten"
    }) …`,
  );
  await Deno.mkdir(cacheDirectory(), { recursive: true });
  const work = await Deno.makeTempDir({
    dir: cacheDirectory(),
    prefix: "new-",
  });
  try {
    await makeImage(suite, platform, additions, work);
    await Deno.rename(`${work}/image`, directory);
  } finally {
    await runQuietly("rm", ["-rf", "--one-file-system", work]);
  }
  return image;
}

async function makeImage(
  suite: string,
  { architecture }: Platform,
  additions: Additions,
  work: string,
): Promise<void> {
  const debian = DEBIAN_ARCHITECTURES[architecture];
  const root = `${work}/root`;
  await runQuietly("mmdebstrap", [
    "--variant=minbase",
    `--architectures=${debian}`,
    `--include=${
      [...PACKAGES, ...additions.packages, `linux-image-cloud-${debian}`]
        .join(",")
    }`,
    "--aptopt=Apt::Install-Recommends false",
    // A suite that is still in the making has a Release file that expires.
    "--aptopt=Acquire::Check-Valid-Until false",
    // Before the kernel's package makes its initrd.
    `--essential-hook=mkdir -p "$1/etc/initramfs-tools/conf.d" && echo MODULES=list > "$1/etc/initramfs-tools/conf.d/denovrf" && printf '%s\\n' ${
      INITRD_MODULES.join(" ")
    } > "$1/etc/initramfs-tools/modules"`,
    // Not every suite has all of them.
    `--customize-hook=for unit in ${
      DISABLED_UNITS.join(" ")
    }; do chroot "$1" systemctl disable --quiet $unit || true; done`,
    `--customize-hook=${additions.hook}`,
    suite,
    root,
  ]);
  await adapt(root);
  await Deno.mkdir(`${work}/image`);
  await runQuietly("sh", [
    "-c",
    `cp "$1"/boot/vmlinuz-* "$2/vmlinuz" && cp "$1"/boot/initrd.img-* "$2/initrd"`,
    "sh",
    root,
    `${work}/image`,
  ]);
  await runQuietly("mkfs.ext4", [
    "-q",
    "-O",
    "^has_journal",
    "-d",
    root,
    `${work}/image/disk.img`,
    "2G",
  ]);
}

/** Makes a fresh Debian into a guest. */
async function adapt(root: string): Promise<void> {
  const units = `${root}/etc/systemd/system`;
  await Deno.mkdir(`${root}/payload`);
  await Deno.writeTextFile(`${units}/guest.service`, GUEST_SERVICE);
  await Deno.symlink(
    "/etc/systemd/system/guest.service",
    `${units}/multi-user.target.wants/guest.service`,
  );
  for (const unit of MASKED_UNITS) await mask(`${units}/${unit}`);
  // They are most of a daemon-reload under TCG: 4.7 s with them, 1.8 s without.
  for await (const { name } of Deno.readDir(`${root}/${GENERATORS}`)) {
    if (name === "systemd-fstab-generator") continue;
    await mask(`${root}/etc/systemd/system-generators/${name}`);
  }
  await Deno.writeTextFile(`${root}/etc/hostname`, "guest\n");
  await Deno.writeTextFile(`${root}/etc/hosts`, "127.0.0.1 localhost guest\n");
  await Deno.writeTextFile(`${root}/etc/fstab`, "/dev/vda / ext4 rw 0 0\n");
  // A machine that has booted before, with nothing to update: its first boot
  // is like any other.
  await Deno.writeTextFile(`${root}/etc/machine-id`, `${"d".repeat(32)}\n`);
  await runQuietly("touch", [`${root}/etc/.updated`, `${root}/var/.updated`]);
}

/** What systemd takes for a unit or a generator that is not to be. */
async function mask(path: string): Promise<void> {
  await Deno.mkdir(path.slice(0, path.lastIndexOf("/")), { recursive: true });
  await Deno.remove(path).catch(() => {});
  await Deno.symlink("/dev/null", path);
}

function cacheDirectory(): string {
  const cache = Deno.env.get("XDG_CACHE_HOME") ||
    `${Deno.env.get("HOME") || "/var/tmp"}/.cache`;
  return `${cache}/denovrf/vm`;
}

async function keyOf(name: string, additions: Additions): Promise<string> {
  const { packages, hook } = additions;
  const added = packages.length > 0 ? [...packages, hook].join(" ") : "";
  const bytes = new TextEncoder().encode(name + RECIPE + added);
  const hash = await crypto.subtle.digest("SHA-256", bytes);
  return new Uint8Array(hash).toHex().slice(0, 12);
}

async function isThere(path: string): Promise<boolean> {
  try {
    await Deno.lstat(path);
    return true;
  } catch {
    return false;
  }
}
