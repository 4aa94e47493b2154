import { expect, test } from "@jest/globals";
import { SessionsUnreachableError } from "../../../../auth/index.ts";
import { createPeer } from "../../../../server/workers/ipc.ts";
import { createRemoteSessionStore } from "../../../../server/workers/remote-session-store.ts";
import { createRemoteLoginAttempts, createRemoteRepeats } from "../../../../server/workers/remote-tallies.ts";
import { exampleSession } from "../../../support/example-session.ts";
import { channelPair } from "./channel-pair.ts";

const channel = channelPair();
channel.cut();
const primary = createPeer(channel.here, () => undefined);
const store = createRemoteSessionStore(primary, () => undefined);

test.each<{ name: string; asked: () => unknown }>([
  { name: "a session that is added", asked: () => store.add(exampleSession()) },
  { name: "a session that is looked up", asked: () => store.peek("s") },
  { name: "a session that is used", asked: () => store.touch("s") },
  { name: "a session that changes", asked: () => store.update("s", {}) },
  { name: "a session that ends", asked: () => store.remove("s", "logout") },
  { name: "the sessions of a user", asked: () => store.ofUser(1, 3) },
  { name: "the sessions of a context", asked: () => store.ofContext(1) },
  { name: "an attempt to log in", asked: () => createRemoteLoginAttempts(primary).begin("anton", undefined) },
  { name: "a push that may be a repeat", asked: () => createRemoteRepeats(primary).isRepeat("id") },
])("nobody can tell about $name while the primary cannot be reached", async ({ asked }) => {
  await expect(Promise.resolve(asked())).rejects.toBeInstanceOf(SessionsUnreachableError);
});
