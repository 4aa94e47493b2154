import { describe, expect, test } from "@jest/globals";

import type { Placement } from "../../../cascade/index.ts";
import { messagesOf, name, reasonOf, status } from "./packages.ts";

const feature = (packages: string, value: string): string =>
  `core-mw:\n  features:\n    definitions:\n      sync: [${packages}]\n    status:\n      sync: ${value}\n`;

describe("features of the chart", () => {
  test.each([
    {
      rule: "a feature disables its packages",
      values: [feature(name, "disabled")],
      says: "no: disabled by core-mw.features.status.sync in 1.yaml:6",
    },
    {
      rule: "packages.status beats features, whatever the order of the files",
      values: [status("enabled"), feature(name, "disabled")],
      says: "yes: enabled by core-mw.packages.status in 1.yaml:4",
    },
    {
      rule: "of two features with the same package the later name wins",
      values: [`features: {definitions: {b: [${name}], a: [${name}]}, status: {b: disabled, a: enabled}}`],
      says: "no: disabled by features.status.b in 1.yaml:1",
    },
    {
      rule: "a later definition replaces an earlier one",
      values: [feature(name, "disabled"), "core-mw: {features: {definitions: {sync: [open-xchange-usm]}}}"],
      says: "yes: enabled by default",
    },
    {
      rule: "a feature without a status says nothing",
      values: [`features: {definitions: {sync: [${name}]}}`],
      says: "yes: enabled by default",
    },
  ])("$rule", async ({ values, says }) => {
    expect(await reasonOf(values)).toBe(says);
  });

  test.each([
    {
      text: "features:\n  status: {usm-eas: true}",
      says: '1.yaml:2: features.status.usm-eas is "true"; allowed: enabled, disabled',
    },
    {
      text: "features:\n  status: on",
      says: "1.yaml:2: features.status must map feature names to enabled or disabled",
    },
    { text: "features: all", says: "1.yaml:1: features must be a map" },
    {
      text: "features:\n  definitions: a",
      says: "1.yaml:2: features.definitions must map feature names to lists of package names",
    },
    {
      text: "features:\n  definitions:\n    a: b",
      says: "1.yaml:3: features.definitions.a must be a list of package names",
    },
    {
      text: "scaling: {nodes: {x: {roles: sync}}}",
      says: "1.yaml:1: scaling.nodes.x.roles must be a list of role names",
    },
    {
      text: `roles:\n  sync:\n    values:\n      packages:\n        status: {${name}: no}`,
      says: `1.yaml:5: roles.sync.values.packages.status.${name} is "no"; allowed: enabled, disabled`,
    },
  ])("$says", async ({ text, says }) => {
    expect((await messagesOf([text])).problems).toEqual([says]);
  });
});

