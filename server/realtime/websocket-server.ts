import { WebSocket, WebSocketServer } from "ws";
import type { ServerOptions } from "ws";

/** Time that a peer has to answer a close before its connection is destroyed. */
export const closeGraceMs = 1_000;

/** `closeTimeout` came with ws 8.19; its types do not know it yet. */
type BoundedOptions = ServerOptions & { readonly closeTimeout: number };

/**
 * Engine.IO and Socket.IO close without a code, which reaches the peer as 1005, "none given". Such a close gets one here:
 * a policy's until the client has joined (it took too long, it sent something odd), an ordinary one from then on.
 */
export class CodedWebSocket extends WebSocket {
  joined = false;
  override close(code = this.joined ? 1000 : 1008, data?: string | Buffer): void {
    super.close(code, data);
  }
}

/**
 * The WebSocket server that Engine.IO makes for itself, with limits that it does not pass on: few fragments and chunks
 * per message (thousands cost stock megabytes of heap for a few bytes, CVE-2026-48779) and a short wait for the peer's
 * answer to a close.
 */
export class BoundedWebSocketServer extends WebSocketServer {
  constructor(options: ServerOptions) {
    const bounded: BoundedOptions = {
      ...options,
      WebSocket: CodedWebSocket,
      maxFragments: 16,
      maxBufferedChunks: 256,
      closeTimeout: closeGraceMs,
    };
    super(bounded);
  }
}
