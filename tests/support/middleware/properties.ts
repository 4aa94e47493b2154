/** The configuration that the REST interface hands out: text values for everybody, for whole contexts, for single users. */

export interface PropertyOwner {
  readonly contextId: number;
  /** Absent: the whole context. */
  readonly userId?: number | undefined;
}

export interface Properties {
  /** Sets for everybody, for one context or for one user. `undefined` takes the value away. */
  set(name: string, value: string | undefined, owner?: PropertyOwner): void;
  /** The user's own value before the context's, and that before the one for everybody. */
  get(name: string, owner?: PropertyOwner): string | undefined;
  withPrefix(prefix: string, owner?: PropertyOwner): Readonly<Record<string, string>>;
}

export function createProperties(): Properties {
  const layers = new Map<string, Map<string, string>>();
  const layerOf = (owner: PropertyOwner | undefined): Map<string, string> => {
    const key = owner === undefined ? "server" : `${owner.contextId}/${owner.userId ?? "everybody"}`;
    const layer = layers.get(key) ?? new Map<string, string>();
    layers.set(key, layer);
    return layer;
  };
  const seenBy = (owner: PropertyOwner | undefined): ReadonlyMap<string, string> => {
    if (owner === undefined) return layerOf(undefined);
    return new Map([...layerOf(undefined), ...layerOf({ contextId: owner.contextId }), ...layerOf(owner)]);
  };
  return {
    set: (name, value, owner) => {
      if (value === undefined) layerOf(owner).delete(name);
      else layerOf(owner).set(name, value);
    },
    get: (name, owner) => seenBy(owner).get(name),
    withPrefix: (prefix, owner) => Object.fromEntries([...seenBy(owner)].filter(([name]) => name.startsWith(prefix))),
  };
}
