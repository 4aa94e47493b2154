/** Proxies of distributed objects: making one is a network call that may hang or fail, and each client needs its own. */
import type { HazelcastClient } from "./hazelcast-client.ts";

/** Begins to make a proxy with the present client. @throws when there is none */
export type MakeProxy<T> = () => { client: HazelcastClient; proxy: Promise<T> };

/** A proxy, made when first needed and again for each new client. */
export class ProxyKeeper<T> {
  readonly #make: MakeProxy<T>;
  #client: HazelcastClient | undefined;
  #proxy: T | undefined;
  #pending: Promise<T> | undefined;

  constructor(make: MakeProxy<T>) {
    this.#make = make;
  }

  /** The proxy at hand: saves a turn of the loop in the fast path. Only as good as its client. */
  get ready(): T | undefined {
    return this.#client?.getLifecycleService().isRunning() === true ? this.#proxy : undefined;
  }

  /** An async function, so that what the client throws becomes a rejection. */
  async get(): Promise<T> {
    const ready = this.ready;
    if (ready !== undefined) return ready;
    this.#pending ??= this.#begin().finally(() => {
      this.#pending = undefined;
    });
    return this.#pending;
  }

  async #begin(): Promise<T> {
    const { client, proxy } = this.#make();
    this.#proxy = undefined;
    const made = await proxy;
    this.#client = client;
    this.#proxy = made;
    return made;
  }
}
