/** What `deploy/Dockerfile` and `docker-compose.yml` say, read by their grammars, for tests without an engine. */
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { Copy, DockerfileParser, type Instruction, JSONInstruction } from "dockerfile-ast";
import { parse } from "yaml";
import { z } from "zod";

export const project = resolve(import.meta.dirname, "../..");
export const textOf = (path: string): string => readFileSync(join(project, path), "utf8");

export interface CopiedPath {
  readonly stage: "build" | "last";
  /** The stage that it is taken from; undefined: the checkout. */
  readonly from: string | undefined;
  readonly sources: readonly string[];
  readonly target: string;
}

export interface Image {
  readonly copies: readonly CopiedPath[];
  readonly user: string | undefined;
  readonly ports: readonly number[];
  readonly healthCheck: readonly string[];
  /** ENTRYPOINT and CMD. */
  readonly command: readonly string[];
}

/** The one Dockerfile, of two stages. */
export function readImage(): Image {
  const file = DockerfileParser.parse(textOf("deploy/Dockerfile"));
  const [, last] = file.getFROMs();
  const lastStageLine = last?.getRange().start.line ?? 0;
  const instructions = file.getInstructions();
  const named = (keyword: string): typeof instructions =>
    instructions.filter(
      (one) => one.getKeyword() === keyword && (keyword === "COPY" || one.getRange().start.line > lastStageLine),
    );
  return {
    copies: named("COPY").map((one) => {
      const paths = one.getArguments().map((argument) => argument.getValue());
      return {
        stage: one.getRange().start.line > lastStageLine ? "last" : "build",
        from: (one instanceof Copy ? one.getFromFlag()?.getValue() : undefined) ?? undefined,
        sources: paths.slice(0, -1),
        target: paths.at(-1) ?? "",
      };
    }),
    user: named("USER").at(-1)?.getArgumentsContent() ?? undefined,
    ports: named("EXPOSE").flatMap((one) => one.getArguments().map((argument) => Number(argument.getValue()))),
    healthCheck: jsonIn(named("HEALTHCHECK").at(-1)?.getArgumentsContent() ?? ""),
    command: [...wordsOf(named("ENTRYPOINT").at(-1)), ...wordsOf(named("CMD").at(-1))],
  };
}

const jsonIn = (text = ""): readonly string[] =>
  z.array(z.string()).parse(JSON.parse(/\[.*\]/s.exec(text)?.[0] ?? "[]"));

const wordsOf = (instruction: Instruction | undefined): readonly string[] =>
  instruction instanceof JSONInstruction ? jsonIn(instruction.getArgumentsContent() ?? "") : [];

const service = z.object({
  image: z.string(),
  build: z.object({ context: z.string(), dockerfile: z.string() }).optional(),
  hostname: z.string().optional(),
  environment: z.record(z.string(), z.string()).default({}),
  volumes: z.array(z.string()).default([]),
  configs: z.array(z.object({ source: z.string(), target: z.string() })).default([]),
  networks: z.array(z.string()),
  ports: z.array(z.string()).default([]),
  depends_on: z.record(z.string(), z.object({ condition: z.string() })).default({}),
  healthcheck: z.object({ test: z.array(z.string()) }).optional(),
});
export type ComposeService = z.infer<typeof service>;

const compose = z.object({
  services: z.record(z.string(), service),
  configs: z.record(z.string(), z.object({ content: z.string() })),
  networks: z.record(
    z.string(),
    z.object({ ipam: z.object({ config: z.array(z.object({ subnet: z.string() })) }).optional() }),
  ),
});

export const readCompose = (): z.infer<typeof compose> =>
  compose.parse(parse(textOf("docker-compose.yml"), { merge: true }));

/** `SOURCE:TARGET[:MODE]` */
export function mountOf(volume: string): { readonly source: string; readonly target: string } {
  const [source = "", target = ""] = volume.split(":");
  return { source, target };
}
