/** Options of the adapter: their meaning, defaults and bounds stand here and nowhere else. */
import { OptionError } from "./errors.ts";

export interface HazelcastAdapterOptions {
  /**
   * Begins the names of everything kept in Hazelcast; two applications with different prefixes on one cluster do not
   * meet. Letters, digits, `-`, `_` and `.`. Another prefix than the default needs its own member configuration.
   * @default "oxbow"
   */
  readonly prefix?: string;
  /**
   * How long `fetchSockets` (without `timeout()`), `serverSideEmit` with an acknowledgement and the queries over the
   * cluster wait for live servers, in ms.
   * @default 5000
   */
  readonly requestsTimeout?: number;
  /**
   * Whether such a request that ran out of time resolves with what arrived instead of rejecting.
   * @default false
   */
  readonly partialResults?: boolean;
  /**
   * Silence after which a server is taken out of counts and requests, in ms. A crash is noticed within this time plus
   * half a second. At least 1000.
   * @default 1500
   */
  readonly nodeTimeout?: number;
  /**
   * Memory that the inbox of one server may take on a member, in bytes: no packed item is bigger than this divided by
   * the capacity of the ring.
   * @default 16777216
   */
  readonly inboxBytes?: number;
  /**
   * Bound on all messages that wait to be sent, in bytes. Beyond it volatile messages are dropped first, then the oldest.
   * @default 67108864
   */
  readonly outboxBytes?: number;
  /**
   * How long `close()` tries to send what still waits, in ms.
   * @default 1000
   */
  readonly closeTimeout?: number;
}

export type ResolvedOptions = Required<HazelcastAdapterOptions>;

const DEFAULTS: ResolvedOptions = {
  prefix: "oxbow",
  requestsTimeout: 5_000,
  partialResults: false,
  nodeTimeout: 1_500,
  inboxBytes: 16 * 1_024 * 1_024,
  outboxBytes: 64 * 1_024 * 1_024,
  closeTimeout: 1_000,
};

const BOUNDS: Readonly<Record<string, readonly [least: number, most: number]>> = {
  requestsTimeout: [1, 2 ** 31 - 1],
  nodeTimeout: [1_000, 600_000],
  inboxBytes: [65_536, 2 ** 32],
  outboxBytes: [65_536, 2 ** 36],
  closeTimeout: [0, 60_000],
};

/** @throws OptionError naming the option. Options left out or undefined get their default. */
export function resolveOptions(options: HazelcastAdapterOptions = {}): ResolvedOptions {
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  for (const [name, value] of given) check(name, value);
  return { ...DEFAULTS, ...Object.fromEntries(given) };
}

function check(name: string, value: unknown): void {
  if (!(name in DEFAULTS)) {
    throw new OptionError(`unknown option "${name}"; known are ${Object.keys(DEFAULTS).join(", ")}`);
  }
  if (name === "prefix") {
    if (typeof value === "string" && /^[\w.-]{1,64}$/.test(value)) return;
    throw new OptionError(`option "prefix" must be 1 to 64 letters, digits, "-", "_" or ".", not ${String(value)}`);
  }
  if (name === "partialResults") {
    if (typeof value === "boolean") return;
    throw new OptionError(`option "partialResults" must be true or false, not ${String(value)}`);
  }
  const [least, most] = BOUNDS[name] ?? [0, 0];
  if (typeof value === "number" && value >= least && value <= most) return;
  throw new OptionError(`option "${name}" must be a number from ${least} to ${most}, not ${String(value)}`);
}
