import { expect, test } from "@jest/globals";
import { createReach } from "../../../auth/session-reach.ts";
import { SessionsUnreachableError } from "../../../auth/shared-sessions.ts";

test("more calls than may wait for a turn are refused at once, which is no silence of the members", async () => {
  const reach = createReach({ nowMs: () => 0, deadlineMs: 60_000, settleMs: 0 });
  reach.connection("up");
  let answerAll = (): void => undefined;
  const held = new Promise<void>((resolve) => (answerAll = resolve));
  const waiting = Array.from({ length: 20_256 }, () => reach.ask(() => held)); // 256 of them are under way
  await expect(reach.ask(() => held)).rejects.toThrow(SessionsUnreachableError);
  expect(reach.isSilent).toBe(false);
  answerAll();
  await Promise.all(waiting);
  await reach.ask(() => held);
});
