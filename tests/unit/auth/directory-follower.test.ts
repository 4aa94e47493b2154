import { expect, test } from "@jest/globals";
import {
  createMemorySessionStore,
  followDirectory,
  type DirectoryChange,
  type SessionEnd,
} from "../../../auth/index.ts";
import { exampleSession } from "../../support/example-session.ts";

const limits = {
  maxSessions: 99,
  maxSessionsPerUser: 0,
  maxSessionsPerClient: 0,
  shortLifeMs: 1_000,
  longLifeMs: 5_000,
};
const nothing: DirectoryChange = { disabledContexts: [], disabledUsers: [], changedPasswords: [] };

test("a change ends the sessions of those it concerns, with the reason, and no others", async () => {
  const sessions = createMemorySessionStore({ nowMs: () => 0, limits: () => limits, onFault: () => undefined });
  const owners = [
    [1, 3],
    [1, 3],
    [1, 4],
    [1, 5],
    [2, 3],
    [2, 4],
  ] as const;
  const all = owners.map(([contextId, userId]) => exampleSession({ contextId, userId }));
  for (const session of all) await sessions.add(session);
  const ends = new Map<string, SessionEnd>();
  const allEnded = new Promise<void>((resolve) =>
    sessions.onRemoved(({ id }, end) => {
      ends.set(id, end);
      if (ends.size === 5) resolve();
    }),
  );
  let tell: (change: DirectoryChange) => void = () => undefined;
  const stop = followDirectory({
    sessions,
    directory: {
      onChange: (listener) => {
        tell = listener;
        return () => (tell = () => undefined);
      },
    },
    onFault: () => undefined,
  });
  tell({
    disabledContexts: [2],
    disabledUsers: [{ contextId: 1, userId: 3 }],
    changedPasswords: [{ contextId: 1, userId: 4 }],
  });
  await allEnded;
  expect(all.map(({ id }) => ends.get(id))).toEqual([
    "user-disabled",
    "user-disabled",
    "password-changed",
    undefined,
    "context-disabled",
    "context-disabled",
  ]);
  stop();
  tell({ ...nothing, disabledUsers: [{ contextId: 1, userId: 5 }] });
  expect(await sessions.ofUser(1, 5)).toHaveLength(1);
});

test("a store that fails is reported", async () => {
  const fault = new Error("made to fail");
  const fails = (): Promise<never> => Promise.reject(fault);
  let tell: (change: DirectoryChange) => void = () => undefined;
  const told = new Promise((resolve) => {
    followDirectory({
      sessions: { ofUser: fails, ofContext: fails, remove: fails },
      directory: {
        onChange: (listener) => {
          tell = listener;
          return () => undefined;
        },
      },
      onFault: resolve,
    });
  });
  tell({ ...nothing, disabledContexts: [1] });
  expect(await told).toBe(fault);
});
