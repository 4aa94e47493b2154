/**
 * Reads what each source file imports and finds what breaks the rules of docs/architecture: arrows between folders,
 * cycles, packages where they do not belong, settings read from the environment in the middle of the code.
 * The compiler's own parser does the reading, so that type imports, re-exports and `import()` count like any other.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join, posix } from "node:path";
import ts from "typescript";

/** Text of each source file by its path from the top of the project, with slashes. */
export type Sources = ReadonlyMap<string, string>;

/** A file, in sentences like "auth/login.ts imports server/main.ts", and why that is forbidden. */
export type Breach = string;

type Folder = "server" | "auth" | "cascade" | "adapters" | "tests" | "bench";

/** Who may import whom by path. The adapters are a package: others import it by its name, not by its path. */
const arrows: Readonly<Record<Folder, readonly Folder[]>> = {
  server: ["auth", "cascade"],
  auth: [],
  cascade: [],
  adapters: [],
  tests: ["server", "auth", "cascade", "adapters"],
  bench: ["server", "auth", "cascade", "adapters", "tests"],
};

/** Packages of one concern, and the folders of the product where they may be named. */
const packages: readonly { readonly name: RegExp; readonly folders: readonly Folder[] }[] = [
  { name: /^(express|cookie-parser|basic-auth)$/, folders: ["server"] },
  { name: /^(socket\.io|engine\.io|ws)$/, folders: ["server"] },
  { name: /^socket\.io-adapter$/, folders: ["adapters"] },
  { name: /^socket\.io-parser$/, folders: ["server", "adapters"] },
  { name: /^socket\.io-hazelcast-adapter$/, folders: ["server"] },
  { name: /^node:https?2?$/, folders: ["server"] },
];

/** The only place that knows the client; above it there is just the link. */
const hazelcastFile = "adapters/hazelcast-client.ts";

/** The edge of the process: what comes from the environment is handed on from here. */
const environmentFiles: readonly string[] = ["server/main.ts", "server/set-up/command.mjs"];

export const longestFile = 320;

const product: readonly Folder[] = ["server", "auth", "cascade", "adapters"];
const folders: readonly Folder[] = [...product, "tests", "bench"];

/** All sources below the folders of the project, except what is built, installed or sent to browsers. */
export function readSources(root: string): Sources {
  const sources = new Map<string, string>();
  const read = (folder: string): void => {
    for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
      const path = `${folder}/${entry.name}`;
      if (entry.isDirectory()) {
        if (!["dist", "node_modules"].includes(entry.name) && path !== "server/pages/assets") read(path);
      } else if (/\.m?ts$|\.mjs$/.test(entry.name)) sources.set(path, readFileSync(join(root, path), "utf8"));
    }
  };
  const present = readdirSync(root);
  for (const folder of folders.filter((name) => present.includes(name))) read(folder);
  return sources;
}

/** Everything that breaks a rule, in the order of the files; empty when all is well. */
export function breachesOf(sources: Sources): readonly Breach[] {
  const modules = new Map([...sources].map(([path, text]) => [path, readModule(path, text)]));
  return [
    ...[...modules].flatMap(([path, module]) => [
      ...arrowBreaches(path, module),
      ...packageBreaches(path, module),
      ...(module.readsEnvironment && isProduct(path) && !environmentFiles.includes(path)
        ? [`${path} reads process.env, which is for ${environmentFiles.join(" and ")}`]
        : []),
    ]),
    ...cycles(modules),
    ...[...sources].flatMap(([path, text]) => lengthBreaches(path, text)),
  ];
}

/** The packages that the sources of one folder import, `node:` ones left out, each with one file that does. */
export function packagesOf(sources: Sources, folder: string): ReadonlyMap<string, string> {
  const own = [...sources].filter(([path]) => path.startsWith(`${folder}/`));
  const named = own.flatMap(([path, text]) => readModule(path, text).packages.map((name) => [name, path] as const));
  return new Map(named.filter(([name]) => !name.startsWith("node:")));
}

interface Module {
  /** Paths of own files. */
  readonly files: readonly string[];
  /** Names of packages, `node:` ones included. */
  readonly packages: readonly string[];
  readonly readsEnvironment: boolean;
}

function arrowBreaches(path: string, { files }: Module): readonly Breach[] {
  const from = folderOf(path);
  return files
    .filter((target) => {
      const to = folderOf(target);
      return from !== undefined && to !== from && (to === undefined || !arrows[from].includes(to));
    })
    .map((target) => `${path} imports ${target}, against the arrows`);
}

