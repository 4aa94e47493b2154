/** Names of the rooms that each socket joins. A session appears by its fingerprint only: room names travel and get logged. */
import type { SocketFacts } from "./open-sockets.ts";

export const userRoom = (contextId: number, userId: number): string => `user:${contextId}:${userId}`;
export const sessionRoom = (fingerprint: string): string => `session:${fingerprint}`;
export const connectionRoom = (fingerprint: string, connection: string): string =>
  `connection:${fingerprint}:${connection}`;

export const roomsOf = (facts: SocketFacts): string[] => [
  userRoom(facts.contextId, facts.userId),
  sessionRoom(facts.session),
  connectionRoom(facts.session, facts.connection),
];
