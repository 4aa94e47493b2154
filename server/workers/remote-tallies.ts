/** What may happen so often, counted in the primary once for all workers: failed logins, and pushes with a repeated id. */
import type { LoginAttempts } from "../../auth/index.ts";
import type { Repeats } from "../push/repeats.ts";
import { askingOf } from "./ask-primary.ts";
import type { Peer } from "./ipc.ts";
import { tallies } from "./protocol.ts";

export const createRemoteLoginAttempts = (primary: Peer): LoginAttempts => ({
  begin: async (login, address) => {
    const begun = await askingOf(primary)(tallies.beginLogin, { login, address });
    if (!begun.ok) return begun;
    const { ticket } = begun;
    return { ok: true, release: () => primary.tell(tallies.releaseLogin, { ticket }) };
  },
});

export const createRemoteRepeats = (primary: Peer): Repeats => ({
  isRepeat: (key) => askingOf(primary)(tallies.isRepeat, key),
});

/** Attempts whose outcome is not told yet; those that failed are never told, so the oldest make room. */
const maxTickets = 10_000;

/** Lets one worker ask. An attempt that its worker does not live to release counts as failed. */
export function serveTallies(worker: Peer, attempts: LoginAttempts, repeats: Repeats): void {
  const releases = new Map<number, () => void>();
  let lastTicket = 0;
  worker.answer(tallies.beginLogin, async ({ login, address }) => {
    const attempt = await attempts.begin(login, address);
    if (!attempt.ok) return attempt;
    const ticket = ++lastTicket;
    releases.set(ticket, attempt.release);
    releases.delete(ticket - maxTickets);
    return { ok: true, ticket };
  });
  worker.on(tallies.releaseLogin, ({ ticket }) => {
    releases.get(ticket)?.();
    releases.delete(ticket);
  });
  worker.answer(tallies.isRepeat, (key) => repeats.isRepeat(key));
}
