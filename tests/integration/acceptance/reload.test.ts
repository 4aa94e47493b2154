/** SIGHUP: what changed takes effect, what is wrong keeps its last good state and is named, sockets stay where they may. */
import { beforeAll, expect, test } from "@jest/globals";
import { openEngineSocket } from "../../support/acceptance/engine-socket.ts";
import { waitFor } from "../../support/wait-for.ts";
import { asBrowser, logIn, type Login, mailNotice, notify, pushTo, userAgent } from "../../support/acceptance/http.ts";
import { rawRequest, upgradeBytes } from "../../support/acceptance/raw-http.ts";
import { createWitness, type Witness } from "../../support/acceptance/witness.ts";
import { type Oxbow, propertiesText, restCredentials, startOxbow } from "../../support/oxbow-process.ts";

const own = "com.openexchange.oxbow.";
const file = "20-changing.properties";
let oxbow: Oxbow;
let anton: Login;
let witness: Witness;
beforeAll(async () => {
  oxbow = await startOxbow();
  anton = await logIn(oxbow.url);
  witness = await createWitness(oxbow.url);
});

/** Replaces the changing file, reloads, and returns what is printed from then on. */
async function reload(content: string): Promise<() => string> {
  const before = oxbow.output().length;
  await oxbow.writeConfig(file, content);
  oxbow.kill("SIGHUP");
  return () => oxbow.output().slice(before);
}
const statusFrom = async (origin: string): Promise<number> => {
  const target = `/socket.io/?session=${anton.session}&EIO=4&transport=websocket`;
  const bytes = upgradeBytes({ target, cookie: anton.cookie, userAgent, headers: { Origin: origin } });
  return (await rawRequest(oxbow.url, bytes, { untilAnswer: true })).status;
};
const notifyStatus = async (password: string): Promise<number> => {
  const authorization = `Basic ${Buffer.from(`rest:${password}`).toString("base64")}`;
  return (await notify(oxbow.url, mailNotice(), { Authorization: authorization })).status;
};

test("a new allow-list and new credentials take effect, and a file that goes takes its values along", async () => {
  expect(await statusFrom("https://app.example")).toBe(403);
  await reload(`${own}allowedOrigins=https://app.example\ncom.openexchange.rest.services.basic-auth.password=new\n`);
  await waitFor("the new allow-list", async () => (await statusFrom("https://app.example")) === 101);
  expect(await notifyStatus("new")).toBe(200);
  expect(await notifyStatus("rest")).toBe(401);
  await reload("");
  await waitFor("the old allow-list", async () => (await statusFrom("https://app.example")) === 403);
  expect(await notifyStatus("rest")).toBe(200);
  await witness.isUnharmed();
});

test("a wrong value of ours keeps the last good one and is named with file, line and what is allowed", async () => {
  await reload(`${own}allowedOrigins=https://app.example\n`);
  await waitFor("the new allow-list", async () => (await statusFrom("https://app.example")) === 101);
  const said = await reload(`\n${own}allowedOrigins=nonsense\n`);
  await waitFor("the complaint", () => said().includes(`${own}allowedOrigins`));
  expect(said()).toMatch(/20-changing\.properties(:|,? line |\\?",\\?"line\\?":)2\b/);
  expect(said()).toMatch(/nonsense/);
  expect(await statusFrom("https://app.example")).toBe(101);
  await witness.isUnharmed();
});

test("a file that cannot be read as properties keeps its last good state, the others are reloaded", async () => {
  await reload(`${own}allowedOrigins=https://app.example\n`);
  await waitFor("the allow-list", async () => (await statusFrom("https://app.example")) === 101);
  await oxbow.writeConfig("30-other.properties", "com.openexchange.rest.services.basic-auth.password=other\n");
  const said = await reload("broken=\\u00zz\n");
  await waitFor("the other file is reloaded", async () => (await notifyStatus("other")) === 200);
  await waitFor("the complaint", () => said().includes(file));
  expect(await statusFrom("https://app.example")).toBe(101);
  await oxbow.writeConfig("30-other.properties", "");
  await reload("");
  await waitFor("all is as before", async () => (await notifyStatus("rest")) === 200);
  await witness.isUnharmed();
});

test("what only a restart can change is said to need one", async () => {
  const said = await reload(`${own}pingInterval=30000\n`);
  await waitFor("the hint", () => said().includes(`${own}pingInterval`));
  expect(said()).toMatch(/restart/i);
  await witness.isUnharmed();
});

test("an unknown name of ours is warned about at a reload, too", async () => {
  const said = await reload(`${own}alowedOrigins=https://app.example\n`);
  await waitFor("the warning", () => said().includes(`${own}alowedOrigins`));
  expect(said()).toContain(`${own}allowedOrigins`);
});

/** The last reload has taken effect: two sockets are open side by side again. */
async function eightSocketsAgain(): Promise<void> {
  await waitFor("the usual limit", async () => {
    const pair = [
      await openEngineSocket(oxbow.url, { login: anton, protocol: 4 }),
      await openEngineSocket(oxbow.url, { login: anton, protocol: 4 }),
    ];
    const sockets = (await pushTo(oxbow.url, 3, "x:count", {})).json["sockets"];
    for (const socket of pair) socket.socket.terminate();
    return Number(sockets) >= 2;
  });
}

test("a lower limit of sockets counts from the next socket on", async () => {
  await reload(`${own}maxSocketsPerUser=1\n`);
  await waitFor("the lower limit", async () => {
    const first = await openEngineSocket(oxbow.url, { login: anton, protocol: 4 });
    const second = await openEngineSocket(oxbow.url, { login: anton, protocol: 4 });
    const isFull = await first.closed(300).then(
      () => first.frames.includes("41"),
      () => false,
    );
    first.socket.terminate();
    second.socket.terminate();
    return isFull;
  });
  await reload("");
  await eightSocketsAgain();
});

test("web sockets switched off: sockets end with session:invalid, none is let in, the capability is gone; and back", async () => {
  const sockets = [
    await openEngineSocket(oxbow.url, { login: anton, protocol: 3 }),
    await openEngineSocket(oxbow.url, { login: anton, protocol: 4 }),
  ];
  const capabilities = async (): Promise<string> =>
    (await asBrowser(`${oxbow.url}/ajax/capabilities?action=all&session=${anton.session}`, anton)).text;
  expect(await capabilities()).toContain('"websocket"');
  await reload(propertiesText({ ...restCredentials, "com.openexchange.websockets.enabled": "false" }));
  for (const socket of sockets) {
    await socket.closed(2_500);
    expect(socket.frames).toContain('42["session:invalid"]');
  }
  expect(await statusFrom(`http://127.0.0.1`)).toBe(403);
  expect(await capabilities()).not.toContain('"websocket"');
  await reload("");
  await waitFor("sockets are let in again", async () => (await statusFrom("http://127.0.0.1")) === 101);
  expect(await capabilities()).toContain('"websocket"');
});
