/** What each client generation asks for when it connects as the App Suite does. */
import { expect, test } from "@jest/globals";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import {
  addressOf,
  clientVersions,
  connectAppSuite,
  newConnectionId,
  protocolOf,
} from "../../support/app-suite-client.ts";
import { onCleanUp } from "../../support/clean-up.ts";
import { waitFor } from "../../support/wait-for.ts";

test.each(clientVersions)(
  "socket.io-client %s asks for one upgrade, with query, cookies and browser name",
  async (version) => {
    const { url, upgrades, others } = await listen();
    const socket = connectAppSuite({
      version,
      url,
      session: "0123456789abcdef0123456789abcdef",
      connection: "17000000000001",
      cookie: "open-xchange-session-x=1; JSESSIONID=2",
      userAgent: "Test/1.0",
      options: { reconnection: false },
    });
    onCleanUp(() => socket.close());
    const request = await waitFor("an upgrade", () => upgrades[0]);
    const asked = new URL(request.url ?? "", url);
    expect(asked.pathname).toBe("/socket.io/appsuite/");
    expect(Object.fromEntries(asked.searchParams)).toEqual({
      session: "0123456789abcdef0123456789abcdef",
      connection: "17000000000001",
      EIO: String(protocolOf(version)),
      transport: "websocket",
    });
    expect(request.headers).toMatchObject({
      cookie: "open-xchange-session-x=1; JSESSIONID=2",
      "user-agent": "Test/1.0",
      upgrade: "websocket",
    });
    expect(others).toEqual([]); // no polling before it
  },
);

test("a connection id is milliseconds and a random number, a new one each time", () => {
  const id = newConnectionId();
  expect(id).toMatch(/^\d{14,23}$/);
  expect(newConnectionId()).not.toBe(id);
});

test("a session that is left out is not in the address", () => {
  expect(addressOf({ url: "http://a", connection: "7" })).toBe("http://a/?connection=7");
});

async function listen(): Promise<{ url: string; upgrades: IncomingMessage[]; others: string[] }> {
  const upgrades: IncomingMessage[] = [];
  const others: string[] = [];
  const server = createServer((request, response) => {
    others.push(request.url ?? "");
    response.end();
  });
  server.on("upgrade", (request, socket) => {
    upgrades.push(request);
    socket.destroy();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onCleanUp(() => server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, upgrades, others };
}
