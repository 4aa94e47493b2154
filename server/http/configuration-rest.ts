/**
 * `GET /preliminary/configuration/v1/...`: values of settings for other services, as text, at server scope or for one
 * user. Secrets are not defined here, whoever asks: a mask would be read as the value.
 */
import type { Request, RequestHandler, Response, Router } from "express";
import { isSecret } from "../../cascade/index.ts";
import type { Definition, LoadedSettings, Setting, UserRef } from "../../cascade/index.ts";
import { exactRouter, otherMethods } from "./ajax-answer.ts";

export interface ConfigurationRestDeps {
  readonly requireBasicAuth: RequestHandler;
  readonly settings: Pick<LoadedSettings, "resolve" | "names">;
  readonly declared: readonly Setting<unknown>[];
  /** Whether context and user exist. With a user id of 0 or less it is about the context alone. */
  readonly exists: (user: UserRef) => Promise<boolean>;
  /** Undefined: nobody but the settings here has values of users. */
  readonly middleware: MiddlewareQuestions | undefined;
}

/** The middleware's own words. Both reject where nobody can tell just now, which `answerFaults` answers with 503. */
export interface MiddlewareQuestions {
  ask(name: string, user: UserRef): Promise<string | undefined>;
  askAll(prefix: string, user: UserRef): Promise<ReadonlyMap<string, string>>;
}

const base = "/preliminary/configuration/v1";
/** Others are nobody's, and dots alone would be another path at the middleware. */
const isName = (text: string): boolean => text.length <= 256 && !/^\.*$/.test(text);

/**
 * Answers `{name: text}`. 404: nothing defines the name (a default in the code is no definition), it is a secret, or there
 * is no such context or user. `withPrefix` answers 200 with what is left, `{}` too.
 */
export function createConfigurationRestRoutes(deps: ConfigurationRestDeps): Router {
  const read = createReader(deps);
  const router = exactRouter();
  const serve = (path: string, answer: RequestHandler): void => {
    for (const full of [path, `${path}/:context/:user`])
      router.route(full).get(deps.requireBasicAuth, answer).all(otherMethods("GET, HEAD"));
  };
  serve(`${base}/property/:wanted`, async (req, res) => {
    const { name, owner } = await askedFor(req, deps);
    const text = owner === "unknown" ? undefined : await read.one(name, owner);
    if (text === undefined) sendNotFound(res);
    else send(res, [[name, text]]);
  });
  serve(`${base}/withPrefix/:wanted`, async (req, res) => {
    const { name: prefix, owner } = await askedFor(req, deps);
    if (owner === "unknown") sendNotFound(res);
    else send(res, await read.all(prefix, owner));
  });
  return router;
}

/** Undefined: server scope. */
type Owner = UserRef | undefined;

async function askedFor({ params }: Request, { exists }: ConfigurationRestDeps) {
  const [name = "", context, user] = [params["wanted"], params["context"], params["user"]].map((one) =>
    one?.toString(),
  );
  if (!isName(name)) return { name, owner: "unknown" as const };
  if (context === undefined) return { name, owner: undefined };
  const [contextId, userId] = [idOf(context), idOf(user ?? "")];
  if (contextId === undefined || userId === undefined) return { name, owner: "unknown" as const };
  if (contextId <= 0 && userId <= 0) return { name, owner: undefined }; // none, as the middleware counts ids
  const owner: Owner = { contextId, userId };
  return { name, owner: (await exists(owner)) ? owner : ("unknown" as const) };
}

const idOf = (text: string): number | undefined => (/^-?\d{1,10}$/.test(text) ? Number(text) : undefined);

function createReader({ settings, declared, middleware }: ConfigurationRestDeps) {
  const byName = new Map(declared.map((setting) => [setting.name, setting]));
  /** A declared setting without cascade has one value, whoever it is asked for. */
  const ownerFor = (name: string, owner: Owner): Owner => (byName.get(name)?.cascade === false ? undefined : owner);
  const shown = (name: string, value: Definition | undefined): string | undefined =>
    value === undefined || isSecret(name, value, byName.get(name)) ? undefined : value.text;
  /** Past an earlier answer of the middleware, as there is a newer one. */
  const here = (name: string, owner: Owner): string | undefined => {
    const { value, shadowed } = settings.resolve(name, ownerFor(name, owner));
    return shown(name, value?.scope === "middleware" ? shadowed[0] : value);
  };
  const there = (name: string, text: string): string | undefined =>
    shown(name, { text, scope: "middleware", origin: { from: "middleware" } });

  return {
    one: async (name: string, asked: Owner): Promise<string | undefined> => {
      const owner = ownerFor(name, asked);
      const text = owner === undefined ? undefined : await middleware?.ask(name, owner);
      return text === undefined ? here(name, owner) : there(name, text);
    },
    all: async (prefix: string, owner: Owner): Promise<readonly (readonly [string, string])[]> => {
      const answers = owner === undefined ? undefined : await middleware?.askAll(prefix, owner);
      const names = new Set([...settings.names(), ...settings.names(owner), ...(answers?.keys() ?? [])]);
      return [...names]
        .filter((name) => name.startsWith(prefix))
        .sort()
        .flatMap((name) => {
          const answer = ownerFor(name, owner) === undefined ? undefined : answers?.get(name);
          const text = answer === undefined ? here(name, owner) : there(name, answer);
          return text === undefined ? [] : [[name, text] as const];
        });
    },
  };
}

/** Written so that a name like `__proto__` is a name. */
function send(res: Response, values: readonly (readonly [string, string])[]): void {
  res.set("Cache-Control", "no-store").json(Object.fromEntries(values));
}

function sendNotFound(res: Response): void {
  res.status(404).set("Cache-Control", "no-store").json({ error: "not defined, or no such context or user" });
}
