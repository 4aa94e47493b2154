/** What a browser, a producer and a probe do over plain HTTP: log in, read answers, push, scrape. */
import { createHash } from "node:crypto";

/** The User-Agent whose cookie names are known from the reference's test vectors. */
export const userAgent = "Mozilla/5.0 (X11; Linux x86_64) TestBrowser/1.0";
export const appSuiteClient = "open-xchange-appsuite";
export const restAuthorization = `Basic ${Buffer.from("rest:rest").toString("base64")}`;

/** Any JSON answer; `text` is the body as sent. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly json: Readonly<Record<string, unknown>>;
}

/** Asks and reads the whole body; `json` is empty unless the body is a JSON object. */
export async function ask(url: string, init: RequestInit = {}): Promise<Answer> {
  const response = await fetch(url, { redirect: "manual", ...init });
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, json: jsonObject(text) };
}

/** The object in this JSON text, or an empty one when there is none. */
export function jsonObject(text: string): Readonly<Record<string, unknown>> {
  try {
    return asObject(JSON.parse(text));
  } catch {
    return {};
  }
}

export const asObject = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null ? Object.fromEntries(Object.entries(value)) : {};

export interface Login {
  readonly session: string;
  /** The Cookie header a browser would send. */
  readonly cookie: string;
  /** Cookies by name. */
  readonly cookies: ReadonlyMap<string, string>;
  readonly secretName: string;
  readonly secret: string;
  /** The Set-Cookie headers as sent. */
  readonly setCookies: readonly string[];
  readonly answer: Answer;
}

/** The bare login request, whatever it answers. */
export async function tryLogin(
  url: string,
  fields: Readonly<Record<string, string>>,
  agent = userAgent,
): Promise<Answer> {
  return ask(`${url}/ajax/login?action=login`, {
    method: "POST",
    headers: { "User-Agent": agent },
    body: new URLSearchParams(fields),
  });
}

/** Logs a demo user in as the App Suite does; fails when that is refused. */
export async function logIn(
  url: string,
  name = "anton",
  further: Readonly<Record<string, string>> = {},
): Promise<Login> {
  const fields = { name, password: "secret", client: appSuiteClient, ...further };
  return readLogin(await tryLogin(url, fields));
}

/** What a login answer gives a browser. */
export function readLogin(answer: Answer): Login {
  const session = answer.json["session"];
  if (typeof session !== "string") throw new Error(`no login: ${answer.status} ${answer.text}`);
  const setCookies = answer.headers.getSetCookie();
  const cookies = new Map(
    setCookies.map((line) => {
      const [pair = ""] = line.split(";");
      const at = pair.indexOf("=");
      return [pair.slice(0, at), pair.slice(at + 1)] as const;
    }),
  );
  const secretName = [...cookies.keys()].find((name) => name.startsWith("open-xchange-secret-")) ?? "";
  const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join("; ");
  return { session, cookie, cookies, secretName, secret: cookies.get(secretName) ?? "", setCookies, answer };
}

/** The reference's cookie hash, written anew from its description: MD5, Base64, stripped of all but word characters. */
export function cookieHash(...parts: readonly string[]): string {
  const digest = createHash("md5")
    .update([...parts, "replaceMe1234567890"].join(""), "utf8")
    .digest("base64");
  return digest.replace(/[^A-Za-z0-9_]/g, "");
}

/** A GET with the cookies and User-Agent of a login. */
export async function asBrowser(url: string, login: Pick<Login, "cookie">, init: RequestInit = {}): Promise<Answer> {
  return ask(url, { ...init, headers: { "User-Agent": userAgent, Cookie: login.cookie, ...plainHeaders(init) } });
}

const plainHeaders = (init: RequestInit): Record<string, string> => Object.fromEntries(new Headers(init.headers));

export const whoami = async (url: string, login: Pick<Login, "cookie" | "session">): Promise<Answer> =>
  asBrowser(`${url}/ajax/system?action=whoami&session=${login.session}`, login);

export const logOut = async (url: string, login: Login): Promise<Answer> =>
  asBrowser(`${url}/ajax/login?action=logout&session=${login.session}`, login);

/** Headers of Dovecot's request, besides those every HTTP library adds. */
export const dovecotHeaders = { Authorization: restAuthorization, "Content-Type": "application/json; charset=utf-8" };

let lastUid = 1000;
/** A mail uid that no other push of this file has: repeats of a mail may be dropped. */
export const nextUid = (): number => (lastUid += 1);

/** Dovecot's notification; the fields given replace or extend those every one has. */
export const mailNotice = (fields: Readonly<Record<string, unknown>> = {}): Record<string, unknown> => ({
  user: "3@1",
  event: "messageNew",
  folder: "INBOX",
  "imap-uidvalidity": 1_700_000_000,
  "imap-uid": nextUid(),
  ...fields,
});

/** `PUT /preliminary/http-notify/v1/notify` with this body: an object as JSON, a text as it is. */
export async function notify(
  url: string,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  return ask(`${url}/preliminary/http-notify/v1/notify`, {
    method: "PUT",
    headers: { ...dovecotHeaders, ...headers },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
}

/** `POST /preliminary/oxbow/v1/push` with this body: an object as JSON, a text as it is. */
export async function push(
  url: string,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  return ask(`${url}/preliminary/oxbow/v1/push`, {
    method: "POST",
    headers: { Authorization: restAuthorization, "Content-Type": "application/json", ...headers },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
}

/** A push of `payload` to a demo user; fails unless it is taken. */
export async function pushTo(
  url: string,
  user: number,
  event: string,
  payload: unknown,
  source?: string,
): Promise<Answer> {
  const answer = await push(url, { context: 1, user, event, payload, ...(source === undefined ? {} : { source }) });
  if (answer.status !== 202) throw new Error(`push not taken: ${answer.status} ${answer.text}`);
  return answer;
}
