/**
 * Looks at all sources of settings without putting them in force, and says more than a start needs to know: what can
 * never count, what is left out, and names that are nearly those of declared settings.
 * Not here: problems and warnings of a start itself, which `loadSettings` gives.
 */
import { distance } from "fastest-levenshtein";

import { checkAttribute } from "./check-entries.ts";
import { configPrefix, type Attribute } from "./directory.ts";
import { findingAt, printable, type Finding } from "./finding.ts";
import { readInlineText } from "./inline-metadata.ts";
import { leftOutIn } from "./left-out.ts";
import { load, type SettingsSources } from "./load.ts";
import { cascadeScopes, searchOrder, type ScopeName } from "./scopes.ts";
import { ownPrefix, type Setting } from "./setting.ts";
import type { Written } from "./state.ts";
import { unreachable } from "./unreachable.ts";
import { valueOf } from "./values.ts";

export interface SourcesCheck {
  /** What probably means something else than it seems. */
  readonly warnings: readonly Finding[];
  /** What is no mistake, and has no effect. */
  readonly notes: readonly Finding[];
}

/** Reads what can be read; a file that cannot has been told by `loadSettings`. Never rejects. */
export async function checkSources(sources: SettingsSources): Promise<SourcesCheck> {
  const written = await load(sources, undefined);
  const scopes = valueOf(cascadeScopes, written.entries.get(cascadeScopes.name));
  const { order } = searchOrder(scopes, { from: "default" });
  return {
    warnings: [
      ...misspelt(written, sources.known),
      ...unreachable(written, order),
      ...unsearchedFinals(written, order),
    ],
    notes: await leftOutIn(sources.directories),
  };
}

/** Of the middleware's names those that are one or two characters off: ours are checked at each start. */
function misspelt({ entries, sets }: Written, known: readonly Setting<unknown>[]): Finding[] {
  const declared = new Set(known.map(({ name }) => name));
  const candidates = [...declared].filter((name) => !name.startsWith(ownPrefix));
  const all = [...entries, ...sets.flatMap(({ values }) => [...values])];
  const findings = new Map<string, Finding>();
  for (const [name, { origin }] of all) {
    if (declared.has(name) || findings.has(name) || name.startsWith(ownPrefix)) continue;
    const near = candidates.find((one) => Math.abs(one.length - name.length) <= 2 && distance(one, name) <= 2);
    if (near === undefined) continue;
    findings.set(name, findingAt(origin, `${printable(name)} is nothing to oxbow; did you mean ${near}?`, name));
  }
  return [...findings.values()];
}

const unsearchedFinals = ({ metadata }: Written, order: readonly ScopeName[]): Finding[] =>
  [...metadata].flatMap(([name, { final }]) => {
    if (final === undefined || order.includes(final.scope)) return [];
    const says = `final names ${final.scope}, which is not among the scopes that are searched (${order.join(", ")}), and is ignored`;
    return [findingAt(final.origin, `${printable(name)}: ${says}`, name)];
  });

/** The attributes of one user or context. */
export interface AttributesOf {
  readonly of: "user" | "context";
  readonly attributes: ReadonlyMap<string, Attribute>;
}

/** Checks values in a user directory: odd ones and unknown names, once per name and value. */
export function checkAttributes(
  all: Iterable<AttributesOf>,
  file: string,
  known: readonly Setting<unknown>[],
): readonly Finding[] {
  const declared = new Map(known.map((setting) => [setting.name, setting]));
  const findings = new Map<string, Finding>();
  for (const { of, attributes } of all) {
    for (const [attribute, { text, line }] of attributes) {
      if (!attribute.startsWith(configPrefix)) continue;
      const name = attribute.slice(configPrefix.length);
      const value = of === "context" ? readInlineText(text).value : text;
      const origin = { from: "directory", attribute, file, ...(line === undefined ? {} : { line }) } as const;
      const key = `${name}\0${value}`;
      const finding = findings.has(key) ? undefined : checkAttribute(name, { text: value, origin }, declared);
      if (finding !== undefined) findings.set(key, finding);
    }
  }
  return [...findings.values()];
}
