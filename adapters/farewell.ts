/** Leaving in order: a goodbye behind everything that was sent, and no waiting beyond a deadline. */
import { ByteWriter } from "./bytes.ts";
import type { Clock } from "./clock.ts";
import { beginMessage, endMessage, Kind } from "./frames.ts";
import type { Mesh } from "./mesh.ts";

/** Resolves when the goodbyes, and with them all that was sent before, are in the rings of the live nodes. */
export async function sayGoodbye(mesh: Mesh): Promise<void> {
  const writer = new ByteWriter();
  beginMessage(writer, Kind.goodbye);
  const goodbye = endMessage(writer);
  const alive = [...mesh.peers.values()].filter((peer) => peer.alive);
  await Promise.all(
    alive.map((peer) => {
      const number = mesh.post(peer, goodbye);
      return new Promise<void>((resolve) => {
        peer.outbox.whenWritten(number, resolve);
      });
    }),
  );
}

/** Waits for `work`, but not longer than `ms`. `work` must not reject. */
export async function within(clock: Clock, ms: number, work: Promise<unknown>): Promise<void> {
  let cancel = (): void => undefined;
  const deadline = new Promise<void>((resolve) => {
    cancel = clock.after(ms, resolve);
  });
  await Promise.race([work, deadline]);
  cancel();
}
