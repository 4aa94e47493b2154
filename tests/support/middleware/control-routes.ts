/** The test switches over HTTP, for a stand-in started by hand: each change is a POST with a small JSON object. */
import { json, Router, type RequestHandler, type Response } from "express";
import { z } from "zod";
import { disturbanceSchema, places, type Disturbances, type Place } from "./disturbances.ts";
import { switchesSchema } from "./switches.ts";
import type { Traffic } from "./traffic.ts";
import type { World } from "./validation.ts";

type Controlled = World & Disturbances & { readonly traffic: Traffic };

const place = z.enum(Object.keys(places) as [Place, ...Place[]]);
const number = z.number().int().positive();

const bodies = {
  switches: switchesSchema.partial(),
  disturb: z.strictObject({ place, disturbance: disturbanceSchema, times: number.optional() }),
  remove: z.strictObject({ session: z.string().optional(), user: z.string().optional() }),
  users: z.strictObject({
    user: z.string(),
    exists: z.boolean().optional(),
    active: z.boolean().optional(),
    multifactor: z.boolean().optional(),
  }),
  contexts: z.strictObject({ context: number, exists: z.boolean().optional(), enabled: z.boolean().optional() }),
  properties: z.strictObject({
    name: z.string(),
    value: z.string().nullable(),
    context: number.optional(),
    user: number.optional(),
  }),
};

export function createControlRoutes(controlled: Controlled): Router {
  const router = Router();
  router.use(json());
  router.get("/state", (_req, res) => res.json(stateOf(controlled)));
  router.get("/requests", (_req, res) => res.json(controlled.traffic.seen("everything")));
  router.post("/calm", (_req, res) => {
    controlled.calm();
    done(res);
  });
  router.post(
    "/switches",
    body(bodies.switches, (change) => void Object.assign(controlled.switches, change)),
  );
  router.post(
    "/disturb",
    body(bodies.disturb, ({ place, disturbance, times }) => controlled.disturb(place, disturbance, times)),
  );
  router.post(
    "/remove",
    body(bodies.remove, ({ session, user }) => {
      for (const { id, login } of controlled.sessions.all())
        if (id === session || login === user) controlled.sessions.remove(id);
    }),
  );
  const { people, properties } = controlled;
  router.post(
    "/users",
    body(bodies.users, ({ user, ...change }) => void Object.assign(found(people.byLogin(user)), change)),
  );
  router.post(
    "/contexts",
    body(bodies.contexts, ({ context, ...change }) => void Object.assign(found(people.context(context)), change)),
  );
  router.post(
    "/properties",
    body(bodies.properties, ({ name, value, context, user }) => {
      const owner = context === undefined ? undefined : { contextId: context, userId: user };
      properties.set(name, value ?? undefined, owner);
    }),
  );
  return router;
}

/** Carries out a request whose body has this form; answers 400 with what is wrong with any other. */
function body<T>(schema: z.ZodType<T>, carryOut: (value: T) => void): RequestHandler {
  return (req, res) => {
    const parsed = schema.safeParse(req.body ?? {});
    if (!parsed.success) {
      res
        .status(400)
        .type("text")
        .send(`${z.prettifyError(parsed.error)}\n`);
      return;
    }
    carryOut(parsed.data);
    done(res);
  };
}

const done = (res: Response): void => void res.json({ done: true });

function found<T>(thing: T | undefined): T {
  if (thing === undefined) throw new Error("there is no such user or context");
  return thing;
}

const stateOf = ({ switches, sessions, httpSessions, traffic }: Controlled): Readonly<Record<string, unknown>> => ({
  switches,
  sessions: sessions.all(),
  httpSessionsMade: httpSessions.made,
  requests: Object.fromEntries(
    place.options.map((name) => [
      name,
      { ...traffic.of(name), mostInFlightOfOneSession: traffic.mostInFlightOfOneSession(name) },
    ]),
  ),
});
