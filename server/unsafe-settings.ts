/** Combinations of settings that oxbow does not run with: they stop a start, and a reload that brings one changes nothing. */
import type { Settings } from "../cascade/index.ts";
import { asksForCountryCodes } from "./ip-check.ts";
import { whyNobodyToAsk } from "./middleware.ts";
import { sharesTheDemo } from "./share-the-demo.ts";

/** A combination of settings that is refused at start. */
export class UnsafeSettings extends Error {
  readonly code = "OXB-0103";
}

/** What is wrong and how to go on, in one line; undefined: nothing. */
export const whyUnsafe = (settings: Pick<Settings, "read">): string | undefined =>
  sharesTheDemo(settings) ?? asksForCountryCodes(settings) ?? whyNobodyToAsk(settings);

/** @throws {UnsafeSettings} */
export function refuseUnsafe(settings: Pick<Settings, "read">): void {
  const why = whyUnsafe(settings);
  if (why !== undefined) throw new UnsafeSettings(why);
}
