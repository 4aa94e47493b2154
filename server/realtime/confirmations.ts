/**
 * Proof that a browser has what was written to it: a ping frame with a number of its own behind it. Every browser answers
 * by itself, in order (RFC 6455, 5.5.3), so one pong confirms all that was written before its ping.
 */
import { WebSocket } from "ws";

/**
 * Asks the peer to confirm all that was written so far. Calls back once: with true when it did, with false when the
 * connection ended before. Returns what ends the waiting, so that a peer that never answers costs nothing.
 */
export type Confirm = (done: (seen: boolean) => void) => () => void;

/** Of one WebSocket always the same: its marks count upwards, and it listens once, however many wait. */
export function confirmBy(webSocket: WebSocket): Confirm {
  const known = confirms.get(webSocket);
  if (known !== undefined) return known;
  const confirm = createConfirm(webSocket);
  confirms.set(webSocket, confirm);
  return confirm;
}
const confirms = new WeakMap<WebSocket, Confirm>();

function createConfirm(webSocket: WebSocket): Confirm {
  const waiting = new Map<number, (seen: boolean) => void>(); // by mark, the oldest first
  let lastMark = 0;
  const settle = (upTo: number, seen: boolean): void => {
    for (const [mark, done] of waiting) {
      if (mark > upTo) return;
      waiting.delete(mark);
      done(seen);
    }
  };
  webSocket.on("pong", (data: Buffer) => {
    if (data.length === markBytes) settle(data.readUIntBE(0, markBytes), true); // an answer to a later ping suffices
  });
  webSocket.once("close", () => settle(lastMark, false));
  return (done) => {
    if (webSocket.readyState !== WebSocket.OPEN) {
      done(false);
      return () => undefined;
    }
    const mark = ++lastMark;
    waiting.set(mark, done);
    const payload = Buffer.alloc(markBytes);
    payload.writeUIntBE(mark, 0, markBytes);
    webSocket.ping(payload);
    return () => void waiting.delete(mark);
  };
}

const markBytes = 6;
