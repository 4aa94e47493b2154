import { expect, test } from "@jest/globals";
import { createSharedSessionLife } from "../../../auth/shared-session-life.ts";
import { longLives } from "../../support/shared-stores.ts";

test("who of many is over is what it is for each, and limits are read once for all", () => {
  let [nowMs, reads] = [0, 0];
  const limits = () => {
    reads += 1;
    return longLives;
  };
  const life = createSharedSessionLife({ nowMs: () => nowMs, limits, offlineMs: () => 0 });
  nowMs = longLives.shortLifeMs + 2 * life.touchPeriodMs();
  const helds = Array.from({ length: 100 }, (_, n) => ({
    session: { staySignedIn: n % 3 === 0 },
    touchedAtMs: (n * nowMs) / 100,
  }));
  reads = 0;
  const over = helds.filter(life.over());
  expect(reads).toBe(1);
  expect(over).toEqual(helds.filter((held) => life.isOver(held)));
  expect(over.length).toBeGreaterThan(0);
  expect(over.length).toBeLessThan(50);
});
