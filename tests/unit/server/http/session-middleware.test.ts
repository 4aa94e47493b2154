import { request as httpRequest } from "node:http";
import { expect, test } from "@jest/globals";
import cookieParser from "cookie-parser";
import express from "express";
import type { SessionRequest, Verdict } from "../../../../auth/index.ts";
import {
  createSessionMiddleware,
  requiredSessionOf,
  sessionOf,
  type SessionMiddlewareDeps,
} from "../../../../server/http/session-middleware.ts";
import { exampleSession, exampleUser } from "../../../support/example-session.ts";
import { serve } from "./serve.ts";

const valid = { session: exampleSession(), user: exampleUser() };

/** What the validator was asked for this request, and what the client got. */
async function asked(
  path: string,
  options: {
    readonly purpose?: SessionRequest["purpose"];
    readonly form?: string;
    readonly headers?: Readonly<Record<string, string | readonly string[]>>;
    readonly verdict?: Verdict;
    readonly mount?: string;
    readonly times?: number;
  } = {},
): Promise<{ readonly requests: readonly SessionRequest[]; readonly status: number }> {
  const requests: SessionRequest[] = [];
  const deps: SessionMiddlewareDeps = {
    validate: (request) => {
      requests.push(request);
      return Promise.resolve(options.verdict ?? { ok: true, ...valid });
    },
    purpose: options.purpose ?? "request",
    addressOf: () => "192.0.2.1",
    refuse: (_req, res) => void res.writeHead(403).end(),
  };
  const middleware = createSessionMiddleware(deps);
  const app = express().use(cookieParser(), express.urlencoded({ extended: false }));
  for (let time = 0; time < (options.times ?? 1); time += 1) app.use(options.mount ?? "/", middleware);
  app.use((req, res) => void res.status(sessionOf(req)?.session === valid.session ? 200 : 500).end());
  const { port } = await serve(app);
  const status = await new Promise<number>((resolve, reject) => {
    const { form, headers = {} } = options;
    const method = form === undefined ? "GET" : "POST";
    const type = form === undefined ? {} : { "content-type": "application/x-www-form-urlencoded" };
    httpRequest({ host: "127.0.0.1", port, path, method, headers: { ...type, ...headers } }, (answer) => {
      answer.resume();
      resolve(answer.statusCode ?? 0);
    })
      .on("error", reject)
      .end(form);
  });
  return { requests, status };
}

test("the validator sees id, cookies, headers, address and path", async () => {
  const headers = { cookie: "a=1; open-xchange-secret-X=s%20s; a=2", "user-agent": "UA", "x-own": "v" };
  const { requests, status } = await asked("/ajax/system?action=whoami&session=abc", { headers });
  expect(status).toBe(200);
  expect(requests).toHaveLength(1);
  expect(requests[0]).toMatchObject({
    sessionId: "abc",
    cookies: { a: "1", "open-xchange-secret-X": "s s" },
    headers: { "user-agent": "UA", "x-own": "v" },
    address: "192.0.2.1",
    path: "/ajax/system",
    purpose: "request",
  });
});

test.each([
  { name: "the query", path: "/x?session=abc", form: undefined, request: "abc", socket: "abc" },
  { name: "the form", path: "/x", form: "session=abc", request: "abc", socket: undefined },
  { name: "both, the same", path: "/x?session=abc", form: "session=abc", request: "abc", socket: "abc" },
  { name: "both, different", path: "/x?session=abc", form: "session=abd", request: undefined, socket: "abc" },
  {
    name: "the query twice, different",
    path: "/x?session=abc&session=abd",
    form: undefined,
    request: undefined,
    socket: undefined,
  },
  { name: "the query as a list", path: "/x?session[]=abc", form: undefined, request: undefined, socket: undefined },
  {
    name: "a query with a broken escape",
    path: "/x?session=%E0%A4%A",
    form: undefined,
    request: "\ufffd%A",
    socket: "\ufffd%A",
  },
  { name: "nowhere", path: "/x", form: "other=1", request: undefined, socket: undefined },
])(
  "a session id in $name is $request for a request and $socket for a socket",
  async ({ path, form, request, socket }) => {
    const body = form === undefined ? {} : { form };
    expect((await asked(path, body)).requests[0]?.sessionId).toBe(request);
    expect((await asked(path, { ...body, purpose: "socket" })).requests[0]?.sessionId).toBe(socket);
  },
);

test.each<{ name: string; cookie: string | undefined; cookies: Readonly<Record<string, string>> }>([
  { name: "no cookie", cookie: undefined, cookies: {} },
  { name: "rubbish", cookie: ";;=; =x; \u00e9; a", cookies: {} },
  { name: "a value that is taken for JSON", cookie: 'j=j:{"x":1}; a=1', cookies: { a: "1" } },
  { name: "a broken escape", cookie: "a=%zz", cookies: { a: "%zz" } },
  { name: "names that objects know", cookie: "__proto__=x; constructor=y", cookies: { constructor: "y" } },
])("of $name the validator sees just texts", async ({ cookie, cookies }) => {
  const headers = cookie === undefined ? {} : { cookie };
  const { requests, status } = await asked("/x?session=abc", { headers });
  expect(status).toBe(200);
  expect(Object.entries(requests[0]?.cookies ?? {})).toEqual(expect.arrayContaining(Object.entries(cookies)));
  expect(Object.values(requests[0]?.cookies ?? {}).every((value) => typeof value === "string")).toBe(true);
});

test("the path is the whole one, also where a router has cut its part off", async () => {
  const { requests } = await asked("/ajax/multifactor/device?session=abc", { mount: "/ajax/multifactor" });
  expect(requests[0]?.path).toBe("/ajax/multifactor/device");
});

test("a refused request goes no further", async () => {
  const { status } = await asked("/x?session=abc", { verdict: { ok: false, reason: "session-unknown" } });
  expect(status).toBe(403);
});

test("a request that has passed once is not asked again", async () => {
  const { requests, status } = await asked("/x?session=abc", { times: 3 });
  expect([requests.length, status]).toEqual([1, 200]);
});

test("a fault of the validator goes to whoever handles faults", async () => {
  const fault = new Error("made to fail");
  const middleware = createSessionMiddleware({
    validate: () => Promise.reject(fault),
    purpose: "socket",
    addressOf: () => undefined,
    refuse: () => undefined,
  });
  let told: unknown;
  const app = express()
    .use(middleware)
    .use((error: unknown, _req: express.Request, res: express.Response, next: express.NextFunction) => {
      told = error;
      if (res.headersSent) next(error);
      else res.status(500).end();
    });
  const { url } = await serve(app);
  expect((await fetch(`${url}/x?session=abc`)).status).toBe(500);
  expect(told).toBe(fault);
});

test("a route that forgot the middleware fails instead of serving anybody", async () => {
  const app = express().use((req, res) => {
    let outcome = "served";
    try {
      requiredSessionOf(req);
    } catch {
      outcome = "failed";
    }
    res.end(outcome);
  });
  const { url } = await serve(app);
  expect(await (await fetch(url)).text()).toBe("failed");
});
