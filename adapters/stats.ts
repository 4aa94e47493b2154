/** Counters of one node, plain numbers: readable without a metrics library. What each means stands here once. */

export interface Counters {
  /** Messages given to outboxes, one per destination. */
  sent: number;
  /** Messages taken from the inbox and applied. */
  received: number;
  /** Messages of others that never came. */
  lost: number;
  /** How often such a gap was found. */
  gaps: number;
  /** Items that came twice and were dropped. */
  repeats: number;
  /** Volatile messages dropped because an outbox was full. */
  droppedVolatile: number;
  /** Other messages dropped because an outbox was full. */
  droppedOverflow: number;
  /** Messages that waited for a node which was given up. */
  droppedDead: number;
  /** Items written, and bytes in them. */
  itemsWritten: number;
  bytesWritten: number;
  itemsRead: number;
  bytesRead: number;
  /** Writes that failed or passed their deadline and were repeated. */
  writeRetries: number;
  /** Times the inbox had to be read from its start, since the ring was new. */
  inboxResets: number;
  /** Snapshots asked for after a gap. */
  resyncs: number;
  /** Messages of kinds this version does not know. */
  unknownKinds: number;
  /** Items or messages that were not understood. */
  malformed: number;
  /** Errors thrown by listeners and callbacks of the application. */
  handlerErrors: number;
  /** Sockets whose `data` or handshake could not be sent. */
  unserializable: number;
  /** Nodes that were declared dead. */
  deaths: number;
}

export const newCounters = (): Counters => ({
  sent: 0,
  received: 0,
  lost: 0,
  gaps: 0,
  repeats: 0,
  droppedVolatile: 0,
  droppedOverflow: 0,
  droppedDead: 0,
  itemsWritten: 0,
  bytesWritten: 0,
  itemsRead: 0,
  bytesRead: 0,
  writeRetries: 0,
  inboxResets: 0,
  resyncs: 0,
  unknownKinds: 0,
  malformed: 0,
  handlerErrors: 0,
  unserializable: 0,
  deaths: 0,
});
