import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";

import { loadPackageStatus, type PackageEnvironment } from "../../../cascade/index.ts";
import { readHelmValues } from "../../../cascade/helm-values.ts";
import { load, messagesOf, name, reasonOf, status } from "./packages.ts";

describe("whether a package is enabled, and why", () => {
  test.each<{ rule: string; values: string[]; environment?: PackageEnvironment; says: string }>([
    { rule: "a package that nobody names is enabled", values: [], says: "yes: enabled by default" },
    {
      rule: "the values disable it",
      values: [status("disabled")],
      says: "no: disabled by core-mw.packages.status in 1.yaml:4",
    },
    {
      rule: "the values enable it",
      values: [status('"enabled"')],
      says: "yes: enabled by core-mw.packages.status in 1.yaml:4",
    },
    {
      rule: "values of core-mw itself begin at packages",
      values: [`packages:\n  status:\n    ${name}: disabled`],
      says: "no: disabled by packages.status in 1.yaml:3",
    },
    {
      rule: "other packages do not matter",
      values: ["packages: {status: {a: disabled}}"],
      says: "yes: enabled by default",
    },
    {
      rule: "later values beat earlier ones, name by name",
      values: [status("disabled"), "core-mw: {packages: {status: {other: disabled}}}", `\n${status("enabled")}`],
      says: "yes: enabled by core-mw.packages.status in 3.yaml:5",
    },
    {
      rule: "an alias counts",
      values: [`x: &s\n  ${name}: disabled\ncore-mw: {packages: {status: *s}}`],
      says: "no: disabled by core-mw.packages.status in 1.yaml:2",
    },
    {
      rule: "a merge key counts, and what stands beside it beats it",
      values: [`x: &s {${name}: disabled}\npackages:\n  status:\n    ${name}: enabled\n    <<: *s`],
      says: "yes: enabled by packages.status in 1.yaml:4",
    },
    {
      rule: "of several merged maps the first wins",
      values: [`x: &s {${name}: disabled}\ny: &t {${name}: enabled}\npackages: {status: {<<: [*s, *t, *s]}}`],
      says: "no: disabled by packages.status in 1.yaml:1",
    },
    {
      rule: "an anchor that is used again stands for its last node",
      values: [`a: &x {${name}: disabled}\nb: &x {${name}: enabled}\npackages: {status: *x}\nc: &x {}`],
      says: "yes: enabled by packages.status in 1.yaml:2",
    },
    {
      rule: "the deny list of the environment counts",
      values: [],
      environment: { OX_BLACKLISTED_PACKAGES: ` a  ${name}\tb ` },
      says: "no: disabled by OX_BLACKLISTED_PACKAGES",
    },
    {
      rule: "it beats an `enabled` of the values",
      values: [status("enabled")],
      environment: { OX_BLACKLISTED_PACKAGES: name },
      says: "no: disabled by OX_BLACKLISTED_PACKAGES",
    },
    {
      rule: "a deny list without the package leaves a `disabled` of the values in force",
      values: [status("disabled")],
      environment: { OX_BLACKLISTED_PACKAGES: "a b" },
      says: "no: disabled by core-mw.packages.status in 1.yaml:4",
    },
    {
      rule: "a white list with the package makes everything else void",
      values: [status("disabled")],
      environment: { OX_BLACKLISTED_PACKAGES: name, OX_WHITELISTED_PACKAGES: `a ${name}` },
      says: "yes: enabled by OX_WHITELISTED_PACKAGES",
    },
    {
      rule: "a white list without the package disables it",
      values: [status("enabled")],
      environment: { OX_WHITELISTED_PACKAGES: "open-xchange-grizzly" },
      says: "no: disabled, as it is not listed by OX_WHITELISTED_PACKAGES",
    },
    {
      rule: "empty lists say nothing",
      values: ["packages: {whitelist: []}"],
      environment: { OX_BLACKLISTED_PACKAGES: "", OX_WHITELISTED_PACKAGES: " " },
      says: "yes: enabled by default",
    },
    {
      rule: "the white list of the values counts",
      values: ["core-mw:\n  packages:\n    whitelist:\n      - open-xchange-grizzly"],
      says: "no: disabled, as it is not listed by core-mw.packages.whitelist in 1.yaml:3",
    },
    {
      rule: "a later white list replaces an earlier one",
      values: ["packages: {whitelist: [a]}", "packages: {whitelist: []}"],
      says: "yes: enabled by default",
    },
    { rule: "an empty file says nothing", values: ["", "# only a comment\n"], says: "yes: enabled by default" },
    {
      rule: "empty maps say nothing",
      values: ["core-mw:", "packages:", "packages: {status: }"],
      says: "yes: enabled by default",
    },
  ])("$rule", async ({ values, environment, says }) => {
    expect(await reasonOf(values, environment)).toBe(says);
  });
});

describe("a status is enabled or disabled, everything else stops the start", () => {
  test.each([
    { value: "true", shown: '"true"' },
    { value: "Enabled", shown: '"Enabled"' },
    { value: "on", shown: '"on"' },
    { value: "", shown: '""' },
    { value: "{}", shown: "a map" },
    { value: "[disabled]", shown: "a list" },
  ])("$value", async ({ value, shown }) => {
    expect((await messagesOf([status(value)])).problems).toEqual([
      `1.yaml:4: core-mw.packages.status.${name} is ${shown}; allowed: enabled, disabled`,
    ]);
  });

  test("of another package too, and every one is named", async () => {
    const { outcome } = await load(["packages:\n  status:\n    a: no\n    b: yes"]);
    expect(outcome).toMatchObject({
      ok: false,
      problems: [
        { name: "a", line: 3 },
        { name: "b", line: 4 },
      ],
    });
  });
});