describe("roles and node types are put on top, as the chart does", () => {
  const at = (path: string, value: string): string => {
    const keys = [...path.split("."), "values", "packages", "status", name];
    return `core-mw:\n${keys.map((key, depth) => `${"  ".repeat(depth + 1)}${key}:`).join("\n")} ${value}\n`;
  };
  const everywhere = `core-mw:
  packages: {status: {${name}: enabled}}
  roles:
    one: {values: {packages: {status: {${name}: disabled}}}}
    two: {values: {packages: {status: {${name}: enabled}}}}
  scaling:
    nodes:
      sync: {roles: [two, one]}
      edge: {roles: [one], values: {packages: {status: {${name}: enabled}}}}
`;
  const role = "core-mw.roles.one.values.packages.status";
  test.each<{ rule: string; placement: Placement; says: string }>([
    {
      rule: "neither counts unasked",
      placement: { roles: [], nodeType: undefined },
      says: "yes: enabled by core-mw.packages.status in 1.yaml:2",
    },
    {
      rule: "a role beats what is for all",
      placement: { roles: ["one"], nodeType: undefined },
      says: `no: disabled by ${role} in 1.yaml:4`,
    },
    {
      rule: "a later role beats an earlier one",
      placement: { roles: ["one", "two"], nodeType: undefined },
      says: "yes: enabled by core-mw.roles.two.values.packages.status in 1.yaml:5",
    },
    {
      rule: "a node type brings its roles, in order",
      placement: { roles: [], nodeType: "sync" },
      says: `no: disabled by ${role} in 1.yaml:4`,
    },
    {
      rule: "roles that are named replace those of the node type",
      placement: { roles: ["two"], nodeType: "sync" },
      says: "yes: enabled by core-mw.roles.two.values.packages.status in 1.yaml:5",
    },
    {
      rule: "a node type's own values beat its roles",
      placement: { roles: [], nodeType: "edge" },
      says: "yes: enabled by core-mw.scaling.nodes.edge.values.packages.status in 1.yaml:9",
    },
  ])("$rule", async ({ placement, says }) => {
    expect(await reasonOf([everywhere], {}, placement)).toBe(says);
  });

  test("a role beats what a later file says for all", async () => {
    const placement = { roles: ["one"], nodeType: undefined };
    expect(await reasonOf([at("roles.one", "disabled"), status("enabled")], {}, placement)).toBe(
      `no: disabled by ${role} in 1.yaml:7`,
    );
  });

  test.each<{ text: string; placement?: Placement; says: string }>([
    {
      text: at("roles.sync", "enabled"),
      placement: { roles: ["snyc"], nodeType: undefined },
      says: "no file of Helm values has the role snyc; the nearest one is sync",
    },
    {
      text: at("scaling.nodes.sync", "enabled"),
      placement: { roles: [], nodeType: "synch" },
      says: "no file of Helm values has the node type synch; the nearest one is sync",
    },
    { text: "", placement: { roles: ["sync"], nodeType: undefined }, says: "no file of Helm values has the role sync" },
    {
      text: "roles:\n  sync:\n    packages: {}",
      says: "1.yaml:3: roles.sync.packages has no effect; it belongs below roles.sync.values",
    },
    {
      text: "core-mw:\n  scaling:\n    nodes:\n      a:\n        features: {}",
      says: "1.yaml:5: core-mw.scaling.nodes.a.features has no effect; it belongs below core-mw.scaling.nodes.a.values",
    },
    {
      text: "core-mw:\n  package: {}",
      says: "1.yaml:2: core-mw.package has no effect; did you mean core-mw.packages?",
    },
    { text: "core-mw: {}\nfeatures: {}", says: "1.yaml:2: features has no effect here; it belongs below core-mw" },
    {
      text: "features:\n  usm-eas: enabled",
      says: "1.yaml:2: features.usm-eas has no effect; it belongs below features.status",
    },
    {
      text: "features:\n  definition: {}",
      says: "1.yaml:2: features.definition has no effect; did you mean features.definitions?",
    },
  ])("$says", async ({ text, placement, says }) => {
    expect(await messagesOf([text], {}, placement)).toEqual({ problems: [], warnings: [says] });
  });
});

describe("names that are probably slips are warned about, in every role and list", () => {
  test.each([
    {
      text: "packages:\n  status: {open-xchange-websocket-grizzly: disabled}",
      says: `1.yaml:2: packages.status: open-xchange-websocket-grizzly is no known package; did you mean ${name}?`,
    },
    {
      text: "packages:\n  status: {open-xchange-websockets: disabled}",
      says: `1.yaml:2: packages.status: open-xchange-websockets is no known package; did you mean ${name}?`,
    },
    {
      text: "packages:\n  status: {websockets-grizzly: disabled}",
      says: `1.yaml:2: packages.status: websockets-grizzly is no known package; did you mean ${name}?`,
    },
    {
      text: "packages:\n  status: {open-xchange-multifactr: enabled}",
      says: "1.yaml:2: packages.status: open-xchange-multifactr is no known package; did you mean open-xchange-multifactor?",
    },
    {
      text: "packages:\n  status: {multifact0r: enabled}",
      says: "1.yaml:2: packages.status: multifact0r is no known package; the nearest one is open-xchange-multifactor",
    },
    {
      text: "roles: {a: {values: {packages: {status: {open-xchange-ssso: disabled}}}}}",
      says: "1.yaml:1: roles.a.values.packages.status: open-xchange-ssso is no known package; did you mean open-xchange-sso?",
    },
    {
      text: `packages:\n  whitelist: [${name}, open-xchange-rset]`,
      says: "1.yaml:2: packages.whitelist: open-xchange-rset is no known package; did you mean open-xchange-rest?",
    },
    {
      text: "features:\n  status: {usm-esa: enabled}",
      says: "1.yaml:2: features.status: usm-esa is a feature without a definition here; the nearest one is usm-eas",
    },
  ])("$says", async ({ text, says }) => {
    expect(await messagesOf([text])).toEqual({ problems: [], warnings: [says] });
  });

  test("packages of the middleware that oxbow knows nothing of are none", async () => {
    const text =
      "packages: {status: {open-xchange-guard: enabled, open-xchange-imap: disabled}}\nfeatures: {status: {documents: enabled}}";
    expect(await messagesOf([text])).toEqual({ problems: [], warnings: [] });
  });
});
