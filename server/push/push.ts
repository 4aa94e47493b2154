/**
 * A push on its last hop: from this node to the sockets of its user that are open here. Everything offered to a socket
 * ends as written or dropped with a reason; what is neither yet is pending. The three always add up.
 */
import { Encoder, PacketType } from "socket.io-parser";
import type { OpenSocket, OpenSockets } from "../realtime/open-sockets.ts";

export interface Push {
  readonly contextId: number;
  readonly userId: number;
  readonly event: string;
  /** The event's one argument. */
  readonly payload: Readonly<Record<string, unknown>>;
  /** Connection that caused it: its browser knows already and is left out. */
  readonly source?: string | undefined;
  /** When it was taken in, on the monotonic clock. */
  readonly acceptedAtMs: number;
}

/** Why a socket did not get what it was offered. */
export type DropReason =
  | "slow" // more waits for it than `maxSendQueueBytes`
  | "closed"; // it ended before the bytes left

export interface PushCounts {
  offered(): void;
  written(latencyMs: number): void;
  dropped(reason: DropReason): void;
  /** A push for a user without any socket here. */
  nobody(): void;
}

export interface PushDeps {
  readonly openSockets: OpenSockets;
  readonly maxQueueBytes: number;
  readonly counts: PushCounts;
  readonly nowMs: () => number;
}

/** What became of a push at this node by the time `deliver` returns. */
export interface Delivery {
  /** Sockets that took it. */
  readonly sockets: readonly OpenSocket[];
  /** What other processes of this node report, where there are any. Never rejects. */
  readonly elsewhere?: Promise<Reach>;
}

export interface Reach {
  /** Number of sockets that took it. */
  readonly sockets: number;
  /** Browsers that confirmed it, as far as somebody waited for them. */
  readonly seen: number;
}

export interface Pushes {
  /** Writes to the user's sockets in the same tick. */
  deliver(push: Push): Delivery;
  /** Number of offers that are neither written nor dropped. */
  readonly pending: number;
}

export function createPushes({ openSockets, maxQueueBytes, counts, nowMs }: PushDeps): Pushes {
  const encoder = new Encoder();
  let pending = 0;

  const offer = (socket: OpenSocket, packets: readonly string[], bytes: number, push: Push): boolean => {
    counts.offered();
    if (socket.queuedBytes() + bytes > maxQueueBytes) {
      counts.dropped("slow");
      openSockets.end(socket, "slow");
      return false;
    }
    pending++;
    socket.write(packets, (written) => {
      pending--;
      if (written) counts.written(nowMs() - push.acceptedAtMs);
      else counts.dropped("closed");
    });
    return true;
  };

  return {
    deliver: (push) => {
      const targets = openSockets
        .ofUser(push.contextId, push.userId)
        .filter((socket) => push.source === undefined || socket.facts.connection !== push.source);
      if (targets.length === 0) counts.nobody();
      const packets = encode(encoder, push);
      const bytes = packets.reduce((sum, packet) => sum + Buffer.byteLength(packet), 0);
      return { sockets: targets.filter((socket) => offer(socket, packets, bytes, push)) };
    },
    get pending() {
      return pending;
    },
  };
}

/** Once for all sockets. JSON holds no binary, so the parser gives texts only. */
function encode(encoder: Encoder, push: Push): string[] {
  const packets = encoder.encode({ type: PacketType.EVENT, nsp: "/", data: [push.event, push.payload] });
  return packets.filter((packet): packet is string => typeof packet === "string");
}

/**
 * Waits until each browser that took a push has confirmed it or is gone, at most until the deadline; resolves with the
 * number of those that confirmed. With polling nothing can be confirmed, so such sockets are never counted.
 */
export function seenBy(sockets: readonly OpenSocket[], deadlineMs: number): Promise<number> {
  return new Promise((resolve) => {
    const asked = sockets.filter((socket) => socket.confirm !== undefined);
    const stopWaiting: (() => void)[] = [];
    let seen = 0;
    let open = asked.length;
    const finish = (): void => {
      clearTimeout(timer);
      for (const stop of stopWaiting) stop();
      resolve(seen);
    };
    const timer = setTimeout(finish, deadlineMs);
    if (open === 0) return finish();
    for (const { confirm } of asked) {
      const stop = confirm?.((confirmed) => {
        if (confirmed) seen++;
        if (--open === 0) finish();
      });
      if (stop !== undefined) stopWaiting.push(stop);
    }
  });
}
