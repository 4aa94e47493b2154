/**
 * The parts of Socket.IO that an adapter touches and that its typings leave `any` or private, written down as they are
 * in socket.io 4.8 and socket.io-adapter 2.5. Nothing here is imported from Socket.IO itself.
 */
import type { Adapter, BroadcastOptions, Room, SocketId } from "socket.io-adapter";

export interface Packet {
  type: number;
  nsp?: string;
  data: unknown[];
  id?: number;
}

export type EncodedFrames = readonly (string | Uint8Array)[];

/** What goes with a write to the engine. One object for all sockets of a fan-out; never changed afterwards. */
export interface WriteOptions {
  preEncoded: true;
  volatile: boolean | undefined;
  compress: boolean | undefined;
  wsPreEncodedFrame?: readonly Buffer[];
}

export interface LocalSocket {
  readonly id: SocketId;
  readonly acks: Map<number, (...args: unknown[]) => void>;
  readonly handshake: object;
  readonly rooms: ReadonlySet<Room>;
  readonly data: unknown;
  readonly client: { writeToEngine(frames: EncodedFrames, options: WriteOptions): void };
  readonly _anyOutgoingListeners?: readonly unknown[];
  notifyOutgoingListeners?(packet: Packet): void;
}

export interface PacketDecoder {
  on(event: "decoded", listener: (packet: Packet) => void): unknown;
  add(frame: unknown): void;
}

export interface SocketServer {
  readonly encoder: { encode(packet: Packet): EncodedFrames };
  readonly _parser: { readonly Decoder: new () => PacketDecoder };
  readonly opts?: { readonly connectionStateRecovery?: unknown };
}

export interface Namespace {
  readonly name: string;
  readonly server: SocketServer;
  readonly sockets: ReadonlyMap<SocketId, LocalSocket>;
  readonly adapter: unknown;
  _ids: number;
  _onServerSideEmit(args: unknown[]): void;
}

/** Flags that may come with any call; `expectSingleResponse` and others are the operator's own. */
export type Flags = NonNullable<BroadcastOptions["flags"]>;

/** Visits each local socket of a selection once. The rule of the base class, which keeps it private. */
export function eachSocket(
  adapter: Adapter,
  sockets: ReadonlyMap<SocketId, LocalSocket>,
  rooms: ReadonlySet<Room>,
  except: ReadonlySet<Room> | undefined,
  visit: (socket: LocalSocket) => void,
): void {
  const excluded = idsIn(adapter, except);
  const visitId = (id: SocketId): void => {
    if (excluded?.has(id)) return;
    const socket = sockets.get(id);
    if (socket) visit(socket);
  };
  if (rooms.size === 0) {
    for (const id of adapter.sids.keys()) visitId(id);
  } else if (rooms.size === 1) {
    for (const room of rooms) adapter.rooms.get(room)?.forEach(visitId);
  } else {
    idsIn(adapter, rooms)?.forEach(visitId);
  }
}

function idsIn(adapter: Adapter, rooms: ReadonlySet<Room> | undefined): Set<SocketId> | undefined {
  if (!rooms || rooms.size === 0) return undefined;
  const ids = new Set<SocketId>();
  for (const room of rooms) for (const id of adapter.rooms.get(room) ?? []) ids.add(id);
  return ids;
}
