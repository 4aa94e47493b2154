/**
 * All scopes as one user sees them, from one state of the settings and one of the directory. Made once per user and kept
 * as long as both stay what they are; everything in it is worked out when it is first asked for.
 */
import type { ContextSets } from "./context-sets.ts";
import { configPrefix, type Attribute, type ContextFacts, type Member } from "./directory.ts";
import type { Origin } from "./finding.ts";
import { readInlineText } from "./inline-metadata.ts";
import {
  lookUp,
  resolve,
  type Definition,
  type Metadata,
  type Resolution,
  type ScopeName,
  type ScopeSource,
} from "./scopes.ts";
import type { Setting } from "./setting.ts";
import { cascadeTypes, factTags, tagsIn } from "./tags.ts";
import { createValues, type ReadValue } from "./values.ts";

export interface ViewDeps {
  readonly order: readonly ScopeName[];
  readonly server: ScopeSource;
  readonly contextSets: ContextSets;
  /** The file of the directory. */
  readonly file: string | undefined;
  readonly check: DirectoryCheck;
}

/** Told of what stands in the directory when it is first read for somebody: the directory knows no settings. */
export interface DirectoryCheck {
  value(setting: Setting<unknown>, written: Definition): void;
  unknownFinal(name: string, word: string, origin: Origin): void;
}

/** Who is asked about. What is not known is undefined. */
export interface Person {
  readonly contextId: number;
  readonly context: ContextFacts | undefined;
  readonly member: Member | undefined;
}

export interface UserView {
  readonly get: ReadValue;
  lookUp(name: string): Definition | undefined;
  resolve(name: string): Resolution;
  /** With those that context sets add. */
  tags(): ReadonlySet<string>;
  /** All names that some scope defines for this user. */
  names(): ReadonlySet<string>;
}

export function createUserView(deps: ViewDeps, { contextId, context, member }: Person): UserView {
  const user = userScope(member, deps.file);
  const ofContext = contextScope(context, deps);
  let tags: ReadonlySet<string> | undefined;
  const allTags = (): ReadonlySet<string> => {
    const configured = [user, ofContext, deps.server].map((source) => source.lookUp(cascadeTypes.name)?.text ?? "");
    const own = [...factTags(contextId, context, member), ...configured.flatMap(tagsIn)];
    return deps.contextSets.withAddedTags(new Set(own));
  };
  const tagsNow = (): ReadonlySet<string> => (tags ??= allTags());
  const sources: Readonly<Record<ScopeName, ScopeSource>> = {
    user,
    context: ofContext,
    contextSets: contextSetScope(deps.contextSets, tagsNow),
    server: deps.server,
  };
  const order = deps.order.map((scope) => sources[scope]);
  const values = createValues((setting) => {
    const found = lookUp(setting.name, order);
    if (found?.origin.from === "directory") deps.check.value(setting, found);
    return found;
  });
  return {
    get: values,
    lookUp: (name) => lookUp(name, order),
    resolve: (name) => resolve(name, order),
    tags: tagsNow,
    names: () => new Set(order.flatMap((source) => [...source.names()])),
  };
}

const namesIn = (attributes: ReadonlyMap<string, Attribute> | undefined): string[] =>
  [...(attributes?.keys() ?? [])]
    .filter((name) => name.startsWith(configPrefix))
    .map((name) => name.slice(configPrefix.length));

const originOf = (attribute: string, { line }: Attribute, file: string | undefined) =>
  ({
    from: "directory",
    attribute,
    ...(file === undefined ? {} : { file }),
    ...(line === undefined ? {} : { line }),
  }) as const;

function userScope(member: Member | undefined, file: string | undefined): ScopeSource {
  const attributes = member?.user.attributes;
  return {
    scope: "user",
    lookUp: (name) => {
      const attribute = attributes?.get(configPrefix + name);
      if (attribute === undefined) return undefined;
      return { text: attribute.text, scope: "user", origin: originOf(configPrefix + name, attribute, file) };
    },
    names: () => namesIn(attributes),
  };
}

function contextScope(context: ContextFacts | undefined, { file, check, order }: ViewDeps): ScopeSource {
  const attributeOf = (name: string): Attribute | undefined => context?.attributes.get(configPrefix + name);
  return {
    scope: "context",
    lookUp: (name) => {
      const attribute = attributeOf(name);
      if (attribute === undefined) return undefined;
      const origin = originOf(configPrefix + name, attribute, file);
      return { text: readInlineText(attribute.text).value, scope: "context", origin };
    },
    metadata: (name) => {
      const attribute = attributeOf(name);
      if (attribute === undefined) return undefined;
      const { metadata } = readInlineText(attribute.text);
      const origin = originOf(configPrefix + name, attribute, file);
      const isProtected = metadata.get("protected")?.toLowerCase() !== "false";
      const word = metadata.get("final");
      const scope = order.find((one) => one === word);
      if (word !== undefined && scope === undefined) check.unknownFinal(name, word, origin);
      const final: Pick<Metadata, "final"> = scope === undefined ? {} : { final: { scope, origin } };
      return { ...final, protected: isProtected };
    },
    names: () => namesIn(context?.attributes),
  };
}

function contextSetScope(contextSets: ContextSets, tags: () => ReadonlySet<string>): ScopeSource {
  return {
    scope: "contextSets",
    lookUp: (name) => (contextSets.names.has(name) ? contextSets.lookUp(name, tags()) : undefined),
    names: () => {
      const fitting = tags();
      return [...contextSets.names].filter((name) => contextSets.lookUp(name, fitting) !== undefined);
    },
  };
}
