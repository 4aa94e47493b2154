/**
 * The routes of the admin API, declared once: the router is made from this table, and so is `docs/admin-api.md`.
 * Not here: who may ask (admin-auth.ts), what the answers are made of (sockets-view.ts).
 */
import { z } from "zod";
import { defaultPage, mostPerPage } from "./node-questions.ts";
import { contextMissing, filterAmong, parameter, socketFilterShape, userHasContext } from "./socket-filter.ts";
import type { SocketFilter } from "./socket-filter.ts";
import { readCursor } from "./socket-pages.ts";
import type { Inspection } from "./inspection.ts";
import type { ReloadSummary } from "./reload-report.ts";
import type { SocketsView } from "./sockets-view.ts";

/** What a route does with a request that was understood. */
export interface AdminCall {
  readonly view: SocketsView;
  readonly inspection: Inspection;
  /** Reads the files of this node again. */
  readonly reload: () => Promise<ReloadSummary>;
  /** Tells the audit log of a change. */
  readonly audit: (action: string, details: AuditDetails) => void;
}

export interface AuditDetails {
  readonly filter?: SocketFilter;
  readonly count: number;
  readonly complete: boolean;
}

/** A request's query, as it was read, or what is wrong with it. */
export type AdminAnswer =
  | { readonly ok: true; readonly body: object }
  | { readonly ok: false; readonly problem: string; /** Default 400. */ readonly status?: 404 };

export interface AdminRoute {
  readonly method: "GET" | "POST" | "DELETE";
  readonly path: string;
  /** For the documentation. */
  readonly text: string;
  readonly parameters: z.ZodObject;
  /** An example of the answer. */
  readonly example: object;
  answer(query: unknown, call: AdminCall): Promise<AdminAnswer>;
}

type Declaration<P extends z.ZodObject> = Omit<AdminRoute, "parameters" | "answer"> & {
  readonly parameters: P;
  /** With `unknown` the answer is 404: nobody is meant. */
  readonly run: (values: z.output<P>, call: AdminCall) => Promise<object | { readonly unknown: string }>;
};

const route = <P extends z.ZodObject>({ run, ...declared }: Declaration<P>): AdminRoute => ({
  ...declared,
  answer: async (query, call) => {
    const read = declared.parameters.safeParse(query);
    if (!read.success) return { ok: false, problem: problemOf(read.error) };
    const body = await run(read.data, call);
    return "unknown" in body ? { ok: false, problem: body.unknown, status: 404 } : { ok: true, body };
  },
});

const yesOrNo = z.enum(["true", "false"], "must be true or false");
const limitWords = `must be a whole number from 1 to ${mostPerPage}`;
const limit = z
  .string("must be given once")
  .regex(/^[1-9]\d{0,3}$/, limitWords)
  .transform(Number)
  .pipe(z.int().max(mostPerPage, limitWords));
const cursor = z.string("must be given once").transform((given, context) => {
  const place = readCursor(given);
  if (place === undefined) context.addIssue({ code: "custom", message: "must be the `next` of an earlier answer" });
  return place;
});

const whom = z.string("must be given once").min(1, "must not be empty").max(256, "must not be longer than 256");
/** Whom an administrator means, as parameters and as options. */
export const personShape = {
  context: parameter(whom, "id|name", "the context, by id or name"),
  user: parameter(whom, "id|login", "the user, by id or login name"),
};
const isWholePerson = (given: { context?: string | undefined; user?: string | undefined }): boolean =>
  (given.context === undefined) === (given.user === undefined);
const personIncomplete = "context and user are needed together";

const exampleSocket = {
  context: 1,
  user: 3,
  session: "0f1e2d3c4b5a6978",
  connection: "1700000000123",
  client: "open-xchange-appsuite",
  address: "192.0.2.7",
  path: "/socket.io/appsuite/",
  protocol: 4,
  node: "8c1f0a4be2d35976",
  since: "2026-01-31T08:15:00.000Z",
};
const exampleWhole = { complete: true, missing: [] };

