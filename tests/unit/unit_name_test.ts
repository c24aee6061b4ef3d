import { assertEquals, assertThrows } from "@std/assert";
import { UsageError } from "../../src/messages/errors.ts";
import {
  namesOfDropIns,
  parseUnitName,
  templateOf,
  unitNames,
  wholeUnitName,
} from "../../src/systemd/unit_name.ts";

Deno.test("parseUnitName() completes a service's name and knows its section", () => {
  const cases: Record<string, [name: string, section: string, boolean]> = {
    "nginx": ["nginx.service", "Service", false],
    "nginx.service": ["nginx.service", "Service", false],
    "a.b": ["a.b.service", "Service", false],
    "service": ["service.service", "Service", false],
    "timer": ["timer.service", "Service", false],
    "getty@": ["getty@.service", "Service", true],
    "getty@tty1": ["getty@tty1.service", "Service", false],
    "getty@tty1.service": ["getty@tty1.service", "Service", false],
    "ssh.socket": ["ssh.socket", "Socket", false],
    "sshd@.socket": ["sshd@.socket", "Socket", true],
    "user-1000.slice": ["user-1000.slice", "Slice", false],
    "user-.slice": ["user-.slice", "Slice", false],
    "a@b-": ["a@b-.service", "Service", false],
    "srv-data.mount": ["srv-data.mount", "Mount", false],
    "dev-sda1.swap": ["dev-sda1.swap", "Swap", false],
    "a\\x2db": ["a\\x2db.service", "Service", false],
  };
  for (const [text, [name, section, isTemplate]] of Object.entries(cases)) {
    const parsed = parseUnitName(text);
    assertEquals(
      [parsed.name, parsed.section, parsed.isTemplate, parsed.isPrefix],
      [name, section, isTemplate, text === "user-.slice"],
    );
  }
});

Deno.test("parseUnitName() refuses what has no sockets or is no name", () => {
  for (
    const text of [
      ...["multi-user.target", "x.timer", "x.path", "x.device", "x.scope"],
      ...["x.automount", "", " ", "a b", "a/b", "../x", ".service", "ä", "a\n"],
    ]
  ) assertThrows(() => parseUnitName(text), UsageError);
});

Deno.test("wholeUnitName() takes units of every type", () => {
  const cases: Record<string, string> = {
    "nginx": "nginx.service",
    "session-7.scope": "session-7.scope",
    "x.timer": "x.timer",
    "scope": "scope.service",
  };
  for (const [text, name] of Object.entries(cases)) {
    assertEquals(wholeUnitName(text), name);
  }
});

Deno.test("unitNames() reads what systemctl show prints of several units", () => {
  const cases: Record<string, string[]> = {
    "": [],
    "a.service": ["a.service"],
    "a.service b.socket": ["a.service", "b.socket"],
    '"a\\\\x2db.service" c.service': ["a\\x2db.service", "c.service"],
    'c.service "d\\\\x20e@f.service"': ["c.service", "d\\x20e@f.service"],
  };
  for (const [property, names] of Object.entries(cases)) {
    assertEquals(unitNames(property), names);
  }
});

Deno.test("templateOf() knows instances", () => {
  assertEquals(templateOf("a@b.c.service"), "a@.service");
  assertEquals(templateOf("a@.service"), "a@.service");
  assertEquals(templateOf("a.service"), "a.service");
});

Deno.test("namesOfDropIns() gives a unit's name, its template's and its prefixes", () => {
  const cases: [unit: string, template: string, ...prefixes: string[]][] = [
    ["ssh.service", "ssh.service"],
    ["getty@tty1.service", "getty@.service"],
    ["user-1000.slice", "user-1000.slice", "user-.slice"],
    ["a-b-c.slice", "a-b-c.slice", "a-b-.slice", "a-.slice"],
    ["", ""],
  ];
  for (const names of cases) assertEquals(namesOfDropIns(names[0]), names);
});
