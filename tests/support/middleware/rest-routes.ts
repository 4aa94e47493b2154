/** What other services ask, with Basic auth: whose is a session, and what is a setting's value for a user. */
import auth from "basic-auth";
import { Router, type RequestHandler } from "express";
import type { PropertyOwner } from "./properties.ts";
import type { World } from "./validation.ts";

export function createRestRoutes(world: World): Router {
  const router = Router();
  router.use("/preliminary", requireCredentials(world));
  router.get("/preliminary/session/v1/get/:session", (req, res) => {
    const { sessions, switches } = world;
    const session = switches.peekTouches ? sessions.touch(req.params.session) : sessions.peek(req.params.session);
    res.json(session === undefined ? {} : { context: session.contextId, user: session.userId, guest: session.guest });
  });
  const base = "/preliminary/configuration/v1";
  router.get([`${base}/property/:name`, `${base}/property/:name/:context/:user`], (req, res) => {
    const { name = "", ...rest } = texts(req.params);
    const owner = ownerOf(rest);
    const value = isKnown(world, owner) ? world.properties.get(name, owner) : undefined;
    if (value === undefined) res.sendStatus(404);
    else res.json({ [name]: value });
  });
  router.get([`${base}/withPrefix/:prefix`, `${base}/withPrefix/:prefix/:context/:user`], (req, res) => {
    const { prefix = "", ...rest } = texts(req.params);
    const owner = ownerOf(rest);
    if (isKnown(world, owner)) res.json(world.properties.withPrefix(prefix, owner));
    else res.sendStatus(404);
  });
  return router;
}

const requireCredentials =
  ({ switches }: World): RequestHandler =>
  (req, res, next) => {
    const given = auth(req);
    const fits = given?.name === switches.basicAuthLogin && given.pass === switches.basicAuthPassword;
    if (fits) next();
    else res.set("WWW-Authenticate", 'Basic realm="OX REST"').sendStatus(401);
  };

/** A list of paths has parameters of no certain names. */
const texts = (params: object): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(params).filter((entry): entry is [string, string] => typeof entry[1] === "string"));

/** Ids of 0 and less are none, so that both of them are the server. */
function ownerOf({ context, user }: Readonly<Record<string, string>>): PropertyOwner | undefined {
  if (context === undefined || (Number(context) <= 0 && Number(user) <= 0)) return undefined;
  return { contextId: Number(context), userId: Number(user) <= 0 ? undefined : Number(user) };
}

const isKnown = ({ people }: World, owner: PropertyOwner | undefined): boolean =>
  owner === undefined ||
  (people.context(owner.contextId) !== undefined &&
    (owner.userId === undefined || people.person(owner.contextId, owner.userId) !== undefined));
