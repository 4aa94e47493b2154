import { expect, test } from "@jest/globals";
import { Registry } from "prom-client";
import { createSessionCheckMeter } from "../../../../server/ops/session-check-meter.ts";

test("questions are counted while they are under way, timed, and their failures named", async () => {
  const registry = new Registry();
  let nowMs = 0;
  const meter = createSessionCheckMeter(registry, () => nowMs);
  const [fine, late] = [meter.asked("whoami"), meter.asked("peek")];
  expect(await registry.metrics()).toContain('oxbow_session_check_in_flight{question="whoami"} 1');
  nowMs = 250;
  fine(undefined);
  late("timeout");
  meter.shared("configuration");
  const text = await registry.metrics();
  for (const line of [
    'oxbow_session_check_in_flight{question="whoami"} 0',
    'oxbow_session_check_seconds_sum{question="whoami"} 0.25',
    'oxbow_session_check_seconds_count{question="peek"} 1',
    'oxbow_session_check_errors_total{question="peek",reason="timeout"} 1',
    'oxbow_session_check_coalesced_total{question="configuration"} 1',
  ])
    expect(text).toContain(line);
  expect(text).not.toContain('errors_total{question="whoami"');
});