describe("other faults of a values file stop the start", () => {
  test.each([
    { text: "packages: [", message: /^1\.yaml:1: / },
    {
      text: "a: 1\npackages: {status: {a: enabled}}\na: 2",
      message: /^1\.yaml:3: a is set again, first at 1\.yaml:1$/,
    },
    { text: "a: 1\n---\nb: 2", message: /^1\.yaml:2: / },
    { text: "a: *nowhere", message: /^1\.yaml:1: no anchor for \*nowhere$/ },
    { text: "- a", message: /^1\.yaml: must hold a map of Helm values$/ },
    { text: "core-mw:\n  packages: all", message: /^1\.yaml:2: core-mw\.packages must be a map$/ },
    { text: "packages:\n  status: disabled", message: /^1\.yaml:2: packages\.status must map package names to/ },
    { text: "packages: {whitelist: a}", message: /^1\.yaml:1: packages\.whitelist must be a list of package names$/ },
    { text: "packages: {whitelist: [a, 1]}", message: /^1\.yaml:1: packages\.whitelist must be a list/ },
  ])("$text", async ({ text, message }) => {
    expect((await messagesOf([text])).problems).toEqual([expect.stringMatching(message)]);
  });

  test("a file that cannot be read", async () => {
    const outcome = await loadPackageStatus(["/no/such/values.yaml"], {});
    expect(outcome).toMatchObject({
      ok: false,
      problems: [{ message: "/no/such/values.yaml: no such file or directory" }],
    });
  });

  test("a message never quotes the text around the fault", async () => {
    const { problems } = await messagesOf(["password: hunter2 hunter3: x"]);
    expect(problems).toHaveLength(1);
    expect(problems.join()).not.toContain("hunter");
  });
});

describe("what has no effect is warned about", () => {
  test.each([
    {
      text: `core-mw:\n  packages:\n    ${name}: disabled`,
      warning: `1.yaml:3: core-mw.packages.${name} has no effect; it belongs below core-mw.packages.status`,
    },
    {
      text: `packages:\n  Status: {${name}: disabled}`,
      warning: "1.yaml:2: packages.Status has no effect; did you mean packages.status?",
    },
    {
      text: "packages:\n  minimalWhitelist: []",
      warning: "1.yaml:2: packages.minimalWhitelist has no effect; it was removed in core-mw 6.0.1",
    },
    { text: "packages:\n  configuration: {a: 1}", warning: "1.yaml:2: packages.configuration has no effect" },
    {
      text: `core-mw: {}\npackages:\n  status: {${name}: disabled}`,
      warning: "1.yaml:2: packages has no effect here; it belongs below core-mw",
    },
  ])("$warning", async ({ text, warning }) => {
    expect(await messagesOf([text])).toEqual({ problems: [], warnings: [warning] });
  });

  test("a status beside a white list", async () => {
    expect((await messagesOf([status("disabled")], { OX_WHITELISTED_PACKAGES: "a" })).warnings).toEqual([
      `1.yaml:4: core-mw.packages.status.${name} has no effect, as OX_WHITELISTED_PACKAGES makes it void`,
    ]);
  });

  test("commas in the environment", async () => {
    expect((await messagesOf([], { OX_BLACKLISTED_PACKAGES: `a,${name}` })).warnings).toEqual([
      "OX_BLACKLISTED_PACKAGES: names are separated by blanks, a comma is part of a name",
    ]);
  });
});

describe("no text crashes or hangs the reader", () => {
  test("any text", () => {
    const part = fc.constantFrom(..."packages|status|: |\n|  |- |*a|&a |<<|[|{|}|x|'|>".split("|"));
    const awkward = fc.array(part).map((parts) => parts.join(""));
    fc.assert(
      fc.property(fc.oneof(fc.string(), awkward), (text) => {
        for (const { line } of readHelmValues(text, "x.yaml").problems) {
          expect(line === undefined || (line >= 1 && line <= text.split(/\r\n|\r|\n/).length)).toBe(true);
        }
      }),
      { numRuns: 1_000 },
    );
  });

  const doubling = Array.from({ length: 30 }, (_, i) => `k${i + 1}: &k${i + 1} {<<: [*k${i}, *k${i}]}`).join("\n");
  const manyKeys = Array.from({ length: 10_000 }, (_, i) => `    p${i}: enabled`).join("\n");

  test.each([
    { name: "deep nesting", text: "[".repeat(50_000), packages: 0 },
    { name: "deep maps", text: "{a: ".repeat(20_000), packages: 0 },
    { name: "a merge into itself", text: "packages:\n  status: &s\n    <<: *s\n    a: enabled", packages: 1 },
    {
      name: "merges that double at each level",
      text: `k0: &k0 {a: enabled}\n${doubling}\npackages: {status: *k30}`,
      packages: 1,
    },
    { name: "very many packages", text: `packages:\n  status:\n${manyKeys}`, packages: 10_000 },
  ])("$name", ({ text, packages }) => {
    const startedMs = performance.now();
    expect(readHelmValues(text, "x.yaml").base.status.size).toBe(packages);
    expect(performance.now() - startedMs).toBeLessThan(10_000);
  });
});
