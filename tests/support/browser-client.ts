/** As much of a browser as the `/ajax` routes see: one User-Agent, and cookies kept from answer to request. */

import { exampleUserAgent } from "./example-session.ts";

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The `Set-Cookie` lines. */
  readonly setCookies: readonly string[];
  /** The body, read as JSON. */
  readonly json: () => unknown;
}

export interface Asked {
  readonly method?: string;
  readonly form?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface BrowserClient {
  /** Cookies by name; may be changed. */
  readonly cookies: Map<string, string>;
  ask(path: string, asked?: Asked): Promise<Answer>;
  /** Logs in as the App Suite does and returns the session id. @throws when it fails */
  login(name: string, more?: Readonly<Record<string, string>>): Promise<string>;
}

export function createBrowserClient(url: string, userAgent = exampleUserAgent): BrowserClient {
  const cookies = new Map<string, string>();
  const ask: BrowserClient["ask"] = async (path, { method, form, headers } = {}) => {
    const response = await fetch(`${url}${path}`, {
      method: method ?? (form === undefined ? "GET" : "POST"),
      ...(form === undefined ? {} : { body: new URLSearchParams(form) }),
      headers: {
        "user-agent": userAgent,
        cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join("; "),
        ...headers,
      },
      redirect: "error",
    });
    const text = await response.text();
    const setCookies = response.headers.getSetCookie();
    for (const line of setCookies) keep(cookies, line);
    return {
      status: response.status,
      headers: response.headers,
      text,
      setCookies,
      json: () => JSON.parse(text) as unknown,
    };
  };
  const login: BrowserClient["login"] = async (name, more = {}) => {
    const form = { name, password: "secret", client: "open-xchange-appsuite", ...more };
    const { text } = await ask("/ajax/login?action=login", { form });
    const session = /"session":"([0-9a-f]{32})"/.exec(text)?.[1];
    if (session === undefined) throw new Error(`the login failed: ${text}`);
    return session;
  };
  return { cookies, ask, login };
}

function keep(cookies: Map<string, string>, line: string): void {
  const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
  if (/; Max-Age=0(;|$)/.test(line)) cookies.delete(name);
  else cookies.set(name, value);
}
