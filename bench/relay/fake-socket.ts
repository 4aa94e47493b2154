/**
 * A socket without a connection, put into a namespace's table as the real ones are: relays deliver to it in the same
 * way, and what they write is handed to a counter. So the relay alone is measured, by the same method for each.
 */
import type { Namespace } from "socket.io";

export interface FakeSocket {
  readonly id: string;
  /** Resolves when the adapter says that the socket is in the room. */
  readonly join: (room: string) => Promise<void>;
}

/** @param received called with the frames of each packet */
export function addFakeSocket(namespace: Namespace, id: string, received: (frames: unknown) => void): FakeSocket {
  const { adapter } = namespace;
  const socket = {
    id,
    data: { user: id },
    acks: new Map(),
    handshake: handshakeOf(id),
    get rooms() {
      return adapter.socketRooms(id);
    },
    notifyOutgoingListeners: () => undefined,
    client: { writeToEngine: received },
    join: async (room: string) => adapter.addAll(id, new Set([room])),
  };
  const table: Map<string, unknown> = namespace.sockets; // it takes real ones only, by its type
  table.set(id, socket);
  void adapter.addAll(id, new Set([id]));
  return socket;
}

/** Of the size and the shape that browsers cause: some headers are the same for all, some differ. */
const handshakeOf = (id: string): object => ({
  headers: {
    host: "mail.example.com",
    connection: "Upgrade",
    upgrade: "websocket",
    pragma: "no-cache",
    "cache-control": "no-cache",
    origin: "https://mail.example.com",
    "user-agent":
      "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
    "accept-encoding": "gzip, deflate, br",
    "accept-language": "en-GB,en;q=0.9",
    "sec-websocket-version": "13",
    "sec-websocket-key": `${id}ab==`,
    "sec-websocket-extensions": "permessage-deflate; client_max_window_bits",
    cookie: `open-xchange-secret-abc=${id}; open-xchange-public-session-abc=${id}; locale=en_GB`,
  },
  time: "Mon Jan 05 2026 10:00:00 GMT+0000 (Coordinated Universal Time)",
  address: "192.0.2.7",
  xdomain: true,
  secure: true,
  issued: 1_767_607_200_000,
  url: `/socket.io/appsuite/?session=${id}&EIO=4&transport=websocket`,
  query: { session: id, EIO: "4", transport: "websocket" },
  auth: {},
});
