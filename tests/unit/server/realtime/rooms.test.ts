import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { connectionRoom, roomsOf, sessionRoom, userRoom } from "../../../../server/realtime/rooms.ts";
import { recordedSocket } from "../recorded-socket.ts";

test("a socket joins the rooms of its user, its session and its connection", () => {
  expect(roomsOf(recordedSocket().facts)).toEqual([
    "user:1:3",
    "session:fingerprint-a",
    "connection:fingerprint-a:connection-1",
  ]);
});

test("no two users share a room", () => {
  const user = fc.tuple(fc.nat(), fc.nat());
  fc.assert(
    fc.property(user, user, (one, other) => {
      fc.pre(one[0] !== other[0] || one[1] !== other[1]);
      expect(userRoom(...one)).not.toBe(userRoom(...other));
    }),
  );
});

test("no connection id, whatever a browser makes up, leads into a room of another session or of a user", () => {
  const fingerprint = fc.stringMatching(/^[0-9a-f]{12}$/);
  fc.assert(
    fc.property(fingerprint, fingerprint, fc.string(), fc.string(), (session, foreign, connection, other) => {
      fc.pre(session !== foreign);
      const room = connectionRoom(session, connection);
      expect(room).not.toBe(connectionRoom(foreign, other));
      expect(room).not.toBe(sessionRoom(foreign));
      expect(room).not.toMatch(/^user:/);
    }),
  );
});
