/** Which packets owe an arrival to which sockets, by what is known for sure from a history. */
import type { Emit, History, Recorded } from "./happenings.ts";

export interface Due {
  readonly emit: Emit;
  readonly socket: string;
  readonly node: string;
}

/** Pairs of an emit and a socket that was in the room for sure, from before the emit to the end or to a later leave. */
export function dueArrivals(history: History): Due[] {
  const members = new SureMembers();
  let due: Due[] = [];
  for (const entry of history) {
    members.take(entry);
    if (entry.kind === "leave") {
      // on its way the packet may find the socket gone: it owes nothing any more
      due = due.filter(({ emit, socket }) => socket !== entry.socket || emit.room !== entry.room);
    } else if (entry.kind === "emit") {
      due.push(...members.owedBy(entry));
    }
  }
  // who may have been in the excepted room owes nothing
  return due.filter(({ emit, socket }) => emit.except === undefined || !everIn(history, socket, emit.except));
}

/** Sockets whose join of a room was confirmed, and that have not left since. */
class SureMembers {
  readonly #rooms = new Map<string, Set<string>>();
  readonly #nodeOf = new Map<string, string>();
  readonly #joinsAtLeave = new Map<string, number>();
  #joins = 0;

  take(entry: Recorded): void {
    if (entry.kind === "join") {
      this.#nodeOf.set(entry.socket, entry.node);
      this.#joins = entry.join;
    } else if (entry.kind === "leave") {
      this.#rooms.get(entry.room)?.delete(entry.socket);
      this.#joinsAtLeave.set(`${entry.socket} ${entry.room}`, this.#joins);
    } else if (entry.kind === "joined" && entry.strict) {
      // the promise of a join from before the last leave says nothing about a later one
      const joinsBefore = this.#joinsAtLeave.get(`${entry.socket} ${entry.room}`) ?? -1;
      const sockets = this.#rooms.get(entry.room) ?? new Set();
      if (entry.join > joinsBefore) this.#rooms.set(entry.room, sockets.add(entry.socket));
    }
  }

  owedBy(emit: Emit): Due[] {
    const sockets = [...(this.#rooms.get(emit.room) ?? [])];
    const pairs = sockets.map((socket) => ({ emit, socket, node: this.#nodeOf.get(socket) ?? "" }));
    return pairs.filter(({ node }) => node === emit.node || (emit.onlyTo?.includes(node) ?? true));
  }
}

const everIn = (history: History, socket: string, room: string): boolean =>
  history.some((entry) => entry.kind === "join" && entry.socket === socket && entry.room === room);