export const adminRoutes: readonly AdminRoute[] = [
  route({
    method: "GET",
    path: "/admin/v1/nodes",
    text: "The nodes of the cluster, by id.",
    parameters: z.strictObject({}),
    example: {
      nodes: [
        {
          node: "8c1f0a4be2d35976",
          host: "oxbow-0",
          pid: 7,
          version: "0.1.0",
          phase: "ready",
          sockets: 1_200,
          since: "2026-01-30T20:00:00.000Z",
        },
      ],
      ...exampleWhole,
    },
    run: (_none, { view }) => view.nodes(),
  }),
  route({
    method: "GET",
    path: "/admin/v1/sockets",
    text: "Open sockets of all nodes, in pages. `total` counts those of all pages. While an answer has `next`, there is another page: ask again with the same filter and `cursor` set to it. A socket that stays open meanwhile appears exactly once.",
    parameters: z
      .strictObject({
        ...socketFilterShape,
        limit: parameter(limit, "number", `sockets of a page, 1 to ${mostPerPage}; default ${defaultPage}`),
        cursor: parameter(cursor, "next", "the page after the one whose answer had this `next`"),
      })
      .refine(userHasContext, contextMissing),
    example: { sockets: [exampleSocket], total: 1, ...exampleWhole },
    run: (values, { view }) =>
      view.list({ filter: filterAmong(values), after: values.cursor, limit: values.limit ?? defaultPage }),
  }),
  route({
    method: "DELETE",
    path: "/admin/v1/sockets",
    text: "Closes the sockets that fit, on all nodes, by the transport only (close code 1012): their sessions stay valid and the browsers come back by themselves. Needs a filter, or `all=true`. `count` is how many fitted. Each close is a line of the audit log.",
    parameters: z
      .strictObject({
        ...socketFilterShape,
        all: parameter(yesOrNo, "true", "closes every socket; instead of a filter"),
        dryRun: parameter(yesOrNo, "true", "only counts"),
      })
      .refine(userHasContext, contextMissing)
      .refine(isDeliberate, "name at least one parameter of the filter, or all=true alone"),
    example: { count: 1, dryRun: false, ...exampleWhole },
    run: async (values, { view, audit }) => {
      const filter = filterAmong(values);
      const dryRun = values.dryRun === "true";
      const closed = await view.close({ filter, dryRun });
      if (!dryRun) audit("sockets.close", { filter, count: closed.count, complete: closed.complete });
      const { count, ...completeness } = closed;
      return { count, dryRun, ...completeness };
    },
  }),
  route({
    method: "GET",
    path: "/admin/v1/config",
    text: "Values of settings as this node has them, and where they come from: all names that are defined or that oxbow knows, at server scope or, with `context` and `user`, for that user. `scope` is where the value was found, `place` where it is written (in a context set with its name and tag expression), `shadows` what it beats, most specific first, `final` the scope that has the last word. `setting` tells whether the name may be set for users and whether a reload applies it; it is absent for names that oxbow does not use. `means` is there where the text means something else. `loaded` is when it was read. Secrets are masked. 404: there is no such context or login.",
    parameters: z
      .strictObject({
        prefix: parameter(z.string("must be given once").max(256), "text", "only names with this beginning"),
        ...personShape,
      })
      .refine(isWholePerson, personIncomplete),
    example: {
      person: { context: 1, user: 3, login: "anton" },
      entries: [
        {
          value: "false",
          scope: "contextSets",
          place: "/opt/open-xchange/etc/contextSets/trial.yml:3",
          file: "/opt/open-xchange/etc/contextSets/trial.yml",
          line: 3,
          set: "trial",
          withTags: "trial & !gold",
          loaded: "2026-01-31T08:15:00.000Z",
          name: "com.openexchange.websockets.enabled",
          shadows: [
            {
              value: "true",
              scope: "server",
              place: "/opt/open-xchange/etc/websockets.properties:1",
              file: "/opt/open-xchange/etc/websockets.properties",
              line: 1,
              loaded: "2026-01-31T08:15:00.000Z",
            },
          ],
          setting: { cascade: true, reloadable: true },
        },
      ],
    },
    run: ({ prefix, context, user }, { inspection }) =>
      inspection.config(prefix ?? "", context === undefined || user === undefined ? undefined : { context, user }),
  }),
  route({
    method: "GET",
    path: "/admin/v1/explain",
    text: "Why a user has push or has none: steps in order, each `fine`, `blocks` (no push for it), `unknown` (nobody can tell here) or `note`, and a conclusion in one sentence. `verdict` is `push` (sockets are open), `no-socket` (nothing stands in the way, but none is open) or `blocked`. Settings and users are those of this node, sockets and refusals those of all. Each node remembers the last 5 refusals of each of the last 1,000 users, since its start. 404: there is no such context or login.",
    parameters: z.strictObject({ context: personShape.context.unwrap(), user: personShape.user.unwrap() }),
    example: {
      person: { context: 1, user: 3, login: "anton" },
      steps: [
        {
          step: "package",
          state: "fine",
          says: "the package open-xchange-websockets-grizzly is enabled (nothing disables it)",
        },
        {
          step: "setting",
          state: "blocks",
          says: "com.openexchange.websockets.enabled is false (server: /opt/open-xchange/etc/websockets.properties:1)",
        },
      ],
      verdict: "blocked",
      sentence:
        "anton, user 3 of context 1, has no push: com.openexchange.websockets.enabled is false (server: /opt/open-xchange/etc/websockets.properties:1).",
      ...exampleWhole,
    },
    run: (asked, { inspection }) => inspection.explain(asked),
  }),
  route({
    method: "POST",
    path: "/admin/v1/reload",
    text: "Reads settings, users and `noipcheck.cnf` of this node again, as SIGHUP does, with all its workers; each node of a cluster reads its own files, so ask each. Without a body. What is bad keeps its last good state: `problems` names it with file and line. `changed` are names whose value changed for the server or for some user, `needsRestart` those that only a restart takes, `warnings` what the load before did not say, `listenerErrors` what failed when it was told of the changes. Each reload is a line of the audit log.",
    parameters: z.strictObject({}),
    example: {
      changed: ["com.openexchange.websockets.enabled"],
      needsRestart: [],
      problems: [
        {
          message:
            '/opt/open-xchange/etc/oxbow.properties:3: com.openexchange.oxbow.replayWindow: "soon" is not allowed; allowed: a whole number from 0 to 3600000. The last good state stays in force.',
          name: "com.openexchange.oxbow.replayWindow",
          file: "/opt/open-xchange/etc/oxbow.properties",
          line: 3,
        },
      ],
      warnings: [],
      listenerErrors: [],
    },
    run: async (_none, { reload, audit }) => {
      const report = await reload();
      audit("reload", { count: report.changed.length, complete: report.problems.length === 0 });
      return report;
    },
  }),
];

/** Forgetting the filter must not close everything. */
function isDeliberate(values: SocketFilter & { readonly all?: "true" | "false" | undefined }): boolean {
  const hasFilter = Object.keys(filterAmong(values)).length > 0;
  return hasFilter !== (values.all === "true");
}

/** Names each parameter that is wrong; never what it was, which may be a secret. */
function problemOf(error: z.ZodError): string {
  return error.issues
    .map((issue) => {
      if (issue.code === "unrecognized_keys") return `unknown parameter ${issue.keys.map(quoted).join(", ")}`;
      return issue.path.length === 0 ? issue.message : `${issue.path.join(".")}: ${issue.message}`;
    })
    .join("; ");
}

const quoted = (name: string): string => JSON.stringify(name.slice(0, 64));
