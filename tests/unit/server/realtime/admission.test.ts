import { expect, test } from "@jest/globals";
import { Server } from "engine.io";
import type { Socket as EngineSocket } from "engine.io";
import { IncomingMessage } from "node:http";
import { Socket } from "node:net";
import { WebSocket } from "ws";
import { createAdmissions } from "../../../../server/realtime/admission.ts";
import type { Admission, Admissions } from "../../../../server/realtime/admission.ts";
import { exampleSession } from "../../../support/example-session.ts";
import { onCleanUp } from "../../../support/clean-up.ts";
import { waitFor, within } from "../../../support/wait-for.ts";
import { serve } from "../http/serve.ts";
import { recordedSocket } from "../recorded-socket.ts";

const admission = (): Admission => ({ session: exampleSession(), facts: recordedSocket().facts });

/** A request as Node makes it, without a connection behind it. */
const request = (): IncomingMessage => new IncomingMessage(new Socket());

/** A real Engine.IO connection whose request was admitted, or not. */
async function connection(admissions: Admissions, admitted?: Admission) {
  const engine = new Server({ transports: ["websocket"] });
  const { server, port } = await serve((_req, res) => void res.end());
  server.on("upgrade", (req, socket, head) => {
    if (admitted !== undefined) admissions.admit(req, admitted);
    engine.handleUpgrade(req, socket, head);
  });
  const opened = new Promise<EngineSocket>((resolve) => {
    engine.once("connection", (socket: EngineSocket) => {
      admissions.opened(socket);
      resolve(socket);
    });
  });
  const client = new WebSocket(`ws://127.0.0.1:${port}/engine.io/?EIO=4&transport=websocket`);
  const sid = new Promise<string>((resolve) => {
    client.once("message", (data: Buffer) => resolve(sidIn(data.toString())));
  });
  onCleanUp(() => client.terminate());
  return { client, sid: await within("the open packet", sid), socket: await within("a connection", opened) };
}

/** From Engine.IO's open packet, `0{"sid":...}`. */
function sidIn(openPacket: string): string {
  const handshake: unknown = JSON.parse(openPacket.slice(1));
  if (typeof handshake !== "object" || handshake === null || !("sid" in handshake)) throw new Error("no sid");
  return String(handshake.sid);
}

test("an admission is found by its request and by no other", () => {
  const admissions = createAdmissions();
  const [admitted, other] = [request(), request()];
  const given = admission();
  admissions.admit(admitted, given);
  expect(admissions.of(admitted)).toBe(given);
  expect(admissions.of(other)).toBeUndefined();
});

test.each(["", "unknown", "__proto__", "constructor"])("nobody is found by the sid '%s'", (sid) => {
  expect(createAdmissions().ofSid(sid)).toBeUndefined();
});

test("the admission of a connection is found by what its browser knows as sid, until it closes", async () => {
  const admissions = createAdmissions();
  const given = admission();
  const { client, sid, socket } = await connection(admissions, given);
  expect(admissions.ofSid(sid)).toBe(given);
  expect(admissions.of(socket.request)).toBe(given);
  client.close();
  await waitFor("the admission is forgotten", () => admissions.ofSid(sid) === undefined);
});

test("a connection that nobody admitted is not found", async () => {
  const admissions = createAdmissions();
  const { sid, socket } = await connection(admissions);
  expect(admissions.ofSid(sid)).toBeUndefined();
  expect(admissions.of(socket.request)).toBeUndefined();
});
