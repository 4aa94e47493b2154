/**
 * The scopes of the cascade and which of them wins: the order of search, `final`, and what a value shadows. Pure.
 *
 * A scope is a source of definitions; the first one in the order that defines a name gives the value, and an empty text
 * is a definition. Not here: where a scope has its definitions from (server-scope.ts, context-sets.ts, user-view.ts) and
 * what a text means as a value (value-types.ts).
 */
import { findingAt, printable, type Finding, type Origin } from "./finding.ts";
import { list, text } from "./value-types.ts";
import { setting, type Setting } from "./setting.ts";

/** The scopes that can be searched, from the most specific one. */
export const scopeNames = ["user", "context", "contextSets", "server"] as const;
export type ScopeName = (typeof scopeNames)[number];

/** A value that is written somewhere. An empty text is a value. */
export interface Definition {
  readonly text: string;
  readonly scope: ScopeName | "middleware" | "default";
  readonly origin: Origin;
}

/** What stands beside a value, for readers of settings of no meaning but for `final`. */
export interface Metadata {
  /** The scope that has the last word: what is more specific is not asked. */
  readonly final?: { readonly scope: ScopeName; readonly origin: Origin };
  /** Bars writing through the cascade, which oxbow does not do; shown, without effect on reading. */
  readonly protected?: boolean;
  /** The path of a setting of the user interface; shown, without effect. */
  readonly preferencePath?: string;
}

/** One scope, ready to be asked for one user: pure look-ups, no I/O. */
export interface ScopeSource {
  readonly scope: ScopeName;
  lookUp(name: string): Definition | undefined;
  /** Absent: this scope knows no metadata. */
  metadata?(name: string): Metadata | undefined;
  /** All names that it defines. */
  names(): Iterable<string>;
}

/** The outcome of a search. */
export interface Resolution {
  /** Undefined: no scope that counts defines the name. */
  readonly value?: Definition;
  /** All other definitions, most specific first; those that `final` bars included. */
  readonly shadowed: readonly Definition[];
  readonly final?: NonNullable<Metadata["final"]>;
}

/** `final` is looked for in this order, whatever the order of search is; context sets carry no metadata. */
const scopesWithMetadata: readonly ScopeName[] = ["server", "context", "user"];

/** The metadata's `final` that counts for a name; undefined also where it names a scope that is not searched. */
export function finalOf(name: string, order: readonly ScopeSource[]): Metadata["final"] {
  for (const scope of scopesWithMetadata) {
    const found = order.find((source) => source.scope === scope)?.metadata?.(name)?.final;
    if (found !== undefined) return order.some((source) => source.scope === found.scope) ? found : undefined;
  }
  return undefined;
}

/** The value alone; what each read needs. */
export function lookUp(name: string, order: readonly ScopeSource[]): Definition | undefined {
  const final = finalOf(name, order);
  let isAsked = final === undefined;
  for (const source of order) {
    isAsked ||= source.scope === final?.scope;
    const found = isAsked ? source.lookUp(name) : undefined;
    if (found !== undefined) return found;
  }
  return undefined;
}

/**
 * The value of a name and all that it shadows.
 * @param order the sources from most to least specific; a scope that is missing is not asked.
 */
export function resolve(name: string, order: readonly ScopeSource[]): Resolution {
  const final = finalOf(name, order);
  const value = lookUp(name, order);
  const all = order.map((source) => source.lookUp(name)).filter((found) => found !== undefined);
  return {
    ...(value === undefined ? {} : { value }),
    shadowed: all.filter(({ scope }) => scope !== value?.scope),
    ...(final === undefined ? {} : { final }),
  };
}

/** The order of search, a setting of the middleware's. */
export const cascadeScopes: Setting<readonly string[]> = setting({
  name: "com.openexchange.config.cascade.scopes",
  value: list(text()),
  default: scopeNames,
  cascade: false,
  reload: false,
  secret: false,
  text: "In which order the scopes are searched for a value, the most specific one first. The scope `reseller` is left out.",
});

/** The order as it is written, without what cannot be searched, each time with a warning. Nothing left: the usual order. */
export function searchOrder(
  written: readonly string[],
  origin: Origin,
): { readonly order: readonly ScopeName[]; readonly warnings: readonly Finding[] } {
  const order = new Set<ScopeName>();
  const warnings: Finding[] = [];
  const warn = (says: string): void =>
    void warnings.push(findingAt(origin, `${cascadeScopes.name} ${says}`, cascadeScopes.name));
  for (const word of written) {
    const scope = scopeNames.find((name) => name === word);
    if (scope === undefined)
      warn(
        word === "reseller"
          ? "names reseller, which is left out here"
          : `names ${printable(word)}, which is no scope; the scopes are ${scopeNames.join(", ")}`,
      );
    else if (order.has(scope)) warn(`names ${scope} twice; the first place counts`);
    else order.add(scope);
  }
  if (order.size > 0) return { order: [...order], warnings };
  warn(`names no scope, so the usual order is searched: ${scopeNames.join(", ")}`);
  return { order: scopeNames, warnings };
}
