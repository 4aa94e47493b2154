/**
 * Shared maps for parts that are made before the cluster is joined. Until then every call rejects, as it would without a
 * member, and nothing is told.
 */
import type { Cluster, SharedMap, SharedMapWatcher } from "socket.io-hazelcast-adapter";

export interface LateMaps {
  map(name: string, indexed: readonly string[]): SharedMap;
  /** The cluster is there: from now on calls go to its maps. Called once. */
  bind(cluster: Pick<Cluster, "map">): void;
}

export function createLateMaps(): LateMaps {
  let joined: Pick<Cluster, "map"> | undefined;
  const atBind: (() => void)[] = [];
  return {
    map: (name, indexed) => {
      let real: SharedMap | undefined;
      const bindMap = (cluster: Pick<Cluster, "map">): void => void (real = cluster.map(name, indexed));
      const late = lateMap(
        () => real,
        (task) => atBind.push(task),
      );
      if (joined !== undefined) bindMap(joined);
      else atBind.push(() => joined !== undefined && bindMap(joined));
      return late;
    },
    bind: (cluster) => {
      joined = cluster;
      for (const task of atBind.splice(0)) task();
    },
  };
}

function lateMap(real: () => SharedMap | undefined, whenBound: (task: () => void) => void): SharedMap {
  const now = async (): Promise<SharedMap> => {
    const map = real();
    return map === undefined ? Promise.reject(new Error("the cluster is not joined yet")) : Promise.resolve(map);
  };
  return {
    get: async (key) => (await now()).get(key),
    getAll: async (keys) => (await now()).getAll(keys),
    set: async (key, value, ttlMs) => (await now()).set(key, value, ttlMs),
    add: async (key, value, ttlMs) => (await now()).add(key, value, ttlMs),
    remove: async (key, expected) => (await now()).remove(key, expected),
    where: async (field, value) => (await now()).where(field, value),
    count: async () => (await now()).count(),
    watch: (watcher) => watchLate(watcher, real, whenBound),
  };
}

function watchLate(
  watcher: SharedMapWatcher,
  real: () => SharedMap | undefined,
  whenBound: (task: () => void) => void,
): () => void {
  let isWanted = true;
  let end = (): void => undefined;
  const begin = (): void => {
    if (isWanted) end = real()?.watch(watcher) ?? end;
  };
  if (real() === undefined) whenBound(begin);
  else begin();
  return () => {
    isWanted = false;
    end();
  };
}
