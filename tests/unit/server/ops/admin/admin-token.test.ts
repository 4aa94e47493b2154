import { expect, test } from "@jest/globals";
import { createAdminToken } from "../../../../../server/ops/admin/admin-token.ts";
import { waitFor } from "../../../../support/wait-for.ts";

/** A file in memory, slow enough to show steps that overtake each other. */
function open(given: { readonly configured?: string; readonly failing?: true } = {}) {
  let { configured } = given;
  let content: string | undefined;
  const listeners = new Set<() => void>();
  const warnings: string[] = [];
  const urls: string[] = [];
  const pause = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  const token = createAdminToken({
    configured: () => configured,
    onChange: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    newToken: () => "made",
    fileFor: (url) => {
      urls.push(url);
      return {
        write: async (text) => {
          await pause();
          if (given.failing === true) throw new Error("a disk that is full");
          content = text;
        },
        remove: async () => {
          await pause();
          content = undefined;
        },
      };
    },
    warn: (message) => warnings.push(message),
  });
  const reload = (next: string | undefined): void => {
    configured = next;
    for (const listener of listeners) listener();
  };
  return { token, reload, warnings, urls, listeners, content: () => content };
}

test("without a token that is set, one is made and left for the listener's address, until the stop", async () => {
  const { token, content, urls } = open();
  await token.start("http://127.0.0.1:8016");
  expect([token.current(), content(), urls]).toEqual(["made", "made", ["http://127.0.0.1:8016"]]);
  await token.stop();
  expect(content()).toBeUndefined();
});

test("a token that is set is the one that counts, and no file is left", async () => {
  const { token, content } = open({ configured: "configured" });
  await token.start("http://127.0.0.1:8016");
  expect([token.current(), content()]).toEqual(["configured", undefined]);
  await token.stop();
});

test("a reload applies at once, and the file follows", async () => {
  const { token, reload, content } = open();
  await token.start("http://127.0.0.1:8016");
  reload("configured");
  expect(token.current()).toBe("configured");
  reload(undefined);
  expect(token.current()).toBe("made");
  reload("configured");
  await token.stop();
  expect(content()).toBeUndefined();
});

test("of quick reloads the last one counts for the file", async () => {
  const { token, reload, content } = open({ configured: "configured" });
  await token.start("http://127.0.0.1:8016");
  reload(undefined);
  reload("configured");
  reload(undefined);
  await waitFor("the file is there", () => content() === "made");
  await token.stop();
});

test("a file that cannot be left is told, and the node starts nevertheless", async () => {
  const { token, warnings } = open({ failing: true });
  await token.start("http://127.0.0.1:8016");
  expect(warnings).toEqual([expect.stringContaining("a disk that is full")]);
  expect(token.current()).toBe("made");
  await token.stop();
});

test("after the stop nobody listens for reloads", async () => {
  const { token, listeners } = open();
  await token.start("http://127.0.0.1:8016");
  expect(listeners.size).toBe(1);
  await token.stop();
  expect(listeners.size).toBe(0);
});
