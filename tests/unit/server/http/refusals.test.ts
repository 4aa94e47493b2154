import { expect, test } from "@jest/globals";
import { socketAnswer, type Refusal, type SocketAnswer } from "../../../../server/http/refusals.ts";

const expected: Readonly<Record<Refusal, SocketAnswer>> = {
  "session-missing": { status: 400 },
  "session-unknown": { status: 403 },
  "secret-missing": { status: 403 },
  "secret-mismatch": { status: 403 },
  "context-unknown": { status: 403 },
  "context-disabled": { status: 403 },
  "user-unknown": { status: 403 },
  "user-disabled": { status: 403 },
  "multifactor-pending": { status: 403 },
  "ip-check": { status: 403 },
  "websockets-disabled": { status: 403 },
  "source-unreachable": { status: 503, headers: { "Retry-After": "2" } },
  origin: { status: 403 },
  path: { status: 404 },
  "bad-request": { status: 400 },
  "unsupported-version": { status: 426, headers: { "Sec-WebSocket-Version": "13" } },
  method: { status: 405 },
  "too-many-handshakes": { status: 429 },
  "too-many-pending": { status: 429 },
  draining: { status: 503, headers: { "Retry-After": "2" } },
};

test.each(Object.entries(expected))("a handshake refused for %s is answered %j and counted once", (reason, answer) => {
  const counted: Refusal[] = [];
  const refused = Object.keys(expected).find((one): one is Refusal => one === reason);
  if (refused === undefined) throw new Error("no such refusal");
  expect(socketAnswer(refused, (one) => counted.push(one))).toEqual(answer);
  expect(counted).toEqual([reason]);
});