function packageBreaches(path: string, module: Module): readonly Breach[] {
  const folder = folderOf(path);
  if (folder === undefined || !isProduct(path)) return [];
  const misplaced = module.packages.filter((name) =>
    packages.some((rule) => rule.name.test(name) && !rule.folders.includes(folder)),
  );
  const isSecondHazelcastFile = module.packages.includes("hazelcast-client") && path !== hazelcastFile;
  return [
    ...misplaced.map((name) => `${path} imports ${name}, which has no place in ${folder}`),
    ...(isSecondHazelcastFile ? [`${path} imports hazelcast-client, which is for ${hazelcastFile} alone`] : []),
  ];
}

function lengthBreaches(path: string, text: string): readonly Breach[] {
  const lines = text.trimEnd().split("\n").length;
  return lines > longestFile ? [`${path} has ${lines} lines, more than ${longestFile}`] : [];
}

/** Each cycle once, as the path that a reader would go round. */
function cycles(modules: ReadonlyMap<string, Module>): readonly Breach[] {
  const found: Breach[] = [];
  const done = new Set<string>();
  const visit = (path: string, way: readonly string[]): void => {
    const start = way.indexOf(path);
    if (start >= 0) found.push(`${[...way.slice(start), path].join(" imports ")}, in a circle`);
    if (start >= 0 || done.has(path)) return;
    for (const next of modules.get(path)?.files ?? []) visit(next, [...way, path]);
    done.add(path);
  };
  for (const path of modules.keys()) visit(path, []);
  return found;
}

function readModule(path: string, text: string): Module {
  const specifiers: string[] = [];
  let readsEnvironment = false;
  const walk = (node: ts.Node): void => {
    const specifier = specifierOf(node);
    if (specifier !== undefined && ts.isStringLiteralLike(specifier)) specifiers.push(specifier.text);
    readsEnvironment ||= isEnvironment(node);
    ts.forEachChild(node, walk);
  };
  walk(ts.createSourceFile(path, text, ts.ScriptTarget.Latest));
  const isOwn = (specifier: string): boolean => specifier.startsWith(".");
  return {
    files: specifiers.filter(isOwn).map((specifier) => posix.join(posix.dirname(path), specifier)),
    packages: specifiers.filter((specifier) => !isOwn(specifier)).map(packageName),
    readsEnvironment,
  };
}

/** What a node imports: `import`, `export from`, `import()`, `require()` or a type's `import()`. */
function specifierOf(node: ts.Node): ts.Node | undefined {
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return node.moduleSpecifier;
  if (ts.isExternalModuleReference(node)) return node.expression;
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) return node.argument.literal;
  if (!ts.isCallExpression(node)) return undefined;
  const isImport = node.expression.kind === ts.SyntaxKind.ImportKeyword;
  const isRequire = ts.isIdentifier(node.expression) && node.expression.text === "require";
  return isImport || isRequire ? node.arguments[0] : undefined;
}

/** `process.env`, `process["env"]`, or `env` taken from `node:process` or from `process`. */
function isEnvironment(node: ts.Node): boolean {
  const isProcess = (value: ts.Node | undefined): boolean =>
    value !== undefined && ts.isIdentifier(value) && value.text === "process";
  if (ts.isPropertyAccessExpression(node)) return isProcess(node.expression) && node.name.text === "env";
  if (ts.isElementAccessExpression(node)) {
    return isProcess(node.expression) && ts.isStringLiteralLike(node.argumentExpression);
  }
  if (ts.isVariableDeclaration(node)) return isProcess(node.initializer) && ts.isObjectBindingPattern(node.name);
  if (!ts.isImportDeclaration(node) || !ts.isStringLiteralLike(node.moduleSpecifier)) return false;
  const names = node.importClause?.namedBindings;
  const takesEnv = names !== undefined && ts.isNamedImports(names) && names.elements.some(isNamedEnv);
  return /^(node:)?process$/.test(node.moduleSpecifier.text) && takesEnv;
}

const isNamedEnv = (element: ts.ImportSpecifier): boolean => (element.propertyName ?? element.name).text === "env";

const folderOf = (path: string): Folder | undefined => folders.find((folder) => path.startsWith(`${folder}/`));

const isProduct = (path: string): boolean => product.some((folder) => path.startsWith(`${folder}/`));

/** `@scope/name/file` and `name/file` to the name that a package.json knows. */
const packageName = (specifier: string): string =>
  specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");
