import type { Channel } from "../../../../server/workers/ipc.ts";

/** Two ends of a channel in one process; what is sent arrives later and as a copy, as between processes. */
export function channelPair(): { readonly here: Channel; readonly there: Channel; cut(): void } {
  let isCut = false;
  const end = (mine: ((message: unknown) => void)[], theirs: ((message: unknown) => void)[]): Channel => ({
    send: (message, failed) => {
      if (isCut) return failed(new Error("the channel is cut"));
      const copy: unknown = structuredClone(message);
      setImmediate(() => theirs.forEach((listener) => listener(copy)));
    },
    onMessage: (listener) => void mine.push(listener),
  });
  const [one, other]: ((message: unknown) => void)[][] = [[], []];
  return { here: end(one ?? [], other ?? []), there: end(other ?? [], one ?? []), cut: () => (isCut = true) };
}
