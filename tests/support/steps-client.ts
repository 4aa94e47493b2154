/** What a browser or another client sends to the steps server: a request of a route, or an upgrade. */
import type { Session } from "../../auth/index.ts";
import { type RawAnswer, rawRequest, upgradeBytes } from "./acceptance/raw-http.ts";
import { exampleUserAgent } from "./example-session.ts";
import type { StepsServer } from "./steps-server.ts";

/** The address that example sessions are bound to. */
export const home = "192.0.2.1";

/** What a client sends; a row changes it. */
export interface Sent {
  readonly session: string | undefined;
  readonly cookies: Readonly<Record<string, string>>;
  readonly userAgent: string | undefined;
  /** Written by the proxy. */
  readonly address: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Behind the query, as it is. */
  readonly suffix?: string;
}

export const sentFor = (session: Session, changes: Partial<Sent> = {}): Sent => ({
  session: session.id,
  cookies: { [`open-xchange-secret-${session.hash}`]: session.secret, JSESSIONID: "1.node" },
  userAgent: exampleUserAgent,
  address: home,
  ...changes,
});

const headersOf = (sent: Sent): Readonly<Record<string, string | undefined>> => ({
  "X-Forwarded-For": sent.address,
  Cookie: Object.entries(sent.cookies)
    .map(([name, value]) => `${name}=${value}`)
    .join("; "),
  "User-Agent": sent.userAgent,
  ...sent.headers,
});

const query = (sent: Sent, further: Readonly<Record<string, string>>): string => {
  const parameters = new URLSearchParams({
    ...(sent.session === undefined ? {} : { session: sent.session }),
    ...further,
  });
  return `?${parameters.toString()}${sent.suffix ?? ""}`;
};

/** A request of a route that needs a session. */
export const ask = (server: StepsServer, sent: Sent, accept?: string): Promise<RawAnswer> => {
  const target = `/ajax/capabilities${query(sent, { action: "all" })}`;
  const headers = { ...headersOf(sent), Connection: "close", Accept: accept };
  const usual = { Upgrade: undefined, "Sec-WebSocket-Version": undefined, "Sec-WebSocket-Key": undefined };
  return rawRequest(server.url, upgradeBytes({ target, headers: { ...usual, ...headers } }));
};

export const upgrade = (server: StepsServer, sent: Sent, protocol: 3 | 4): Promise<RawAnswer> => {
  const target = `/socket.io/appsuite/${query(sent, { EIO: String(protocol), transport: "websocket" })}`;
  return rawRequest(server.url, upgradeBytes({ target, headers: headersOf(sent) }), { untilAnswer: true });
};
